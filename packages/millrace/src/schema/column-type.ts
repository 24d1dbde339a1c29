/**
 * Column types and schemas as data: what the log stores beside its chunks, what the plan hash covers, what SQL and
 * the HTTP API describe. Plain JSON, so that it crosses threads and files unchanged (a decimal default is its text,
 * a bigint default its digits).
 *
 * kind         in rows                     in memory
 * bool         boolean                     bit per row
 * int32        number                      4 bytes
 * int          number, |v| <= 2^53 - 1     8 bytes, int64
 * int64        bigint                      8 bytes, int64
 * float64      number                      8 bytes
 * decimal      Decimal                     16 bytes, int128 unscaled (precision <= 38)
 * string       string                      dictionary codes, or UTF-8 bytes with offsets
 * oneOf        string of a closed set      as string
 * timestamp    number, epoch ms UTC        8 bytes, int64
 * timestampNs  bigint, epoch ns UTC        8 bytes, int64
 * binary       Uint8Array                  bytes with offsets
 * list         array                       offsets and one child column
 * struct       object                      one child column a field
 * open         Open                        sparse typed sub-columns, one for each name and kind met
 */
export type ColumnType =
  | { readonly kind: SimpleKind }
  | { readonly kind: "oneOf"; readonly values: readonly string[] }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "list"; readonly item: Field }
  | { readonly kind: "struct"; readonly fields: readonly Field[] };

export type SimpleKind =
  | "bool"
  | "int32"
  | "int"
  | "int64"
  | "float64"
  | "string"
  | "timestamp"
  | "timestampNs"
  | "binary"
  | "open";

export type ColumnKind = ColumnType["kind"];

export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Other names of this column in the input, in order of preference after `name`; dots reach into nested objects. */
  readonly from: readonly string[];
  /** Taken where the input has no value. JSON form: bigint as digits, decimal and time as text, binary as base64. */
  readonly default?: string | number | boolean;
}

export interface Schema {
  readonly fields: readonly Field[];
}

export function field(name: string, type: ColumnType, nullable = false): Field {
  return { name, type, nullable, from: [] };
}

export function fieldIndex(schema: Schema, name: string): number {
  return schema.fields.findIndex((candidate) => candidate.name === name);
}

/** What people call the type in messages, SQL descriptions and `explain`: `decimal(18,2)?`, `list<string>`. */
export function typeText(type: ColumnType, nullable = false): string {
  const mark = nullable ? "?" : "";
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})${mark}`;
    case "oneOf":
      return `oneOf(${type.values.map((value) => JSON.stringify(value)).join(" ")})${mark}`;
    case "list":
      return `list<${typeText(type.item.type, type.item.nullable)}>${mark}`;
    case "struct":
      return `struct<${type.fields.map((f) => `${f.name}: ${typeText(f.type, f.nullable)}`).join(", ")}>${mark}`;
    default:
      return type.kind + mark;
  }
}
