/**
 * Rows as JSON without loss, the same everywhere in the API:
 *
 *   bool, int32, int     as they are                     int64         digits as text
 *   float64              number; "NaN", "Infinity", …    decimal       digits as text
 *   timestamp            ISO text in UTC                 timestampNs   ISO text with nine digits
 *   binary               base64                          list, struct  arrays, objects
 *   open                 object; int64 beyond 2^53 as text, in its lists too, and what is not finite
 */
import { Decimal } from "../base/decimal.js";
import { formatInstant } from "../base/time.js";
import type { ColumnType, Schema } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import { OpenRow } from "./open.js";

export function rowJson(schema: Schema, row: Readonly<Record<string, Value>>): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const { name, type } of schema.fields) json[name] = valueJson(type, row[name] ?? null);
  return json;
}

export function valueJson(type: ColumnType, value: Value): unknown {
  if (value === null) return null;
  if (type.kind === "timestampNs") return nanosText(value as bigint);
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (type.kind === "timestamp") return formatInstant(value as number);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof OpenRow) return value.toJSON();
  if (type.kind === "list") return (value as readonly Value[]).map((item) => valueJson(type.item.type, item));
  if (type.kind === "struct") return rowJson({ fields: type.fields }, value as Readonly<Record<string, Value>>);
  return value;
}

function nanosText(nanos: bigint): string {
  const ms = Number(nanos >= 0n ? nanos / 1_000_000n : (nanos - 999_999n) / 1_000_000n);
  const rest = String(nanos - BigInt(ms) * 1_000_000n).padStart(6, "0");
  const text = formatInstant(ms);
  return text.endsWith("Z") ? `${text.slice(0, -1)}${rest}Z` : nanos.toString();
}

/** JSON Schema (2020-12) of a row as `rowJson` writes it. */
export function rowSchema(schema: Schema): object {
  return {
    type: "object",
    "x-millrace": "struct",
    required: schema.fields.map(({ name }) => name),
    properties: Object.fromEntries(schema.fields.map((f) => [f.name, typeSchema(f.type, f.nullable)])),
  };
}

/** `x-millrace` is the column's own kind: JSON has fewer. */
export function typeSchema(type: ColumnType, nullable = false): object {
  const plain = { ...plainSchema(type), "x-millrace": type.kind };
  return nullable ? { ...plain, type: [plain.type, "null"].flat() } : plain;
}

function plainSchema(type: ColumnType): { readonly type: string | readonly string[] } & Record<string, unknown> {
  switch (type.kind) {
    case "bool":
      return { type: "boolean" };
    case "int32":
    case "int":
      return { type: "integer" };
    case "float64":
      return { type: ["number", "string"], description: 'a number, or "NaN", "Infinity", "-Infinity"' };
    case "int64":
      return { type: "string", pattern: "^-?[0-9]+$", description: "a 64-bit integer's digits" };
    case "decimal":
      return { type: "string", description: `decimal(${type.precision},${type.scale}), all its digits` };
    case "timestamp":
    case "timestampNs":
      return { type: "string", format: "date-time" };
    case "binary":
      return { type: "string", contentEncoding: "base64" };
    case "oneOf":
      return { type: "string", enum: type.values };
    case "list":
      return { type: "array", items: typeSchema(type.item.type, type.item.nullable) };
    case "struct":
      return rowSchema({ fields: type.fields }) as { type: string };
    case "open":
      return { type: "object", additionalProperties: true };
    case "string":
      return { type: "string" };
  }
}
