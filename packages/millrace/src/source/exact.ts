/**
 * The slow, exact way from JSON text to JavaScript values: `JSON.parse`, but numbers keep their digits until the
 * column's type says what they are. Decoders come here for unusual values and for every error message, tests for
 * everything.
 */
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import { parseInstant } from "../base/time.js";
import { checkValue } from "../batch/check.js";
import type { ColumnType, Field } from "../schema/column-type.js";

/** A number as written. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** A whole number is a bigint where a double would round it; a number beyond all doubles stays its text. */
  plain(): number | bigint | string {
    const value = Number(this.text);
    if (WHOLE.test(this.text)) return Number.isSafeInteger(value) ? value : BigInt(this.text);
    return Number.isFinite(value) ? value : this.text;
  }

  toString(): string {
    return this.text;
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
const WHOLE = /^-?\d+$/;

/**
 * Values of JSON text, with `NumberText` for numbers. Raw control characters in strings are let pass. Throws
 * `SyntaxError`.
 */
export function parseExact(text: string): unknown {
  const clean = text.replace(TOKEN, (token) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    token[0] === '"' ? token.replace(/[\x00-\x1f]/g, (c) => JSON.stringify(c).slice(1, -1)) : token,
  );
  JSON.parse(clean); // The rewritten text below would let "01" pass.
  let tag = "number";
  while (clean.includes(tag)) tag += "_";
  const tagged = clean.replace(TOKEN, (token) => (token[0] === '"' ? token : `{"${tag}":"${token}"}`));
  return JSON.parse(tagged, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, tag)) return value;
    return new NumberText((value as Record<string, string>)[tag] as string);
  });
}

/**
 * A parsed value as `batchOf` takes it for the type. What does not fit is left as it is, for `checkValue` to refuse.
 */
export function coerce(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "int32":
    case "int":
    case "int64":
      return value instanceof NumberText ? wholeOf(value, type.kind) : digitsOf(value, type.kind);
    case "timestampNs":
      if (typeof value === "string") return instantNs(value) ?? digitsOf(value, "int64");
      return value instanceof NumberText ? wholeOf(value, "int64") : plain(value);
    case "float64":
      return value instanceof NumberText ? doubleOf(value) : plain(value);
    case "timestamp":
      return value instanceof NumberText ? Number(value.text) : plain(value);
    case "decimal":
      return value instanceof NumberText ? Decimal.parse(value.text) : plain(value);
    case "binary":
      return typeof value === "string" && BASE64.test(value)
        ? new Uint8Array(Buffer.from(value, "base64"))
        : plain(value);
    case "list":
      return Array.isArray(value) ? value.map((item) => coerce(type.item.type, item)) : plain(value);
    case "struct":
      return isObject(value)
        ? Object.fromEntries(type.fields.map((f) => [f.name, coerce(f.type, pick(value, f))]))
        : plain(value);
    default:
      return plain(value);
  }
}

/** A value given as text only (CSV), as `coerce` takes it: what it means depends on the type. */
export function valueOfText(type: ColumnType, text: string): unknown {
  switch (type.kind) {
    case "int32":
    case "int":
    case "int64":
    case "float64":
      return NUMBER.test(text) ? new NumberText(text) : text;
    case "timestamp":
    case "timestampNs":
      return /^-?\d+$/.test(text) ? new NumberText(text) : text;
    case "bool":
      return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
    case "list":
    case "struct":
      try {
        return parseExact(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The checked value of a column; throws `DECODE` or `OVERFLOW` with what to do about it. */
export function checked(f: Field, value: unknown): unknown {
  try {
    return checkValue(f, coerce(f.type, value));
  } catch (error) {
    if (f.type.kind === "timestamp" && typeof value === "string" && parseInstant(value, "utc") !== null)
      throw new MillraceError(
        "DECODE",
        `column "${f.name}" expects timestamp, got "${value}", which has no zone: write "Z" or an offset such as "+02:00" ` +
          "behind it, name another field with .from(), or take it as t.string() and make the time in the program",
      );
    if (error instanceof MillraceError && !error.message.startsWith("column "))
      throw new MillraceError(error.code, `column "${f.name}": ${error.message}`);
    throw error;
  }
}

/** One line for a dead row. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof MillraceError)) return error instanceof Error ? error.message : String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
}

export function plain(value: unknown): unknown {
  if (value instanceof NumberText) return value.plain();
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** The field's value in a nested object: by name, else by the first other name that has one. */
function pick(object: Record<string, unknown>, f: Field): unknown {
  for (const name of [f.name, ...f.from]) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value !== undefined && value !== null) return value;
  }
  return null;
}

function wholeOf(number: NumberText, kind: "int32" | "int" | "int64"): number | bigint {
  const value = Number(number.text);
  if (!WHOLE.test(number.text)) return value;
  return kind === "int64" || !Number.isSafeInteger(value) ? (kind === "int32" ? value : BigInt(number.text)) : value;
}

function doubleOf({ text }: NumberText): number {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new MillraceError("OVERFLOW", `${text} is beyond the largest float64`);
}

/** Many exporters quote whole numbers ("EventID": "4624"): nothing else can be meant by digits alone. */
function digitsOf(value: unknown, kind: "int32" | "int" | "int64"): unknown {
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? wholeOf(new NumberText(value), kind) : plain(value);
}

function instantNs(text: string): bigint | null {
  const ms = parseInstant(text);
  if (ms === null) return null;
  const fraction = /[.,](\d{1,9})/.exec(text)?.[1] ?? "";
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(3));
}
