/**
 * Keys as 32-bit words, so that they can be hashed and compared without looking at values:
 *
 *   bool, int32                        1   the value
 *   int, int64, timestamp(Ns)          2   as stored
 *   float64                            2   its bits; -0 is 0, and there is one NaN
 *   decimal                            4   the unscaled int128
 *   string, oneOf, and all others      1   the number of its text in a pool (`byte-pool.ts`); others in a text of their own
 *   nulls                              1   for every 32 columns: a bit for each that is null; not where none can be
 *
 * Two keys are equal when their words are. A pool holds only what keys were made of; `compact` gives back the rest.
 */
import { bitmapBytes, setBit } from "../../base/bits.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { KeyPart } from "./key-part.js";
import { keyPart } from "./key-part.js";

export class KeyLayout {
  /** Words of a key. */
  readonly width: number;
  readonly #fields: readonly Field[];
  readonly #parts: readonly KeyPart[];
  /** First word of each column. */
  readonly #at: readonly number[];
  /** First word of the null bits, or -1 where no column can be null. */
  readonly #nullsAt: number;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#parts = fields.map((f) => keyPart(f.type));
    this.#at = this.#parts.map((_, c) => this.#parts.slice(0, c).reduce((sum, part) => sum + part.width, 0));
    const width = this.#parts.reduce((sum, part) => sum + part.width, 0);
    this.#nullsAt = fields.some((f) => f.nullable) ? width : -1;
    this.width = width + (this.#nullsAt < 0 ? 0 : Math.ceil(fields.length / 32));
  }

  /** Memory held by pools. */
  get bytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.bytes, 0);
  }

  /** The words of `n` rows' keys, `stride` words from one to the next. vectors: one a column; none holds a NaN that is to be refused. */
  encode(vectors: readonly Vector[], n: number, out: Int32Array, stride: number): void {
    if (this.#nullsAt >= 0)
      for (let w = this.#nullsAt; w < this.width; w++) for (let i = 0; i < n; i++) out[stride * i + w] = 0;
    for (let c = 0; c < vectors.length; c++) {
      const vector = vectors[c] as Vector;
      const at = this.#at[c] as number;
      (this.#parts[c] as KeyPart).encode(vector, n, out, stride, at);
      if (vector.validity !== null && (this.#fields[c] as Field).nullable) this.#markNulls(vector, c, n, out, stride);
    }
  }

  /**
   * As `encode`, of keys to be looked up: nothing is added to pools. absent: n flags, set to 1 where the key can't be
   * equal to any that was encoded, as it is null, NaN, a text not known, or of another range.
   */
  probe(vectors: readonly Vector[], fields: readonly Field[], n: number, out: Int32Array, absent: Uint8Array): void {
    for (let c = 0; c < vectors.length; c++) {
      const vector = vectors[c] as Vector;
      const at = this.#at[c] as number;
      (this.#parts[c] as KeyPart).probe(vector, (fields[c] as Field).type, n, out, this.width, at, absent);
      if (vector.validity !== null) for (let i = 0; i < n; i++) if (!isValid(vector, i)) absent[i] = 1;
    }
    if (this.#nullsAt >= 0)
      for (let w = this.#nullsAt; w < this.width; w++) for (let i = 0; i < n; i++) out[this.width * i + w] = 0;
  }

  /** Column `column` of the key whose words begin at `from`. */
  value(words: Int32Array, from: number, column: number): Value {
    if (this.#isNull(words, from, column)) return null;
    return (this.#parts[column] as KeyPart).value(words, from + (this.#at[column] as number));
  }

  /** Column `column` of the keys that begin at `starts`. */
  vector(words: Int32Array, starts: Int32Array, column: number): Vector {
    const at = this.#at[column] as number;
    const firsts = starts.map((from) => from + at);
    return {
      ...(this.#parts[column] as KeyPart).vector(words, firsts),
      validity: this.#validity(words, starts, column),
    };
  }

  /** Forgets texts but those of the first `n` keys, and rewrites their words. */
  compact(words: Int32Array, n: number, stride: number): void {
    for (let c = 0; c < this.#parts.length; c++) {
      const at = this.#at[c] as number;
      const starts = new Int32Array(n);
      for (let i = 0; i < n; i++) starts[i] = this.#isNull(words, stride * i, c) ? -1 : stride * i + at;
      (this.#parts[c] as KeyPart).compact(words, starts);
    }
  }

  #markNulls(vector: Vector, column: number, n: number, out: Int32Array, stride: number): void {
    const at = this.#at[column] as number;
    const { width } = this.#parts[column] as KeyPart;
    const word = this.#nullsAt + (column >>> 5);
    for (let i = 0; i < n; i++) {
      if (isValid(vector, i)) continue;
      for (let k = 0; k < width; k++) out[stride * i + at + k] = 0;
      out[stride * i + word] = (out[stride * i + word] as number) | (1 << (column & 31));
    }
  }

  #isNull(words: Int32Array, from: number, column: number): boolean {
    return (
      this.#nullsAt >= 0 && ((words[from + this.#nullsAt + (column >>> 5)] as number) & (1 << (column & 31))) !== 0
    );
  }

  #validity(words: Int32Array, starts: Int32Array, column: number): Uint8Array | null {
    if (this.#nullsAt < 0) return null;
    let nulls = 0;
    const bits = new Uint8Array(bitmapBytes(starts.length));
    for (let i = 0; i < starts.length; i++)
      if (this.#isNull(words, starts[i] as number, column)) nulls++;
      else setBit(bits, i);
    return nulls === 0 ? null : bits;
  }
}
