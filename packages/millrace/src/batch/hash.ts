/**
 * Hashes of key values: which worker and which partition a row belongs to. Part of the stored format (a partitioned
 * stream, saved state), so fixed for ever.
 *
 *   hash(value)  = finalised 32-bit hash of the value's meaning, whatever its layout: a string by its UTF-8 bytes, a
 *                  number (bool as 0 or 1, int32, int, timestamp, float64) by its double, int64 by its two words,
 *                  decimal by its text; null by a constant
 *   hash(key)    = hashes of the columns in order, combined
 *
 * The mixing steps are those of MurmurHash3 (Austin Appleby, public domain).
 */
import type { ColumnType } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import type { Batch } from "./batch.js";
import { valueAt } from "./read.js";
import type { Utf8Vector, Vector } from "./vector.js";
import { int64AsNumber, isValid } from "./vector.js";

const SEED = 0x9747b28c;
const NULL_HASH = 0x5bd1e995;

/** out: one hash a row for the columns at `indexes`, in their order; without columns all zero. */
export function hashRows(batch: Batch, indexes: readonly number[], out: Uint32Array): void {
  out.fill(0, 0, batch.length);
  const column = new Int32Array(batch.length);
  indexes.forEach((index, k) => {
    hashColumn(batch.columns[index] as Vector, batch.schema.fields[index]?.type as ColumnType, column);
    if (k === 0) for (let i = 0; i < batch.length; i++) out[i] = column[i] as number;
    else for (let i = 0; i < batch.length; i++) out[i] = combine(out[i] as number, column[i] as number);
  });
}

/** The hash that `hashRows` gives a row with these values. */
export function hashValues(types: readonly ColumnType[], values: readonly Value[]): number {
  let hash = 0;
  types.forEach((type, k) => {
    const own = hashValue(type, values[k] ?? null);
    hash = k === 0 ? own : combine(hash, own);
  });
  return hash >>> 0;
}

function hashColumn(vector: Vector, type: ColumnType, out: Int32Array): void {
  const n = vector.length;
  switch (vector.kind) {
    case "dict": {
      const hashes = new Int32Array(vector.dict.length);
      hashTexts(vector.dict, hashes);
      for (let i = 0; i < n; i++) out[i] = hashes[vector.codes[i] as number] as number;
      break;
    }
    case "utf8":
      hashTexts(vector, out);
      break;
    case "int32":
    case "float64":
      for (let i = 0; i < n; i++) out[i] = hashNumber(vector.values[i] as number);
      break;
    case "int64":
      if (type.kind === "int64" || type.kind === "timestampNs")
        for (let i = 0; i < n; i++) out[i] = hashWords(vector.words[2 * i] as number, vector.words[2 * i + 1] as number);
      else for (let i = 0; i < n; i++) out[i] = hashNumber(int64AsNumber(vector.words, i));
      break;
    default:
      for (let i = 0; i < n; i++) out[i] = hashValue(type, valueAt(vector, type, i));
  }
  if (vector.validity !== null) for (let i = 0; i < n; i++) if (!isValid(vector, i)) out[i] = NULL_HASH;
}

function hashValue(type: ColumnType, value: Value): number {
  if (value === null) return NULL_HASH;
  if (typeof value === "number") return hashNumber(value);
  if (typeof value === "boolean") return hashNumber(value ? 1 : 0);
  if (typeof value === "bigint") return hashWords(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  const bytes = value instanceof Uint8Array ? value : Buffer.from(type.kind === "list" || type.kind === "struct" ? JSON.stringify(value) : String(value));
  return hashBytes(bytes, 0, bytes.length);
}

function hashTexts(vector: Utf8Vector, out: Int32Array): void {
  const { offsets, bytes, length } = vector;
  for (let i = 0; i < length; i++) out[i] = hashBytes(bytes, offsets[i] as number, offsets[i + 1] as number);
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

function hashNumber(value: number): number {
  double[0] = value + 0; // -0 is 0
  return hashWords(words[0] as number, words[1] as number);
}

function hashWords(low: number, high: number): number {
  return finish(round(round(SEED, low), high), 8);
}

function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = SEED;
  let i = from;
  for (; i + 4 <= to; i += 4)
    hash = round(hash, (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
  let rest = 0;
  for (let shift = 0; i < to; i++, shift += 8) rest |= (bytes[i] as number) << shift;
  if ((to - from) % 4 !== 0) hash ^= Math.imul(rotate(Math.imul(rest, 0xcc9e2d51), 15), 0x1b873593);
  return finish(hash, to - from);
}

function round(hash: number, word: number): number {
  const mixed = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(hash ^ mixed, 13), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function combine(a: number, b: number): number {
  return finish(round(round(SEED, a | 0), b), 8);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
