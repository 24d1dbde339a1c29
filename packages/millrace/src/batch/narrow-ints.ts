/**
 * Frame of reference: integers as differences to their smallest value, in as few bytes as the largest needs.
 *
 *   1690000000123 1690000000125 1690000000999   ->   min 1690000000123, width 2, [0 2 876]
 *
 * Width 0 is a column of one value. Null rows are stored as 0, so the same rows always give the same bytes.
 */
import type { Int64Range } from "./int-range.js";

export type Narrow = Uint8Array | Uint16Array | Uint32Array;

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
export function narrowed(words: Int32Array, stride: number, n: number, min: number, width: 1 | 2 | 4, validity: Uint8Array | null): Uint8Array {
  const out = width === 1 ? new Uint8Array(n) : width === 2 ? new Uint16Array(n) : new Uint32Array(n);
  if (stride === 1) for (let i = 0; i < n; i++) out[i] = (words[i] as number) - min;
  else for (let i = 0; i < n; i++) out[i] = (words[stride * i] as number) - min;
  if (validity !== null) for (let i = 0; i < n; i++) if (((validity[i >> 3] as number) & (1 << (i & 7))) === 0) out[i] = 0;
  return width === 1 ? (out as Uint8Array) : new Uint8Array(out.buffer);
}

/** The stored differences; `bytes` begin at a multiple of the width in their buffer. */
export function narrowView(bytes: Uint8Array, width: 1 | 2 | 4): Narrow {
  if (width === 1) return bytes;
  return width === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
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
  const base = minLow >>> 0;
  const most = narrow instanceof Uint8Array ? 255 : narrow instanceof Uint16Array ? 65_535 : 4_294_967_295;
  if (base + most < 4_294_967_296) {
    if (narrow instanceof Uint8Array) addNoCarry8(out, narrow, minLow, minHigh, n);
    else if (narrow instanceof Uint16Array) addNoCarry16(out, narrow, minLow, minHigh, n);
    else addCarry(out, narrow, base, minHigh, n);
  } else addCarry(out, narrow, base, minHigh, n);
  return out;
}

function addNoCarry8(out: Int32Array, narrow: Uint8Array, low: number, high: number, n: number): void {
  for (let i = 0; i < n; i++) {
    out[2 * i] = (narrow[i] as number) + low;
    out[2 * i + 1] = high;
  }
}

function addNoCarry16(out: Int32Array, narrow: Uint16Array, low: number, high: number, n: number): void {
  for (let i = 0; i < n; i++) {
    out[2 * i] = (narrow[i] as number) + low;
    out[2 * i + 1] = high;
  }
}

function addCarry(out: Int32Array, narrow: Narrow, base: number, high: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const sum = base + (narrow[i] as number);
    out[2 * i] = sum;
    out[2 * i + 1] = sum >= 4_294_967_296 ? high + 1 : high;
  }
}

/** Ends of items with these lengths (less `min`), from 0; null when they pass `most`. n + 1 entries. */
export function offsetsOf(narrow: Narrow | null, min: number, n: number, most: number): Int32Array | null {
  const out = new Int32Array(n + 1);
  let end = 0;
  if (narrow === null) for (let i = 1; i <= n; i++) out[i] = end += min;
  else if (narrow instanceof Uint8Array) for (let i = 0; i < n; i++) out[i + 1] = end += (narrow[i] as number) + min;
  else for (let i = 0; i < n; i++) out[i + 1] = end += (narrow[i] as number) + min;
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
