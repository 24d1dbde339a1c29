/** Open attributes to DuckDB: one attribute as a column of its own, or the whole open column as JSON text. */

import type { Vector as DuckVector } from "@duckdb/node-bindings";
import { bitmapBytes, getBit, setBit } from "../base/bits.js";
import { openAttributes, openValue } from "../batch/open.js";
import { lowerBound } from "../batch/slice.js";
import type { Float64Vector, Int64Vector, OpenAttribute, OpenVector } from "../batch/vector.js";
import type { AttributeType } from "./columns.js";
import { copyData, copyValidity } from "./write-memory.js";
import { StringSlice, setString, writeSparse } from "./write-strings.js";

/** Rows [from, from + count) of the attribute; null where a row has none. */
export function writeAttribute(
  target: DuckVector,
  open: OpenVector,
  name: string,
  as: AttributeType,
  from: number,
  count: number,
): void {
  const validity = new Uint8Array(bitmapBytes(count));
  const attributes = openAttributes(open, name);
  const [only] = attributes;
  if (attributes.length === 1 && only !== undefined && (only.values.kind === "utf8" || only.values.kind === "dict")) {
    const range = valuesIn(only.rows, from, count);
    for (let j = range[0]; j < range[1]; j++) setBit(validity, (only.rows[j] as number) - from);
    writeSparse(target, only.values, only.rows, range, from, count);
  } else if (as === "text") {
    const slice = new StringSlice(count);
    for (const attribute of attributes)
      eachRow(attribute, from, count, (row, j) => {
        setBit(validity, row);
        setAttributeText(slice, row, attribute, j);
      });
    slice.finish(target);
  } else
    for (const attribute of attributes) if (attribute.kind === as) writeFixed(target, attribute, from, count, validity);
  copyValidity(target, validity, 0, count);
}

function writeFixed(
  target: DuckVector,
  attribute: OpenAttribute,
  from: number,
  count: number,
  validity: Uint8Array,
): void {
  const { values } = attribute;
  if (values.kind === "bool") {
    const out = new Uint8Array(count);
    eachRow(attribute, from, count, (row, j) => {
      setBit(validity, row);
      out[row] = getBit(values.bits, j) ? 1 : 0;
    });
    copyData(target, out);
    return;
  }
  // int64 and float64 alike: 8 bytes a value, moved as bits.
  const source = wordsOf(values as Int64Vector | Float64Vector);
  const out = new Int32Array(2 * count);
  eachRow(attribute, from, count, (row, j) => {
    setBit(validity, row);
    out[2 * row] = source[2 * j] as number;
    out[2 * row + 1] = source[2 * j + 1] as number;
  });
  copyData(target, out);
}

function wordsOf(vector: Int64Vector | Float64Vector): Int32Array {
  if (vector.kind === "int64") return vector.words;
  const { buffer, byteOffset, length } = vector.values;
  return new Int32Array(buffer, byteOffset, 2 * length);
}

/** The open column as a JSON object a row: names as they came, whole numbers in full, lists as lists. */
export function writeOpenJson(target: DuckVector, open: OpenVector, from: number, count: number): void {
  const texts = new Array<string>(count).fill("");
  for (const attribute of open.attributes) {
    const key = JSON.stringify(attribute.name);
    eachRow(attribute, from, count, (row, j) => {
      texts[row] += `${texts[row] === "" ? "" : ","}${key}:${jsonText(attribute, j)}`;
    });
  }
  const slice = new StringSlice(count);
  for (let row = 0; row < count; row++) slice.setText(row, `{${texts[row]}}`);
  slice.finish(target);
}

function jsonText(attribute: OpenAttribute, j: number): string {
  const value = openValue(attribute, j);
  if (attribute.kind === "string") return JSON.stringify(value);
  // Infinity and NaN are not JSON numbers.
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  return String(value);
}

function setAttributeText(slice: StringSlice, row: number, attribute: OpenAttribute, j: number): void {
  const { values } = attribute;
  if (values.kind === "utf8" || values.kind === "dict") setString(slice, row, values, j);
  else slice.setText(row, String(openValue(attribute, j)));
}

/** Calls with (row - from, position among the values) for the rows in [from, from + count) that have the attribute. */
function eachRow({ rows }: OpenAttribute, from: number, count: number, visit: (row: number, j: number) => void): void {
  const [first, end] = valuesIn(rows, from, count);
  for (let j = first; j < end; j++) visit((rows[j] as number) - from, j);
}

/** The values [first, end) that belong to rows [from, from + count). */
function valuesIn(rows: Int32Array, from: number, count: number): [first: number, end: number] {
  return [lowerBound(rows, from), lowerBound(rows, from + count)];
}
