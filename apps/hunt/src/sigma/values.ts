/**
 * Values as a rule's author writes them.
 *
 * A string is a sequence of literal text, `*` (any text) and `?` (one character). The backslash escapes:
 *
 *   written      means
 *   \*  \?       the character itself
 *   \\           one backslash, so \\* is a backslash and then any text, \\\* a backslash and a star
 *   \x           a backslash and x: a backslash before anything else is ordinary text
 */
import type { PatternPart } from "millrace";

export const ANY: PatternPart = { any: true };
const ONE: PatternPart = { one: true };

/** One value on its way through the chain of modifiers. */
export type SigmaValue =
  | {
      readonly kind: "string";
      readonly parts: readonly PatternPart[];
      /** As written, before escapes were read: what a regular expression or a placeholder is made of. */
      readonly written: string;
      readonly cased: boolean;
      /** The text is bytes, a character each (after an encoding to UTF-16), not characters. */
      readonly bytes: boolean;
    }
  | { readonly kind: "number"; readonly value: number | bigint }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | {
      readonly kind: "regex";
      /** PCRE, as written. */
      readonly pattern: string;
      /** Any of i, m and s. */
      readonly flags: string;
      /** Where the match must stand; "contains" is anywhere, which is what a pattern means by itself. */
      readonly how: "contains" | "startsWith" | "endsWith";
    }
  | { readonly kind: "cidr"; readonly network: string }
  | { readonly kind: "compare"; readonly how: "lt" | "lte" | "gt" | "gte"; readonly value: number }
  | {
      readonly kind: "timePart";
      readonly part: "minute" | "hour" | "day" | "week" | "month" | "year";
      readonly how: "eq" | "lt" | "lte" | "gt" | "gte";
      readonly value: number;
    }
  | { readonly kind: "exists"; readonly value: boolean }
  | {
      readonly kind: "field";
      readonly name: string;
      readonly how: "eq" | "contains" | "startsWith" | "endsWith";
      readonly cased: boolean;
    }
  /** Variants of one written value; any of them will do, even under `all`. */
  | { readonly kind: "anyOf"; readonly of: readonly SigmaValue[] };

export type StringValue = Extract<SigmaValue, { kind: "string" }>;

/** A scalar of a rule. Dates cannot occur: YAML 1.2 has none. */
export type Scalar = string | number | bigint | boolean | null;

export function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

export function scalarValue(scalar: Scalar): SigmaValue {
  if (scalar === null) return { kind: "null" };
  if (typeof scalar === "string") return stringValue(scalar);
  if (typeof scalar === "boolean") return { kind: "boolean", value: scalar };
  return { kind: "number", value: scalar };
}

/** Reads wildcards and escapes. */
export function stringValue(written: string): StringValue {
  return { kind: "string", parts: parsePattern(written), written, cased: false, bytes: false };
}

export function parsePattern(written: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") parts.push(text);
    text = "";
  };
  for (let i = 0; i < written.length; i++) {
    const char = written[i] as string;
    const next = written[i + 1];
    if (char === "\\" && (next === "\\" || next === "*" || next === "?")) {
      text += next;
      i++;
    } else if (char === "*" || char === "?") {
      flush();
      const part = char === "*" ? ANY : ONE;
      if (!(isAny(part) && isAny(parts[parts.length - 1]))) parts.push(part);
    } else text += char;
  }
  flush();
  return parts;
}

/** The text of a string without wildcards, null for one that has some. */
export function literalOf(value: StringValue): string | null {
  return value.parts.every((part) => typeof part === "string") ? value.parts.join("") : null;
}

/** Joins neighbouring pieces of literal text. */
export function joinText(parts: readonly PatternPart[]): PatternPart[] {
  const joined: PatternPart[] = [];
  for (const part of parts) {
    const last = joined[joined.length - 1];
    if (part === "") continue;
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}

export function isAny(part: PatternPart | undefined): boolean {
  return typeof part === "object" && "any" in part;
}
