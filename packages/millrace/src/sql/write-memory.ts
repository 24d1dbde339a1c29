/**
 * Handing memory to DuckDB. The binding gives copies of a vector's memory when asked for it (1.5.6), so writing in
 * place is not possible; what is possible is one memcpy of a whole column slice, from our buffer or from a staging one.
 */

import type { Vector as DuckVector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import { bitmapBytes, getBit } from "../base/bits.js";

type Bytes = Uint8Array | Int32Array | Float64Array;

// One thread, and nothing is kept between two copies: one staging buffer each is enough.
let stagedBytes = new ArrayBuffer(64 * 1024);
let stagedBits = new ArrayBuffer(1024);

/** A buffer of at least that many bytes, valid until the next call; its content is unspecified. */
export function staging(bytes: number): ArrayBuffer {
  if (stagedBytes.byteLength < bytes) stagedBytes = new ArrayBuffer(2 * bytes);
  return stagedBytes;
}

/** Copies all of `source` to the start of the vector's data. */
export function copyData(target: DuckVector, source: Bytes): void {
  if (source.byteLength === 0) return;
  const { buffer, byteOffset, byteLength } = unshared(source);
  duckdb.copy_data_to_vector(target, 0, buffer, byteOffset, byteLength);
}

/** Rows [from, from + count) of a validity bitmap; null means that all are valid, which a fresh vector already says. */
export function copyValidity(target: DuckVector, bits: Uint8Array | null, from: number, count: number): void {
  if (bits === null || count === 0) return;
  const bytes = bitmapBytes(count);
  if (stagedBits.byteLength < bytes) stagedBits = new ArrayBuffer(2 * bytes);
  const out = new Uint8Array(stagedBits, 0, bytes);
  const first = from >> 3;
  const shift = from & 7;
  if (shift === 0) out.set(bits.subarray(first, first + bytes));
  else
    for (let k = 0; k < bytes; k++)
      out[k] = ((bits[first + k] as number) >> shift) | ((bits[first + k + 1] ?? 0) << (8 - shift));
  duckdb.vector_ensure_validity_writable(target);
  duckdb.copy_data_to_vector_validity(target, 0, stagedBits, 0, bytes);
}

/** Both bitmaps over the same rows; null stands for all valid. */
export function bothValid(a: Uint8Array | null, b: Uint8Array | null, rows: number): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  const bits = new Uint8Array(bitmapBytes(rows));
  for (let k = 0; k < bits.length; k++) bits[k] = (a[k] as number) & (b[k] as number);
  return bits;
}

/** A byte a row, as DuckDB's BOOLEAN has it. */
export function copyBools(target: DuckVector, bits: Uint8Array, from: number, count: number): void {
  const out = new Uint8Array(staging(count), 0, count);
  for (let i = 0; i < count; i++) out[i] = getBit(bits, from + i) ? 1 : 0;
  copyData(target, out);
}

function unshared(source: Bytes): { buffer: ArrayBuffer; byteOffset: number; byteLength: number } {
  const { buffer, byteOffset, byteLength } = source;
  if (buffer instanceof ArrayBuffer) return { buffer, byteOffset, byteLength };
  // The binding reads ArrayBuffers only; a chunk of the in-memory log is shared.
  const staged = staging(byteLength);
  new Uint8Array(staged).set(new Uint8Array(buffer, byteOffset, byteLength));
  return { buffer: staged, byteOffset: 0, byteLength };
}
