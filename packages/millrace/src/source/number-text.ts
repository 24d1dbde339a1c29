/** Numbers from their digits, exactly, without strings and bigints on the way. */
import { WORD } from "../batch/vector.js";

/**
 * Puts the whole number [from, to) (`-?[0-9]+`, at most 19 digits) into row `row` of int64 words; false, with nothing
 * put, when the text is anything else or does not fit 64 bits.
 *
 *   19 digits = 10 (hi, < 2^34) | 9 (lo)     hi = a·2^17 + b     value = a·10^9·2^17 + (b·10^9 + lo), parts < 2^53
 */
export function putInt64(view: DataView, from: number, to: number, words: Int32Array, row: number): boolean {
  const negative = to > from && view.getUint8(from) === 45;
  let p = negative ? from + 1 : from;
  const digits = to - p;
  if (digits === 0 || digits > 19) return false;
  const split = digits > 9 ? to - 9 : to;
  let hi = 0;
  for (; p < split; p++) {
    const digit = view.getUint8(p) - 48;
    if (digit < 0 || digit > 9) return false;
    hi = hi * 10 + digit;
  }
  let lo = 0;
  for (; p < to; p++) {
    const digit = view.getUint8(p) - 48;
    if (digit < 0 || digit > 9) return false;
    lo = lo * 10 + digit;
  }
  if (digits <= 9) {
    words[2 * row] = negative ? -hi : hi;
    words[2 * row + 1] = negative && hi !== 0 ? -1 : 0;
    return true;
  }
  if (digits <= 15) {
    const value = hi * 1e9 + lo;
    putWhole(words, row, negative ? -value : value);
    return true;
  }
  const a = Math.floor(hi / 131_072);
  const high = a * 1e9;
  const low = (high % 32_768) * 131_072 + (hi - a * 131_072) * 1e9 + lo;
  const highWord = Math.floor(high / 32_768) + Math.floor(low / WORD);
  const lowWord = low % WORD;
  if (highWord >= 2_147_483_648 && !(negative && highWord === 2_147_483_648 && lowWord === 0)) return false;
  if (negative) {
    words[2 * row] = -lowWord;
    words[2 * row + 1] = lowWord === 0 ? -highWord : ~highWord;
  } else {
    words[2 * row] = lowWord;
    words[2 * row + 1] = highWord;
  }
  return true;
}

/** Puts a safe whole number into row `row` of int64 words: `setInt64Number` without the division with remainder, which is a call. */
export function putWhole(words: Int32Array, row: number, value: number): void {
  const high = Math.floor(value / WORD);
  words[2 * row] = value - high * WORD;
  words[2 * row + 1] = high;
}

const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * The nearest double of a decimal number `-?digits[.digits][e±digits]`. Up to 15 digits with a power of ten up to 22
 * are one exact division or product (Clinger 1990); the rest goes through `Number`. NaN when the text is no number, and
 * when it is beyond the largest double.
 */
export function float64Of(bytes: Buffer, from: number, to: number): number {
  let p = from;
  const negative = bytes[p] === 45;
  if (negative) p++;
  let mantissa = 0;
  let digits = 0;
  let fraction = -1;
  for (; p < to; p++) {
    const c = bytes[p] as number;
    if (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      if (mantissa !== 0) digits++;
      if (fraction >= 0) fraction++;
    } else if (c === 46 && fraction < 0) fraction = 0;
    else break;
  }
  if (p < to || digits > 15 || fraction > 22 || to - from - (negative ? 1 : 0) - (fraction >= 0 ? 1 : 0) < 1)
    return numberOrNaN(bytes.toString("latin1", from, to));
  const value = fraction > 0 ? mantissa / (POWERS[fraction] as number) : mantissa;
  return negative ? -value : value;
}

/** Stricter than `Number`: no blanks, no hexadecimal, no infinity. */
function numberOrNaN(text: string): number {
  const value = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
