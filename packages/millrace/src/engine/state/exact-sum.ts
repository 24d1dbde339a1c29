/**
 * Exact, order-free sums of doubles, one for each group.
 *
 *   sum = hi + lo                     exactly, while two doubles can hold it
 *   sum = big * 2^-1074               else: every double is a whole multiple of 2^-1074
 *
 * `add` uses error-free addition (Knuth's TwoSum): what rounding takes from `hi` goes into `lo`; when `lo` itself would
 * round, the group moves to the big integer for good. So the sum is a property of the set of numbers added, and it is
 * rounded once, when it is read. NaN and infinities are counted apart, as they would poison the exact part.
 */
import { grown } from "./grown.js";

const UNIT = 1074;
const NOT_A_NUMBER = 1;
const PLUS_INFINITY = 2;
const MINUS_INFINITY = 4;

export class ExactSums {
  #hi = new Float64Array(0);
  #lo = new Float64Array(0);
  #special = new Uint8Array(0);
  readonly #big = new Map<number, bigint>();

  /** Room for groups [0, capacity), new ones at zero. */
  ensure(capacity: number): void {
    if (capacity <= this.#hi.length) return;
    this.#hi = grown(this.#hi, new Float64Array(capacity));
    this.#lo = grown(this.#lo, new Float64Array(capacity));
    this.#special = grown(this.#special, new Uint8Array(capacity));
  }

  add(group: number, value: number): void {
    const hi = this.#hi[group] as number;
    const sum = hi + value;
    const part = sum - hi;
    const error = hi - (sum - part) + (value - part);
    if (error === 0 && this.#big.size === 0) {
      this.#hi[group] = sum;
      return;
    }
    const lo = this.#lo[group] as number;
    const low = lo + error;
    const lowPart = low - lo;
    if (lo - (low - lowPart) + (error - lowPart) === 0 && this.#big.size === 0) {
      this.#hi[group] = sum;
      this.#lo[group] = low;
      return;
    }
    this.#addSlow(group, value);
  }

  /** The sum rounded to the nearest double. */
  value(group: number): number {
    return this.pair(group)[0];
  }

  /** The sum as the nearest double and the nearest double of what that leaves: the same for the same set of numbers. */
  pair(group: number): readonly [number, number] {
    const special = this.#special[group] as number;
    if (special !== 0) {
      const nan = (special & NOT_A_NUMBER) !== 0 || special === (PLUS_INFINITY | MINUS_INFINITY);
      return [nan ? Number.NaN : special === PLUS_INFINITY ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, 0];
    }
    const big = this.#big.get(group);
    if (big !== undefined) {
      const hi = fromUnits(big);
      return Number.isFinite(hi) ? [hi, fromUnits(big - toUnits(hi))] : [hi, 0];
    }
    const hi = this.#hi[group] as number;
    const lo = this.#lo[group] as number;
    const sum = hi + lo;
    const part = sum - hi;
    // + 0 turns -0 into 0: an empty sum and a sum of zeros must not differ by sign.
    return [sum + 0, hi - (sum - part) + (lo - part) + 0];
  }

  /** Text form of a group's exact state. */
  save(group: number): string {
    const special = this.#special[group] as number;
    const big = this.#big.get(group) ?? toUnits(this.#hi[group] as number) + toUnits(this.#lo[group] as number);
    return `${special}:${big.toString(36)}`;
  }

  load(group: number, text: string): void {
    const [special, digits] = text.split(":") as [string, string];
    this.#special[group] = Number(special);
    const big = parse36(digits);
    const hi = fromUnits(big);
    const rest = Number.isFinite(hi) ? big - toUnits(hi) : big;
    const lo = fromUnits(rest);
    if (Number.isFinite(hi) && Number.isFinite(lo) && toUnits(lo) === rest) {
      this.#hi[group] = hi;
      this.#lo[group] = lo;
    } else this.#big.set(group, big);
  }

  /** Group j of the result is group kept[j] of before. `kept` ascends. */
  compact(kept: Int32Array): void {
    const moved: [number, bigint][] = [];
    for (let j = 0; j < kept.length; j++) {
      const from = kept[j] as number;
      this.#hi[j] = this.#hi[from] as number;
      this.#lo[j] = this.#lo[from] as number;
      this.#special[j] = this.#special[from] as number;
      const big = this.#big.get(from);
      if (big !== undefined) moved.push([j, big]);
    }
    this.#hi.fill(0, kept.length);
    this.#lo.fill(0, kept.length);
    this.#special.fill(0, kept.length);
    this.#big.clear();
    for (const [group, big] of moved) this.#big.set(group, big);
  }

  #addSlow(group: number, value: number): void {
    if (!Number.isFinite(value)) {
      const bit = Number.isNaN(value) ? NOT_A_NUMBER : value > 0 ? PLUS_INFINITY : MINUS_INFINITY;
      this.#special[group] = (this.#special[group] as number) | bit;
      return;
    }
    const big = this.#big.get(group);
    if (big !== undefined) {
      this.#big.set(group, big + toUnits(value));
      return;
    }
    const hi = this.#hi[group] as number;
    const lo = this.#lo[group] as number;
    const sum = hi + value;
    const part = sum - hi;
    const error = hi - (sum - part) + (value - part);
    const low = lo + error;
    const lowPart = low - lo;
    if (Number.isFinite(sum) && lo - (low - lowPart) + (error - lowPart) === 0) {
      this.#hi[group] = sum;
      this.#lo[group] = low;
      return;
    }
    this.#big.set(group, toUnits(hi) + toUnits(lo) + toUnits(value));
    this.#hi[group] = 0;
    this.#lo[group] = 0;
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** A finite double as a multiple of 2^-1074. */
export function toUnits(value: number): bigint {
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) & 0x7ff;
  const mantissa = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const units = exponent === 0 ? mantissa : (mantissa | (1n << 52n)) << BigInt(exponent - 1);
  return high >>> 31 === 1 ? -units : units;
}

/** The double nearest to `units` * 2^-1074, ties to even. */
export function fromUnits(units: bigint): number {
  const negative = units < 0n;
  const magnitude = negative ? -units : units;
  const length = magnitude.toString(2).length;
  let value: number;
  if (length <= 1000) value = Number(magnitude) * 2 ** -UNIT;
  else {
    // 100 leading bits and one that says whether anything follows: enough to round right.
    const shift = BigInt(length - 100);
    const lead = magnitude >> shift;
    const sticky = lead << shift === magnitude ? 0n : 1n;
    value = Number((lead << 1n) | sticky) * 2 ** (length - 101 - UNIT);
  }
  return negative ? -value : value;
}

function parse36(digits: string): bigint {
  const negative = digits.startsWith("-");
  let value = 0n;
  for (const digit of negative ? digits.slice(1) : digits) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return negative ? -value : value;
}
