/** How a compiled loop reads a column (the text, by the column's layout, and the arrays behind it), and tells a value that fits one. */
import { stringsOf } from "../../batch/strings.js";
import type { Vector } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { readerOf } from "./cursor.js";

type Layout = "values" | "number64" | "bits" | "dict" | "utf8" | "call";

/** Equal for columns that the same text reads. */
export function layoutOf(vector: Vector, f: Field): string {
  return `${layout(vector, f)}${vector.validity === null ? "" : "?"}`;
}

/** [array or reader, dictionary's strings, validity] */
export function sourceArgs(vector: Vector, f: Field): unknown[] {
  switch (layout(vector, f)) {
    case "values":
      return [(vector as { values: unknown }).values, null, vector.validity];
    case "number64":
      return [(vector as { words: unknown }).words, null, vector.validity];
    case "bits":
      return [(vector as { bits: unknown }).bits, null, vector.validity];
    case "dict":
      return vector.kind === "dict" ? [vector.codes, stringsOf(vector.dict), vector.validity] : [];
    case "utf8":
      return vector.kind === "utf8" ? [stringsOf(vector), null, vector.validity] : [];
    case "call":
      // The reader itself knows of nulls.
      return [readerOf(vector, f), null, null];
  }
}

/** The value of column `k` at row `i`, null for null. */
export function readText(k: number, vector: Vector, f: Field): string {
  const how = layout(vector, f);
  const text = dense(k, how);
  return vector.validity === null || how === "call"
    ? text
    : `((n${k}[i >> 3] & (1 << (i & 7))) !== 0 ? ${text} : null)`;
}

/** A condition that is false where `checkValue` would give the value of `variable` back as it is; true asks it. */
export function misfitText(type: ColumnType, variable: string): string {
  switch (type.kind) {
    case "bool":
      return `typeof ${variable} !== "boolean"`;
    case "int32":
      return `${variable} !== (${variable} | 0)`;
    case "int":
    case "timestamp":
      return `!Number.isSafeInteger(${variable})`;
    case "float64":
      return `typeof ${variable} !== "number"`;
    case "string":
      return `typeof ${variable} !== "string"`;
    default:
      return "true";
  }
}

function dense(k: number, how: Layout): string {
  switch (how) {
    case "values":
    case "utf8":
      return `c${k}[i]`;
    case "number64":
      return `(c${k}[2 * i + 1] * 4294967296 + (c${k}[2 * i] >>> 0))`;
    case "bits":
      return `((c${k}[i >> 3] & (1 << (i & 7))) !== 0)`;
    case "dict":
      return `s${k}[c${k}[i]]`;
    case "call":
      return `c${k}(i)`;
  }
}

function layout(vector: Vector, f: Field): Layout {
  switch (vector.kind) {
    case "int32":
    case "float64":
      return "values";
    case "int64":
      return f.type.kind === "int" || f.type.kind === "timestamp" ? "number64" : "call";
    case "bool":
      return "bits";
    case "dict":
    case "utf8":
      return vector.kind;
    default:
      return "call";
  }
}
