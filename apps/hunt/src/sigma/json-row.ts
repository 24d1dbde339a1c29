/**
 * A JSON event as a row for the slow evaluator: nested objects become dotted names, lists stay lists, nulls are
 * absent, and a whole number that a double would round is a bigint.
 */
import type { RowAccess, Value } from "millrace";

const DEPTH_MAX = 16;

/** Parses one line; throws SyntaxError for anything that is not a JSON object. */
export function parseJsonRow(line: string): RowAccess {
  const value: unknown = JSON.parse(keepDigits(line));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SyntaxError("not a JSON object");
  return objectRow(value as Record<string, unknown>);
}

/** A parsed event as a row. */
export function objectRow(event: Readonly<Record<string, unknown>>): RowAccess {
  const values = new Map<string, Value>();
  flatten(event, "", 0, values);
  return {
    get: (name) => values.get(name) ?? null,
    strings: () => stringsOf(values.values()),
  };
}

function* stringsOf(values: Iterable<Value>): Iterable<string> {
  for (const value of values) {
    if (typeof value === "string") yield value;
    else if (Array.isArray(value)) yield* stringsOf(value);
  }
}

function flatten(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  depth: number,
  into: Map<string, Value>,
): void {
  for (const [key, value] of Object.entries(object)) {
    const name = prefix + key;
    if (isObject(value) && depth < DEPTH_MAX) flatten(value, `${name}.`, depth + 1, into);
    else {
      const plain = toValue(value);
      if (plain !== null) into.set(name, plain);
    }
  }
}

function toValue(value: unknown): Value | null {
  if (typeof value === "string") return value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return Array.isArray(value) ? value.map(toValue) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks a long integer on its way through JSON.parse; no event text begins with it. */
const MARK = "\u0000int:";
const LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

function keepDigits(line: string): string {
  if (!/[:[,]\s*-?\d{16}/.test(line)) return line;
  return line.replace(LONG_INTEGER, (token) => {
    if (token.startsWith('"') || Number.isSafeInteger(Number(token))) return token;
    return JSON.stringify(MARK + token);
  });
}
