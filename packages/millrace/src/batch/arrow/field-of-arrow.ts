/** What an Arrow field is as a column; the reverse of arrow-shape.ts, and wider: what other writers use is taken in where nothing is lost. */
import type { ColumnType, Field } from "../../schema/column-type.js";
import type { ArrowField } from "./arrow-field.js";
import { T } from "./arrow-field.js";
import { arrowError } from "./flat-reader.js";

const NAMES = new Map<number, string>(Object.entries(T).map(([name, id]) => [id, name]));

/** Throws `DECODE` for a type without a counterpart. Metadata of ours that is malformed is refused too. */
export function fieldOfArrow(f: ArrowField): Field {
  const from = parsed(f, "millrace.from");
  const value = parsed(f, "millrace.default");
  if (from !== undefined && !isTexts(from))
    throw arrowError(`column "${f.name}": its millrace.from is not a list of names`);
  const defaulted =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? { default: value } : {};
  const nullable = f.metadata.get("millrace.nullable") === "false" ? false : f.nullable;
  return { name: f.name, type: columnType(f), nullable, from: from ?? [], ...defaulted };
}

function columnType(f: ArrowField): ColumnType {
  const kind = f.metadata.get("millrace.kind");
  switch (f.type.id) {
    case T.Null:
    case T.Utf8:
    case T.LargeUtf8:
      return kind === "oneOf" ? oneOf(f) : { kind: "string" };
    case T.Bool:
      return { kind: "bool" };
    case T.Int:
      if (f.type.width === 64) return { kind: kind === "int" ? "int" : "int64" };
      return { kind: f.type.width === 32 && !f.type.signed ? "int" : "int32" };
    case T.Float:
      if (f.type.unit === 0) throw unsupported(f, "half-precision float");
      return { kind: "float64" };
    case T.Decimal: {
      const { precision, scale, width } = f.type;
      if (width !== 128 || precision < 1 || precision > 38 || scale < 0 || scale > precision)
        throw unsupported(f, `decimal(${precision}, ${scale}) of ${width} bits`);
      return { kind: "decimal", precision, scale };
    }
    case T.Date:
      return { kind: "timestamp" };
    case T.Timestamp:
      return { kind: f.type.unit < 2 ? "timestamp" : "timestampNs" };
    case T.Binary:
    case T.LargeBinary:
    case T.FixedSizeBinary:
      return { kind: "binary" };
    case T.List:
    case T.LargeList:
    case T.FixedSizeList:
    case T.Map:
      if (f.children.length !== 1) throw arrowError(`column "${f.name}": a list with ${f.children.length} children`);
      return { kind: "list", item: fieldOfArrow(f.children[0] as ArrowField) };
    case T.Struct:
      return kind === "open" ? { kind: "open" } : { kind: "struct", fields: uniqueFields(f.children) };
    default:
      throw unsupported(f, NAMES.get(f.type.id) ?? `type ${f.type.id}`);
  }
}

/** Throws `DECODE` when two fields have one name. */
export function uniqueFields(fields: readonly ArrowField[]): Field[] {
  const names = new Set(fields.map((f) => f.name));
  if (names.size !== fields.length) throw arrowError("two columns have the same name");
  return fields.map(fieldOfArrow);
}

function oneOf(f: ArrowField): ColumnType {
  const values = parsed(f, "millrace.values");
  if (!isTexts(values)) throw arrowError(`column "${f.name}": its millrace.values is not a list of strings`);
  return { kind: "oneOf", values };
}

function parsed(f: ArrowField, key: string): unknown {
  const text = f.metadata.get(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw arrowError(`column "${f.name}": its ${key} is not JSON`);
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function unsupported(f: ArrowField, what: string): Error {
  return arrowError(
    `column "${f.name}" is of Arrow's ${what}, which has no counterpart here`,
    "Convert it before it is written, or leave it out.",
  );
}
