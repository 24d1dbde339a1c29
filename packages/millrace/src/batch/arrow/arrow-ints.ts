/** Arrow's integers, dates and times as int32 values or int64 words, exactly or not at all. */
import { rangeBigints, rangeOfInt64 } from "../int-range.js";
import { int64AsBigint, int64AsNumber, setInt64Bigint, setInt64Number } from "../vector.js";
import type { ArrowType } from "./arrow-field.js";
import { arrowError } from "./flat-reader.js";

/** The first `count` values of `size` bytes each, at an address that a typed array can have; `DECODE` when there are fewer. */
export function fixedBytes(buffer: Uint8Array, count: number, size: number): Uint8Array {
  if (buffer.length < count * size)
    throw arrowError(`a buffer of ${buffer.length} bytes for ${count} values of ${size}`);
  const bytes = buffer.subarray(0, count * size);
  return (bytes.byteOffset & 7) === 0 ? bytes : new Uint8Array(bytes);
}

export function wordsOf(buffer: Uint8Array, count: number, words: number): Int32Array {
  const bytes = fixedBytes(buffer, count, 4 * words);
  return new Int32Array(bytes.buffer, bytes.byteOffset, count * words);
}

/** Integers of up to 32 bits, signed or not, below 2^31. */
export function int32Of(buffer: Uint8Array, type: ArrowType, n: number): Int32Array {
  const bytes = fixedBytes(buffer, n, type.width >> 3);
  const { buffer: memory, byteOffset } = bytes;
  if (type.width === 8) return Int32Array.from(type.signed ? new Int8Array(memory, byteOffset, n) : bytes);
  if (type.width === 16)
    return Int32Array.from(
      type.signed ? new Int16Array(memory, byteOffset, n) : new Uint16Array(memory, byteOffset, n),
    );
  if (type.width === 32) return new Int32Array(memory, byteOffset, n);
  throw arrowError(`integers of ${type.width} bits`);
}

/** uint32 and 64-bit integers as int64 words; `DECODE` for a uint64 of 2^63 and more. */
export function int64Of(buffer: Uint8Array, type: ArrowType, validity: Uint8Array | null, n: number): Int32Array {
  if (type.width === 32) {
    const values = int32Of(buffer, type, n);
    const words = new Int32Array(2 * n);
    for (let i = 0; i < n; i++) words[2 * i] = values[i] as number;
    return words;
  }
  const words = wordsOf(buffer, n, 2);
  if (!type.signed) {
    const range = rangeOfInt64(words, validity, n);
    if (range !== null && range.minHigh < 0)
      throw arrowError("an unsigned integer of 2^63 or more, which int64 does not hold");
  }
  return words;
}

/** Throws `DECODE` when a value is beyond what a JavaScript number holds exactly. */
export function checkSafe(words: Int32Array, validity: Uint8Array | null, n: number): Int32Array {
  const range = rangeOfInt64(words, validity, n);
  if (range !== null) {
    const { min, max } = rangeBigints(range);
    const limit = BigInt(Number.MAX_SAFE_INTEGER);
    if (min < -limit || max > limit)
      throw arrowError(`the integer ${min < -limit ? min : max} where one within ±2^53 is meant`);
  }
  return words;
}

/** Dates as epoch ms: days of 4 bytes (unit 0) or milliseconds of 8 (unit 1). */
export function dateMs(buffer: Uint8Array, unit: number, validity: Uint8Array | null, n: number): Int32Array {
  if (unit !== 0) return checkSafe(wordsOf(buffer, n, 2), validity, n);
  const days = wordsOf(buffer, n, 1);
  const words = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) setInt64Number(words, i, (days[i] as number) * 86_400_000);
  return words;
}

/** Timestamps: seconds and milliseconds as epoch ms, microseconds and nanoseconds as epoch ns. */
export function timestampOf(buffer: Uint8Array, unit: number, validity: Uint8Array | null, n: number): Int32Array {
  const words = wordsOf(buffer, n, 2);
  if (unit === 3) return words;
  if (unit === 1) return checkSafe(words, validity, n);
  const out = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    if (unit === 0) setInt64Number(out, i, milliseconds(int64AsNumber(words, i)));
    else setInt64Bigint(out, i, nanoseconds(int64AsBigint(words, i)));
  }
  return out;
}

function milliseconds(seconds: number): number {
  const ms = seconds * 1000;
  if (!Number.isSafeInteger(ms)) throw arrowError(`the time ${seconds} s, which is beyond what milliseconds hold`);
  return ms;
}

function nanoseconds(microseconds: bigint): bigint {
  const ns = microseconds * 1000n;
  if (BigInt.asIntN(64, ns) !== ns)
    throw arrowError(`the time ${microseconds} µs, which is beyond what nanoseconds hold`);
  return ns;
}
