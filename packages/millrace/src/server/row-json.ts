/** Rows as JSON: bigint and decimal as their digits, binary as base64, timestamps as ISO text, open attributes as an object. */
import { Decimal } from "../base/decimal.js";
import { formatInstant } from "../base/time.js";
import { OpenRow } from "../batch/open.js";
import type { ColumnType, Schema } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";

export function rowJson(schema: Schema, row: Readonly<Record<string, Value>>): Record<string, unknown> {
  return Object.fromEntries(schema.fields.map((f) => [f.name, valueJson(f.type, row[f.name] ?? null)]));
}

function valueJson(type: ColumnType, value: Value): unknown {
  if (value === null) return null;
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (type.kind === "timestamp") return formatInstant(value as number);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof OpenRow) return value.toJSON();
  if (type.kind === "list") return (value as readonly Value[]).map((item) => valueJson(type.item.type, item));
  if (type.kind === "struct") return rowJson({ fields: type.fields }, value as Readonly<Record<string, Value>>);
  return value;
}

/** JSON Schema of a row, for the API's description. */
export function rowSchema(schema: Schema): object {
  return { type: "object", properties: Object.fromEntries(schema.fields.map((f) => [f.name, typeSchema(f.type, f.nullable)])) };
}

function typeSchema(type: ColumnType, nullable: boolean): object {
  const plain = plainSchema(type);
  return nullable && "type" in plain ? { ...plain, type: [plain.type, "null"] } : plain;
}

function plainSchema(type: ColumnType): { readonly type: string } & Record<string, unknown> {
  switch (type.kind) {
    case "bool":
      return { type: "boolean" };
    case "int32":
    case "int":
      return { type: "integer" };
    case "float64":
      return { type: "number" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "oneOf":
      return { type: "string", enum: type.values };
    case "list":
      return { type: "array", items: typeSchema(type.item.type, type.item.nullable) };
    case "struct":
      return { type: "object", properties: Object.fromEntries(type.fields.map((f) => [f.name, typeSchema(f.type, f.nullable)])) };
    case "open":
      return { type: "object", additionalProperties: true };
    default:
      return { type: "string" };
  }
}
