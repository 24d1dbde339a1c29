/**
 * Frame of reference: integers as differences to their smallest value, in as few bytes as the largest needs.
 *
 *   1690000000123 1690000000125 1690000000999   ->   min 1690000000123, width 2, [0 2 876]
 *
 * Width 0 is a column of one value. Null rows are stored as 0, so the same rows always give the same bytes.
 */
import type { Int64Range } from "./int-range.js";

/** Differences of 1, 2 or 4 bytes; the 4-byte ones are unsigned, read as int32 because sums that wrap are faster than doubles. */
export type Narrow = Uint8Array | Uint16Array | Int32Array;

/** 0, 1, 2 or 4: the bytes that 0..spread need; spread below 2^32. */
export function widthOf(spread: number): 0 | 1 | 2 | 4 {
  return spread === 0 ? 0 : spread < 256 ? 1 : spread < 65_536 ? 2 : 4;
}

/** As `widthOf` for 64-bit values: 8 when the difference needs more than 32 bits. */
export function widthOfInt64({ minLow, minHigh, maxLow, maxHigh }: Int64Range): 0 | 1 | 2 | 4 | 8 {
  const low = (maxLow >>> 0) - (minLow >>> 0);
  const high = maxHigh - minHigh - (low < 0 ? 1 : 0);
  return high !== 0 ? 8 : widthOf(low < 0 ? low + 4_294_967_296 : low);
}

/** Every `stride`-th word less `min`, modulo the width. Owned. */
export function narrowed(
  words: Int32Array,
  stride: number,
  n: number,
  min: number,
  width: 1 | 2 | 4,
  validity: Uint8Array | null,
): Uint8Array {
  const out = new Uint8Array(width * n);
  // A loop for each width: one that stores to all three kinds of array runs at a third of the speed.
  if (width === 1) narrow8(out, words, stride, n, min);
  else if (width === 2) narrow16(new Uint16Array(out.buffer), words, stride, n, min);
  else narrow32(new Int32Array(out.buffer), words, stride, n, min);
  if (validity !== null)
    for (let i = 0; i < n; i++)
      if (((validity[i >> 3] as number) & (1 << (i & 7))) === 0) out.fill(0, width * i, width * (i + 1));
  return out;
}

function narrow8(out: Uint8Array, words: Int32Array, stride: number, n: number, min: number): void {
  for (let i = 0, at = 0; i < n; i++, at += stride) out[i] = (words[at] as number) - min;
}

function narrow16(out: Uint16Array, words: Int32Array, stride: number, n: number, min: number): void {
  for (let i = 0, at = 0; i < n; i++, at += stride) out[i] = (words[at] as number) - min;
}

function narrow32(out: Int32Array, words: Int32Array, stride: number, n: number, min: number): void {
  for (let i = 0, at = 0; i < n; i++, at += stride) out[i] = (words[at] as number) - min;
}

/** The stored differences; `bytes` begin at a multiple of the width in their buffer. */
export function narrowView(bytes: Uint8Array, width: 1 | 2 | 4): Narrow {
  if (width === 1) return bytes;
  return width === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
    : new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}

/** min + difference, as int32. The loops are apart so that each sees one kind of array. */
export function widenInt32(narrow: Narrow, min: number, n: number): Int32Array {
  const out = new Int32Array(n);
  if (narrow instanceof Uint8Array) for (let i = 0; i < n; i++) out[i] = (narrow[i] as number) + min;
  else if (narrow instanceof Uint16Array) for (let i = 0; i < n; i++) out[i] = (narrow[i] as number) + min;
  else for (let i = 0; i < n; i++) out[i] = (narrow[i] as number) + min;
  return out;
}

/** min + difference, as int64 words. */
export function widenInt64(narrow: Narrow, minLow: number, minHigh: number, n: number): Int32Array {
  const out = new Int32Array(2 * n);
  if (narrow instanceof Uint8Array) add8(out, narrow, minLow, minHigh, n);
  else if (narrow instanceof Uint16Array) add16(out, narrow, minLow, minHigh, n);
  else add32(out, narrow, minLow, minHigh, n);
  return out;
}

// Three times the same loop, so that each sees one kind of array. A sum that wrapped is, unsigned, below what was added to.

function add8(out: Int32Array, narrow: Uint8Array, low: number, high: number, n: number): void {
  const base = low ^ SIGN;
  for (let i = 0; i < n; i++) {
    const sum = ((narrow[i] as number) + low) | 0;
    out[2 * i] = sum;
    out[2 * i + 1] = (sum ^ SIGN) < base ? high + 1 : high;
  }
}

function add16(out: Int32Array, narrow: Uint16Array, low: number, high: number, n: number): void {
  const base = low ^ SIGN;
  for (let i = 0; i < n; i++) {
    const sum = ((narrow[i] as number) + low) | 0;
    out[2 * i] = sum;
    out[2 * i + 1] = (sum ^ SIGN) < base ? high + 1 : high;
  }
}

function add32(out: Int32Array, narrow: Int32Array, low: number, high: number, n: number): void {
  const base = low ^ SIGN;
  for (let i = 0; i < n; i++) {
    const sum = ((narrow[i] as number) + low) | 0;
    out[2 * i] = sum;
    out[2 * i + 1] = (sum ^ SIGN) < base ? high + 1 : high;
  }
}

const SIGN = -0x80000000;

/** Ends of items with these lengths (less `min`), from 0; null when they pass `most`. n + 1 entries. */
export function offsetsOf(narrow: Narrow | null, min: number, n: number, most: number): Int32Array | null {
  const out = new Int32Array(n + 1);
  let end = 0;
  if (narrow === null) for (let i = 1; i <= n; i++) out[i] = end += min;
  else if (narrow instanceof Uint8Array) for (let i = 0; i < n; i++) out[i + 1] = end += (narrow[i] as number) + min;
  else for (let i = 0; i < n; i++) out[i + 1] = end += ((narrow[i] as number) >>> 0) + min;
  return end <= most ? out : null;
}

/** The codes as int32; null when one is not below `count`. */
export function codesOf(narrow: Narrow, count: number, n: number): Int32Array | null {
  const out = new Int32Array(n);
  const last = count - 1;
  let bad = 0;
  if (narrow instanceof Uint8Array)
    for (let i = 0; i < n; i++) {
      const code = narrow[i] as number;
      out[i] = code;
      bad |= last - code;
    }
  else
    for (let i = 0; i < n; i++) {
      const code = (narrow[i] as number) | 0;
      out[i] = code;
      bad |= code | (last - code);
    }
  return bad < 0 ? null : out;
}
