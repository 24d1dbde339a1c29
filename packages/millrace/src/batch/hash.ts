/**
 * Hashes of key values: which worker and which partition a row belongs to. Part of the stored format (a partitioned
 * stream, saved state), so fixed for ever: `hash.test.ts` holds vectors that must never change.
 *
 *   value                             hashed as
 *   null                              a constant
 *   whole number, of whatever kind    the two 32-bit words of its int64, low first; bool as 0 or 1; times as their number
 *   other double                      the two words of its bits, one NaN for all
 *   decimal                           as a whole number where it is one (in 64 bits), else its shortest text
 *   string, binary                    its bytes, strings in UTF-8
 *   list, struct                      the hashes of its items or fields in order
 *   open                              its JSON text
 *
 * So the hash follows the meaning, not the layout: a dictionary and plain strings, int32 and int64, agree. A key of
 * several columns combines their hashes in order. Bytes are hashed by MurmurHash3_x86_32 (Austin Appleby, public
 * domain) with the seed below, words likewise as if they were bytes. Not for input made to collide.
 */
import { Decimal } from "../base/decimal.js";
import type { ColumnType } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import type { Batch } from "./batch.js";
import { valueAt } from "./read.js";
import type { Utf8Vector, Vector } from "./vector.js";
import { isValid, WORD } from "./vector.js";

const SEED = 0x9747b28c;
const NULL_HASH = 0x5bd1e995;

/** out: one hash a row for the columns at `indexes`, in their order; without columns all zero. `out` has at least `batch.length` entries. A dictionary's value is hashed once, and remembered with the dictionary. */
export function hashRows(batch: Batch, indexes: readonly number[], out: Uint32Array): void {
  const n = batch.length;
  if (indexes.length === 0) out.fill(0, 0, n);
  const column = new Int32Array(n);
  for (let k = 0; k < indexes.length; k++) {
    const index = indexes[k] as number;
    hashColumn(batch.columns[index] as Vector, batch.schema.fields[index]?.type as ColumnType, column);
    if (k === 0) for (let i = 0; i < n; i++) out[i] = column[i] as number;
    else for (let i = 0; i < n; i++) out[i] = combine(out[i] as number, column[i] as number);
  }
}

/** The hash that `hashRows` gives a row with these values. Unsigned 32 bits. */
export function hashValues(types: readonly ColumnType[], values: readonly Value[]): number {
  let hash = 0;
  for (let k = 0; k < types.length; k++) {
    const own = hashValue(types[k] as ColumnType, values[k] ?? null);
    hash = k === 0 ? own : combine(hash, own);
  }
  return hash >>> 0;
}

/** MurmurHash3_x86_32 of bytes [from, to); signed 32 bits. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, seed = SEED): number {
  let hash = seed;
  let i = from;
  for (; i + 4 <= to; i += 4)
    hash = round(
      hash,
      (bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24),
    );
  let rest = 0;
  for (let shift = 0; i < to; i++, shift += 8) rest |= (bytes[i] as number) << shift;
  if (((to - from) & 3) !== 0) hash ^= scramble(rest);
  return finish(hash, to - from);
}

function hashColumn(vector: Vector, type: ColumnType, out: Int32Array): void {
  const n = vector.length;
  switch (vector.kind) {
    case "dict": {
      const hashes = dictHashes(vector.dict);
      for (let i = 0; i < n; i++) out[i] = hashes[vector.codes[i] as number] as number;
      break;
    }
    case "utf8":
    case "binary":
      for (let i = 0; i < n; i++)
        out[i] = hashBytes(vector.bytes, vector.offsets[i] as number, vector.offsets[i + 1] as number);
      break;
    case "int32":
      for (let i = 0; i < n; i++) out[i] = hashWords(vector.values[i] as number, (vector.values[i] as number) >> 31);
      break;
    case "int64":
      for (let i = 0; i < n; i++) out[i] = hashWords(vector.words[2 * i] as number, vector.words[2 * i + 1] as number);
      break;
    case "float64":
      for (let i = 0; i < n; i++) out[i] = hashNumber(vector.values[i] as number);
      break;
    default:
      for (let i = 0; i < n; i++) out[i] = hashValue(type, valueAt(vector, type, i));
  }
  if (vector.validity !== null) for (let i = 0; i < n; i++) if (!isValid(vector, i)) out[i] = NULL_HASH;
}

const hashesOf = new WeakMap<Utf8Vector, Int32Array>();

function dictHashes(dict: Utf8Vector): Int32Array {
  let hashes = hashesOf.get(dict);
  if (hashes === undefined) {
    hashes = new Int32Array(dict.length);
    for (let i = 0; i < dict.length; i++)
      hashes[i] = hashBytes(dict.bytes, dict.offsets[i] as number, dict.offsets[i + 1] as number);
    hashesOf.set(dict, hashes);
  }
  return hashes;
}

function hashValue(type: ColumnType, value: Value): number {
  if (value === null) return NULL_HASH;
  if (typeof value === "number") return hashNumber(value);
  if (typeof value === "boolean") return hashWords(value ? 1 : 0, 0);
  if (typeof value === "bigint") return hashBigint(value);
  if (typeof value === "string") return hashText(value);
  if (value instanceof Uint8Array) return hashBytes(value, 0, value.length);
  if (value instanceof Decimal) return hashDecimal(value);
  if (type.kind === "list")
    return hashParts((value as readonly Value[]).map((item) => hashValue(type.item.type, item)));
  if (type.kind === "struct") {
    const object = value as Readonly<Record<string, Value>>;
    return hashParts(type.fields.map((f) => hashValue(f.type, object[f.name] ?? null)));
  }
  return hashText(JSON.stringify(value));
}

function hashText(text: string): number {
  const bytes = Buffer.from(text);
  return hashBytes(bytes, 0, bytes.length);
}

function hashParts(parts: readonly number[]): number {
  let hash = SEED;
  for (const part of parts) hash = round(hash, part);
  return finish(hash, 4 * parts.length);
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const INT64_END = 2 ** 63;

function hashNumber(value: number): number {
  // Math.floor of -0 is -0, whose words are 0 as those of 0.
  if (value === Math.floor(value) && value >= -INT64_END && value < INT64_END)
    return hashWords((value % WORD) | 0, Math.floor(value / WORD) | 0);
  double[0] = value;
  if (Number.isNaN(value)) {
    words[0] = 0;
    words[1] = 0x7ff80000;
  }
  return hashWords(words[0] as number, words[1] as number);
}

function hashBigint(value: bigint): number {
  return hashWords(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

function hashDecimal(value: Decimal): number {
  let { unscaled, scale } = value;
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale--;
  }
  if (scale === 0 && BigInt.asIntN(64, unscaled) === unscaled) return hashBigint(unscaled);
  return hashText(new Decimal(unscaled, scale).toString());
}

function hashWords(low: number, high: number): number {
  return finish(round(round(SEED, low), high), 8);
}

function combine(a: number, b: number): number {
  return finish(round(round(SEED, a | 0), b), 8);
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function round(hash: number, word: number): number {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
