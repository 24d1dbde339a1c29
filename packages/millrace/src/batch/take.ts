/**
 * Gathering rows: filters, exchanges and joins pick rows of a batch by number.
 *
 *   rows [4, 0, 0]   column [a b c d e]   ->   [e a a]
 *
 * One plain loop a layout. A dictionary is shared with the source unless it is much larger than what was picked; an
 * open column is gathered by its values, not by its (hundreds of) attributes times rows.
 */
import { MillraceError } from "../base/errors.js";
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { takeBits, validityOrNull } from "./bit-range.js";
import { concatBatches, concatVectors } from "./concat.js";
import { compactDict } from "./dict.js";
import { sliceBatch, sliceVector } from "./slice.js";
import { takeOpen } from "./take-open.js";
import type { BinaryVector, ListVector, Utf8Vector, Vector } from "./vector.js";

export { concatBatches, concatVectors, sliceBatch, sliceVector };

/** The most bytes a column of strings or binary can have: offsets are int32. */
export const COLUMN_BYTES_MAX = 0x7fffffff;

/** The first `n` of `rows`, in that order, of every column. Rows may repeat; each is below `batch.length`. `LIMIT` when a column of strings would pass 2 GiB. */
export function takeBatch(batch: Batch, rows: Int32Array, n: number): Batch {
  return makeBatch(
    batch.schema,
    batch.columns.map((column) => takeVector(column, rows, n)),
    n,
  );
}

/** Value `rows[i]` as value i, for i < n. The result owns its buffers, a dictionary aside, which it may share. */
export function takeVector(vector: Vector, rows: Int32Array, n: number): Vector {
  const base = {
    length: n,
    validity: vector.validity === null ? null : validityOrNull(takeBits(vector.validity, rows, n), n),
  };
  switch (vector.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: takeBits(vector.bits, rows, n) };
    case "int32":
      return { kind: "int32", ...base, values: takeInt32(vector.values, rows, n) };
    case "float64":
      return { kind: "float64", ...base, values: takeFloat64(vector.values, rows, n) };
    case "int64":
      return { kind: "int64", ...base, words: takeWords2(vector.words, rows, n) };
    case "decimal":
      return { kind: "decimal", ...base, words: takeWords4(vector.words, rows, n) };
    case "utf8":
    case "binary":
      return { kind: vector.kind, ...base, ...takeBytes(vector, rows, n) };
    case "dict":
      return compactDict(
        { kind: "dict", ...base, codes: takeInt32(vector.codes, rows, n), dict: vector.dict },
        4 * n + 64,
      );
    case "list":
      return { kind: "list", ...base, ...takeLists(vector, rows, n) };
    case "struct":
      return { kind: "struct", ...base, children: vector.children.map((child) => takeVector(child, rows, n)) };
    case "open":
      return takeOpen(vector, rows, n);
  }
}

function takeInt32(values: Int32Array, rows: Int32Array, n: number): Int32Array {
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) out[i] = values[rows[i] as number] as number;
  return out;
}

function takeFloat64(values: Float64Array, rows: Int32Array, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = values[rows[i] as number] as number;
  return out;
}

function takeWords2(words: Int32Array, rows: Int32Array, n: number): Int32Array {
  const out = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const at = 2 * (rows[i] as number);
    out[2 * i] = words[at] as number;
    out[2 * i + 1] = words[at + 1] as number;
  }
  return out;
}

function takeWords4(words: Int32Array, rows: Int32Array, n: number): Int32Array {
  const out = new Int32Array(4 * n);
  for (let i = 0; i < n; i++) {
    const at = 4 * (rows[i] as number);
    for (let k = 0; k < 4; k++) out[4 * i + k] = words[at + k] as number;
  }
  return out;
}

function takeBytes(
  vector: Utf8Vector | BinaryVector,
  rows: Int32Array,
  n: number,
): { offsets: Int32Array; bytes: Uint8Array } {
  const source = vector.offsets;
  const offsets = takeOffsets(source, rows, n);
  const bytes = new Uint8Array(offsets[n] as number);
  // Neighbours in the source are copied together.
  for (let i = 0; i < n; ) {
    const from = source[rows[i] as number] as number;
    const at = offsets[i] as number;
    let row = rows[i++] as number;
    while (i < n && rows[i] === row + 1) row = rows[i++] as number;
    copyRange(vector.bytes, from, source[row + 1] as number, bytes, at);
  }
  return { offsets, bytes };
}

function copyRange(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  // The call to `set` costs as much as some 50 bytes of a plain loop.
  if (to - from > 48) target.set(source.subarray(from, to), at);
  else for (let k = from; k < to; k++) target[at + k - from] = source[k] as number;
}

function takeLists(vector: ListVector, rows: Int32Array, n: number): { offsets: Int32Array; child: Vector } {
  const offsets = takeOffsets(vector.offsets, rows, n);
  const picked = new Int32Array(offsets[n] as number);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number;
    const to = vector.offsets[row + 1] as number;
    for (let k = vector.offsets[row] as number; k < to; k++) picked[at++] = k;
  }
  return { offsets, child: takeVector(vector.child, picked, at) };
}

function takeOffsets(source: Int32Array, rows: Int32Array, n: number): Int32Array {
  const offsets = new Int32Array(n + 1);
  let end = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number;
    end += (source[row + 1] as number) - (source[row] as number);
    offsets[i + 1] = end;
  }
  if (end > COLUMN_BYTES_MAX)
    throw new MillraceError("LIMIT", `a column of ${end} bytes or items; at most ${COLUMN_BYTES_MAX} fit one batch`, {
      hint: "Take fewer rows at a time.",
    });
  return offsets;
}
