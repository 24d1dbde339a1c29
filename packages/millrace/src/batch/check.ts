/** Checks a JavaScript value against a column's type, at the edges where rows come in as objects. */
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import { parseInstant } from "../base/time.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { typeText } from "../schema/column-type.js";

/**
 * The value as the column stores it, or an error that says what was expected and what came. ISO text and `Date` are
 * taken for timestamps, text and numbers for decimals.
 */
export function checkValue(f: Field, value: unknown): unknown {
  if (value === undefined || value === null) {
    if (f.type.kind === "open") return {};
    if (f.default !== undefined) return checkValue({ ...f, nullable: false }, defaultValue(f));
    if (f.nullable) return null;
    throw new MillraceError("DECODE", `column "${f.name}" is missing and neither optional nor defaulted`);
  }
  return checkType(f.name, f.type, value);
}

function defaultValue(f: Field): unknown {
  if (f.type.kind === "int64" || f.type.kind === "timestampNs") return BigInt(f.default as string);
  if (f.type.kind === "binary") return Buffer.from(f.default as string, "base64");
  return f.default;
}

function checkType(name: string, type: ColumnType, value: unknown): unknown {
  switch (type.kind) {
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "int32":
      if (typeof value === "number" && Number.isInteger(value)) {
        if (value === (value | 0)) return value;
        throw overflow(name, type, value);
      }
      break;
    case "int":
      if (typeof value === "number" && Number.isInteger(value)) {
        if (Number.isSafeInteger(value)) return value;
        throw overflow(name, type, value);
      }
      if (typeof value === "bigint") {
        if (Number.isSafeInteger(Number(value))) return Number(value);
        throw overflow(name, type, value);
      }
      break;
    case "int64":
    case "timestampNs":
      if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
      if (typeof value === "bigint") {
        if (BigInt.asIntN(64, value) === value) return value;
        throw overflow(name, type, value);
      }
      break;
    case "float64":
      if (typeof value === "number") return value;
      break;
    case "timestamp": {
      const ms = typeof value === "string" ? parseInstant(value) : value instanceof Date ? value.getTime() : value;
      if (typeof ms === "number" && Number.isSafeInteger(Math.trunc(ms))) return Math.trunc(ms);
      break;
    }
    case "string":
      if (typeof value === "string") return value;
      break;
    case "oneOf":
      if (typeof value === "string" && type.values.includes(value)) return value;
      break;
    case "binary":
      if (value instanceof Uint8Array) return value;
      break;
    case "decimal":
      return checkDecimal(name, type, value);
    case "list":
      if (Array.isArray(value)) return value.map((item) => checkValue({ ...type.item, name: `${name}[]` }, item));
      break;
    case "struct":
      if (typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array))
        return checkStruct(name, type.fields, value as Record<string, unknown>);
      break;
    case "open":
      if (typeof value === "object" && !Array.isArray(value)) return value;
      break;
  }
  throw new MillraceError("DECODE", `column "${name}" expects ${typeText(type)}, got ${show(value)}`);
}

function checkStruct(name: string, fields: readonly Field[], value: Record<string, unknown>): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const f of fields) checked[f.name] = checkValue({ ...f, name: `${name}.${f.name}` }, value[f.name]);
  return checked;
}

function checkDecimal(name: string, type: { precision: number; scale: number }, value: unknown): Decimal {
  const decimal =
    value instanceof Decimal
      ? value
      : typeof value === "string" || typeof value === "number"
        ? Decimal.parse(String(value))
        : null;
  if (decimal === null) throw new MillraceError("DECODE", `column "${name}" expects decimal, got ${show(value)}`);
  const fitting = decimal.fit(type.precision, type.scale);
  if (fitting === null)
    throw new MillraceError(
      "OVERFLOW",
      `column "${name}": ${decimal.toString()} does not fit decimal(${type.precision},${type.scale})`,
    );
  return fitting;
}

function overflow(name: string, type: ColumnType, value: unknown): MillraceError {
  return new MillraceError("OVERFLOW", `column "${name}": ${String(value)} does not fit ${typeText(type)}`, {
    ...(type.kind === "int" ? { hint: "t.int64() holds all 64 bits, as bigint." } : {}),
  });
}

function show(value: unknown): string {
  const text =
    typeof value === "bigint" ? `${value}n` : typeof value === "string" ? JSON.stringify(value) : String(value);
  const kind = Array.isArray(value) ? "list" : value instanceof Uint8Array ? "binary" : typeof value;
  return `${kind} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
