/** Ranges of bitmaps: cutting out, joining, gathering. Bits past the last row of a result are clear, unless it is a view. */
import { bitmapBytes } from "../base/bits.js";

/** Bits [from, to): a view where `from` falls on a byte (bits past the end are then whatever they were), else a copy. */
export function sliceBits(bits: Uint8Array, from: number, to: number): Uint8Array {
  const first = from >> 3;
  const shift = from & 7;
  const size = bitmapBytes(to - from);
  if (shift === 0) return bits.subarray(first, first + size);
  const out = new Uint8Array(size);
  for (let i = 0; i < size; i++)
    out[i] = ((bits[first + i] as number) >>> shift) | ((bits[first + i + 1] ?? 0) << (8 - shift));
  clearTail(out, to - from);
  return out;
}

/** The first `rows` bits with the rest of the last byte clear; a view when that is so already. */
export function trimBits(bits: Uint8Array, rows: number): Uint8Array {
  const size = bitmapBytes(rows);
  const rest = rows & 7;
  if (rest === 0 || (bits[size - 1] as number) >>> rest === 0) return bits.subarray(0, size);
  // Not `slice`: of a Buffer that is a view, and clearing its tail would write into the vector it came from.
  const out = new Uint8Array(bits.subarray(0, size));
  clearTail(out, rows);
  return out;
}

/** Puts `rows` bits at bit `at` of `target`, whose bits from there on are clear. `bits` null means all set. */
export function appendBits(target: Uint8Array, at: number, bits: Uint8Array | null, rows: number): void {
  const shift = at & 7;
  const first = at >> 3;
  const size = bitmapBytes(rows);
  for (let i = 0; i < size; i++) {
    const left = rows - 8 * i;
    const byte = (bits === null ? 255 : (bits[i] as number)) & (left >= 8 ? 255 : (1 << left) - 1);
    target[first + i] = (target[first + i] as number) | (byte << shift);
    if (byte >>> (8 - shift) !== 0) target[first + i + 1] = byte >>> (8 - shift);
  }
}

/** Bit `rows[i]` as bit i, for i < n. */
export function takeBits(bits: Uint8Array, rows: Int32Array, n: number): Uint8Array {
  const out = new Uint8Array(bitmapBytes(n));
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number;
    const bit = ((bits[row >> 3] as number) >> (row & 7)) & 1;
    out[i >> 3] = (out[i >> 3] as number) | (bit << (i & 7));
  }
  return out;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let k = byte; k !== 0; k >>= 1) count += k & 1;
  return count;
});

/** How many of the first `rows` bits are set, a byte at a time. */
export function countBits(bits: Uint8Array, rows: number): number {
  const whole = rows >> 3;
  let count = 0;
  for (let i = 0; i < whole; i++) count += ONES[bits[i] as number] as number;
  const rest = rows & 7;
  return rest === 0 ? count : count + (ONES[(bits[whole] as number) & ((1 << rest) - 1)] as number);
}

/** The bitmap, or null when all of its rows are set: how a vector says that none of its rows is null. */
export function validityOrNull(bits: Uint8Array, rows: number): Uint8Array | null {
  return countBits(bits, rows) === rows ? null : bits;
}

function clearTail(bits: Uint8Array, rows: number): void {
  const rest = rows & 7;
  if (rest !== 0) bits[bits.length - 1] = (bits[bits.length - 1] as number) & ((1 << rest) - 1);
}
