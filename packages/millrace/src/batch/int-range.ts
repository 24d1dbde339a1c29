/** Smallest and largest values of integer columns, nulls left out. */
import { int64AsBigint, int64AsNumber } from "./vector.js";

export interface Int32Range {
  readonly min: number;
  readonly max: number;
}

/** The words of the smallest and the largest value. */
export interface Int64Range {
  readonly minLow: number;
  readonly minHigh: number;
  readonly maxLow: number;
  readonly maxHigh: number;
}

/** Null when every row is null, or there is none. */
export function rangeOfInt32(values: Int32Array, validity: Uint8Array | null, n: number): Int32Range | null {
  let min = 0x7fffffff;
  let max = -0x80000000;
  if (validity === null)
    for (let i = 0; i < n; i++) {
      const value = values[i] as number;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  else
    for (let i = 0; i < n; i++) {
      if (((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
      const value = values[i] as number;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  return min > max ? null : { min, max };
}

/** Null when every row is null, or there is none. `stride` is 2, or 4 for the low words of int128. */
export function rangeOfInt64(words: Int32Array, validity: Uint8Array | null, n: number, stride = 2): Int64Range | null {
  let first = 0;
  if (validity !== null) while (first < n && ((validity[first >> 3] as number) & (1 << (first & 7))) === 0) first++;
  if (first >= n) return null;
  const SIGN = -0x80000000;
  // Low words compare unsigned: with the sign turned over a signed comparison does that.
  let minLow = (words[stride * first] as number) ^ SIGN;
  let minHigh = words[stride * first + 1] as number;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = first + 1; i < n; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    const low = (words[stride * i] as number) ^ SIGN;
    const high = words[stride * i + 1] as number;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
    }
  }
  return { minLow: minLow ^ SIGN, minHigh, maxLow: maxLow ^ SIGN, maxHigh };
}

export function rangeBigints({ minLow, minHigh, maxLow, maxHigh }: Int64Range): { min: bigint; max: bigint } {
  const words = Int32Array.of(minLow, minHigh, maxLow, maxHigh);
  return { min: int64AsBigint(words, 0), max: int64AsBigint(words, 1) };
}

export function rangeNumbers({ minLow, minHigh, maxLow, maxHigh }: Int64Range): { min: number; max: number } {
  const words = Int32Array.of(minLow, minHigh, maxLow, maxHigh);
  return { min: int64AsNumber(words, 0), max: int64AsNumber(words, 1) };
}
