/** Static types of values while they are inferred: a column type with null, only null, or unknown with the reason. */
import { Decimal } from "../../base/decimal.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field, typeText } from "../../schema/column-type.js";

export interface Known {
  /** null: nothing but null and undefined. */
  readonly type: ColumnType | null;
  readonly nullable: boolean;
}

export interface Unknown {
  /** Why, to be read after "its type is not known: ". */
  readonly unknown: string;
}

export type Guess = Known | Unknown;

/** What JavaScript tells apart at run time: `typeof`, with the objects that are columns. */
export type JsKind = "number" | "bigint" | "string" | "boolean" | "list" | "struct" | "binary" | "decimal" | "open";

export const NOTHING: Known = { type: null, nullable: true };
export const NUMBER: Known = { type: { kind: "float64" }, nullable: false };
export const BIGINT: Known = { type: { kind: "int64" }, nullable: false };
export const TEXT: Known = { type: { kind: "string" }, nullable: false };
export const BOOL: Known = { type: { kind: "bool" }, nullable: false };

export function isUnknown(guess: Guess): guess is Unknown {
  return "unknown" in guess;
}

export function orNull(guess: Guess, nullable = true): Guess {
  return isUnknown(guess) || guess.nullable || !nullable ? guess : { ...guess, nullable: true };
}

export function notNull(guess: Guess): Guess {
  return isUnknown(guess) || !guess.nullable || guess.type === null ? guess : { ...guess, nullable: false };
}

export function listOf(item: Guess): Guess {
  if (isUnknown(item)) return item;
  if (item.type === null) return { unknown: "a list of nothing but nulls" };
  return { type: { kind: "list", item: field("item", item.type, item.nullable) }, nullable: false };
}

export function jsKind(type: ColumnType): JsKind {
  switch (type.kind) {
    case "int32":
    case "int":
    case "float64":
    case "timestamp":
      return "number";
    case "int64":
    case "timestampNs":
      return "bigint";
    case "string":
    case "oneOf":
      return "string";
    case "bool":
      return "boolean";
    default:
      return type.kind;
  }
}

/** The kind of a guess; undefined for unknown and for only-null. */
export function kindOf(guess: Guess): JsKind | undefined {
  return isUnknown(guess) || guess.type === null ? undefined : jsKind(guess.type);
}

/** The type of a value that is sometimes one, sometimes the other. Equal types stay; else the JavaScript type decides. */
export function join(a: Guess, b: Guess): Guess {
  if (isUnknown(a)) return a;
  if (isUnknown(b)) return b;
  const nullable = a.nullable || b.nullable;
  if (a.type === null) return { ...b, nullable };
  if (b.type === null) return { ...a, nullable };
  const type = joinTypes(a.type, b.type);
  return "unknown" in type ? type : { type, nullable };
}

function joinTypes(a: ColumnType, b: ColumnType): ColumnType | Unknown {
  if (sameType(a, b)) return a;
  const kind = jsKind(a);
  if (kind !== jsKind(b)) return { unknown: `it is sometimes ${typeText(a)} and sometimes ${typeText(b)}` };
  switch (kind) {
    case "number":
      return { kind: "float64" };
    case "bigint":
      return { kind: "int64" };
    case "string":
      return { kind: "string" };
    case "decimal":
      return a.kind === "decimal" && b.kind === "decimal" ? wider(a, b, 0) : a;
    case "list": {
      if (a.kind !== "list" || b.kind !== "list") return a;
      const item = join(a.item, b.item);
      return isUnknown(item) ? item : { kind: "list", item: field("item", item.type as ColumnType, item.nullable) };
    }
    case "struct":
      return a.kind === "struct" && b.kind === "struct" ? joinStructs(a.fields, b.fields) : a;
    default:
      return a;
  }
}

/** Fields of both in the order first met; one that only one side has is nullable. */
function joinStructs(a: readonly Field[], b: readonly Field[]): ColumnType | Unknown {
  const fields: Field[] = [];
  for (const own of [...a, ...b.filter((f) => !a.some((g) => g.name === f.name))]) {
    const left = a.find((f) => f.name === own.name);
    const right = b.find((f) => f.name === own.name);
    const joined = left && right ? join(left, right) : { ...own, nullable: true };
    if (isUnknown(joined)) return { unknown: `its field "${own.name}": ${joined.unknown}` };
    fields.push(field(own.name, joined.type as ColumnType, joined.nullable));
  }
  return { kind: "struct", fields };
}

type DecimalType = Extract<ColumnType, { kind: "decimal" }>;

/** Holds the values of both, with `carry` more digits before the point; at most 38 in all. */
export function wider(a: DecimalType, b: DecimalType, carry: number): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  const whole = Math.max(a.precision - a.scale, b.precision - b.scale) + carry;
  return { kind: "decimal", precision: Math.min(38, whole + scale), scale };
}

function sameType(a: ColumnType, b: ColumnType): boolean {
  return typeText(a) === typeText(b);
}

/** The type of a plain value as programs see it: parameters, and results of a trial run. */
export function typeOfValue(value: unknown): Guess {
  switch (typeof value) {
    case "undefined":
      return NOTHING;
    case "number":
      return NUMBER;
    case "bigint":
      return BIGINT;
    case "string":
      return TEXT;
    case "boolean":
      return BOOL;
    case "object":
      return value === null ? NOTHING : typeOfObject(value);
    default:
      return { unknown: `it is a ${typeof value}, which is not a column value` };
  }
}

function typeOfObject(value: object): Guess {
  if (Array.isArray(value)) {
    if (value.length === 0) return { unknown: "it is an empty list" };
    return listOf(value.map(typeOfValue).reduce(join));
  }
  if (value instanceof Uint8Array) return { type: { kind: "binary" }, nullable: false };
  if (value instanceof Decimal)
    return { type: { kind: "decimal", precision: 38, scale: value.scale }, nullable: false };
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== null && Object.getPrototypeOf(proto) !== null)
    return { unknown: `it is a ${value.constructor.name}, which is not a column value` };
  const fields: Field[] = [];
  for (const [name, item] of Object.entries(value)) {
    const guess = typeOfValue(item);
    if (isUnknown(guess)) return { unknown: `its field "${name}": ${guess.unknown}` };
    if (guess.type === null) return { unknown: `its field "${name}" is null` };
    fields.push(field(name, guess.type, guess.nullable));
  }
  return { type: { kind: "struct", fields }, nullable: false };
}
