/**
 * Exact, order-free sums of doubles, one for each group.
 *
 *   sum = hi + lo                     exactly, while two doubles can hold it
 *   sum = units * 2^power             else, in limbs (`wide-sums.ts`); `hi` is then NaN, which leads every addition there
 *
 * `add` uses error-free addition (Knuth's TwoSum): what rounding takes from `hi` goes into `lo`. When `lo` itself would
 * round, the two are brought into order once more, and if that does not help, the group moves to limbs for good. So the
 * sum is a property of the set of numbers added, and it is rounded once, when it is read. NaN and infinities are kept
 * apart, and answer as IEEE addition of that set would in any order.
 *
 * Squares are exact as well: a square is two doubles, or, beyond their range, limbs of half the power.
 */

import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import { nearestQuotient, unitsOf } from "./nearest.js";
import { regrouped } from "./regrouped.js";
import { bytesOfUnits, nullableBinary, unitsOfBytes } from "./units-column.js";
import { WideSums } from "./wide-sums.js";

const NOT_A_NUMBER = 1;
const PLUS_INFINITY = 2;
const MINUS_INFINITY = 4;

/** Doubles whose squares, and what rounding takes from these, are doubles. */
const SQUARE_MIN = 2 ** -480;
const SQUARE_MAX = 2 ** 500;
const SPLITTER = 134_217_729; // 2^27 + 1

/** A sum as units * 2^power, or what it is instead. */
export type ExactSum =
  | { readonly special: null; readonly units: bigint; readonly power: number }
  | { readonly special: number };

export class ExactSums {
  readonly #power: number;
  #hi = new Float64Array(0);
  #lo = new Float64Array(0);
  #special = new Uint8Array(0);
  /** Number of a group's limbs + 1; 0: none. Made when the first group needs some. */
  #wideOf: Int32Array | null = null;
  #wide: WideSums;
  #wideCount = 0;
  #wideCapacity = 0;

  /** squares: of squares of doubles, which reach twice as far. */
  constructor(squares = false) {
    this.#power = squares ? -2148 : -1074;
    // From the lowest bit to 2^1024 or 2^2048, and room for the number of values.
    this.#wide = new WideSums(squares ? 133 : 67);
  }

  get bytes(): number {
    return this.#hi.byteLength * 2 + this.#special.byteLength + (this.#wideOf?.byteLength ?? 0) + this.#wide.bytes;
  }

  /** Room for groups [0, capacity), new ones at zero; see `regrouped` for `kept`. */
  resize(capacity: number, kept: Int32Array | null): void {
    this.#hi = regrouped(this.#hi, new Float64Array(capacity), kept);
    this.#lo = regrouped(this.#lo, new Float64Array(capacity), kept);
    this.#special = regrouped(this.#special, new Uint8Array(capacity), kept);
    if (this.#wideOf === null) return;
    this.#wideOf = regrouped(this.#wideOf, new Int32Array(capacity), kept);
    if (kept !== null) this.#keepWide(this.#wideOf, kept.length);
  }

  /** Adds values[i] to group groups[i], where `vector` has a value. */
  addAll(values: ArrayLike<number>, vector: Vector, groups: Int32Array): void {
    const hi = this.#hi;
    const hasNulls = vector.validity !== null;
    for (let i = 0; i < vector.length; i++) {
      if (hasNulls && !isValid(vector, i)) continue;
      const value = values[i] as number;
      const group = groups[i] as number;
      const held = hi[group] as number;
      const sum = held + value;
      const part = sum - held;
      if (held - (sum - part) + (value - part) === 0) hi[group] = sum;
      else this.add(group, value);
    }
  }

  add(group: number, value: number): void {
    if (!this.#addToPair(group, value)) this.#addSlow(group, value);
  }

  addSquare(group: number, value: number): void {
    const size = Math.abs(value);
    if (size < SQUARE_MAX && (size > SQUARE_MIN || size === 0)) {
      const square = value * value;
      this.add(group, square);
      const error = squareError(value, square);
      if (error !== 0) this.add(group, error);
    } else if (Number.isFinite(value)) {
      const { units, power } = unitsOf(value);
      this.#wide.add(this.#makeWide(group), (units * units) << BigInt(2 * power - this.#power));
    } else this.#addSlow(group, value * value);
  }

  /** Adds a sum that `exact` gave. */
  addSum(group: number, units: bigint): void {
    if (units !== 0n) this.#wide.add(this.#makeWide(group), units);
  }

  /** The sum rounded to the nearest double. */
  value(group: number): number {
    const exact = this.#special[group] === 0 ? null : this.#specialOf(group);
    if (exact !== null) return exact;
    const wide = this.#wideAt(group);
    if (wide >= 0) return nearestQuotient(this.#wide.value(wide), 1n, this.#power);
    // + 0 turns -0 into 0: an empty sum and a sum of zeros must not differ by sign.
    return (this.#hi[group] as number) + (this.#lo[group] as number) + 0;
  }

  exact(group: number): ExactSum {
    if (this.#special[group] !== 0) return { special: this.#specialOf(group) };
    const wide = this.#wideAt(group);
    if (wide >= 0) return { special: null, units: this.#wide.value(wide), power: this.#power };
    const hi = unitsOf(this.#hi[group] as number);
    const lo = unitsOf(this.#lo[group] as number);
    if (lo.units === 0n) return { special: null, ...hi };
    const power = Math.min(hi.power, lo.power);
    return {
      special: null,
      units: (hi.units << BigInt(hi.power - power)) + (lo.units << BigInt(lo.power - power)),
      power,
    };
  }

  static fields(name: string): readonly Field[] {
    return [
      field(`${name}/hi`, { kind: "float64" }),
      field(`${name}/lo`, { kind: "float64" }),
      field(`${name}/units`, { kind: "binary" }, true),
    ];
  }

  /** The sums of `groups` in the columns of `fields`: hi + lo, special numbers as hi alone; or units. */
  save(groups: Int32Array): readonly Vector[] {
    const n = groups.length;
    const hi = new Float64Array(n);
    const lo = new Float64Array(n);
    const units = new Array<Uint8Array | null>(n).fill(null);
    for (let i = 0; i < n; i++) {
      const group = groups[i] as number;
      const wide = this.#wideAt(group);
      if (this.#special[group] !== 0) hi[i] = this.#specialOf(group);
      else if (wide >= 0) units[i] = bytesOfUnits(this.#wide.value(wide));
      else {
        this.#normalize(group);
        hi[i] = this.#hi[group] as number;
        lo[i] = this.#lo[group] as number;
      }
    }
    return [
      { kind: "float64", length: n, validity: null, values: hi },
      { kind: "float64", length: n, validity: null, values: lo },
      nullableBinary(units),
    ];
  }

  /** Adds what `save` gave: row i to group groups[i]. */
  merge(columns: readonly Vector[], groups: Int32Array): void {
    const [hi, lo, units] = columns as readonly [Vector, Vector, Vector];
    if (hi.kind !== "float64" || lo.kind !== "float64" || units.kind !== "binary") return;
    this.addAll(hi.values, hi, groups);
    this.addAll(lo.values, lo, groups);
    for (let i = 0; i < units.length; i++)
      if (isValid(units, i)) this.addSum(groups[i] as number, unitsOfBytes(units, i));
  }

  #addToPair(group: number, value: number): boolean {
    const hi = this.#hi[group] as number;
    const sum = hi + value;
    const part = sum - hi;
    const error = hi - (sum - part) + (value - part);
    const lo = this.#lo[group] as number;
    const low = lo + error;
    const lowPart = low - lo;
    // Neither holds when something is not finite, or `hi` the NaN of a group in limbs.
    if (lo - (low - lowPart) + (error - lowPart) !== 0) return false;
    this.#hi[group] = sum;
    this.#lo[group] = low;
    return true;
  }

  #addSlow(group: number, value: number): void {
    if (!Number.isFinite(value)) {
      const bit = Number.isNaN(value) ? NOT_A_NUMBER : value > 0 ? PLUS_INFINITY : MINUS_INFINITY;
      this.#special[group] = (this.#special[group] as number) | bit;
      return;
    }
    const wide = this.#wideAt(group);
    if (wide >= 0) {
      this.#addWide(wide, value);
      return;
    }
    this.#normalize(group);
    if (this.#addToPair(group, value)) return;
    this.#addWide(this.#makeWide(group), value);
  }

  /** `hi` becomes the sum rounded, `lo` what that leaves: the same for the same sum, but where it rounds to infinity. */
  #normalize(group: number): void {
    const hi = this.#hi[group] as number;
    const lo = this.#lo[group] as number;
    const sum = hi + lo;
    if (!Number.isFinite(sum)) return;
    const part = sum - hi;
    this.#hi[group] = sum;
    this.#lo[group] = hi - (sum - part) + (lo - part);
  }

  /** The 53 bits of a finite double begin in one limb and end two further at most. */
  #addWide(wide: number, value: number): void {
    double[0] = value;
    const low = words[0] as number;
    const top = words[1] as number;
    const exponent = (top >>> 20) & 0x7ff;
    const high = (top & 0xfffff) | (exponent === 0 ? 0 : 0x100000);
    const bit = Math.max(exponent, 1) - 1075 - this.#power;
    const limb = bit >>> 5;
    const shift = bit & 31;
    const sign = value < 0 ? -1 : 1;
    const carry = shift === 0 ? 0 : 32 - shift;
    this.#wide.addWord(wide, limb, sign * ((low << shift) >>> 0));
    this.#wide.addWord(wide, limb + 1, sign * (((high << shift) | (shift === 0 ? 0 : low >>> carry)) >>> 0));
    if (shift !== 0) this.#wide.addWord(wide, limb + 2, sign * (high >>> carry));
  }

  /** The group's limbs; where it has none, they take over what it has. */
  #makeWide(group: number): number {
    const known = this.#wideAt(group);
    if (known >= 0) return known;
    if (this.#wideCount === this.#wideCapacity) {
      this.#wideCapacity = Math.max(4, 2 * this.#wideCapacity);
      this.#wide.resize(this.#wideCapacity, null);
    }
    this.#wideOf ??= new Int32Array(this.#hi.length);
    const wide = this.#wideCount++;
    this.#wideOf[group] = wide + 1;
    this.#addWide(wide, this.#hi[group] as number);
    this.#addWide(wide, this.#lo[group] as number);
    this.#hi[group] = Number.NaN;
    this.#lo[group] = 0;
    return wide;
  }

  #wideAt(group: number): number {
    return this.#wideOf === null ? -1 : (this.#wideOf[group] as number) - 1;
  }

  /** Limbs of the groups that are left, numbered anew. */
  #keepWide(wideOf: Int32Array, groups: number): void {
    const kept: number[] = [];
    for (let group = 0; group < groups; group++) {
      const wide = (wideOf[group] as number) - 1;
      if (wide < 0) continue;
      wideOf[group] = kept.push(wide);
    }
    this.#wideCount = kept.length;
    this.#wideCapacity = kept.length;
    this.#wide.resize(kept.length, Int32Array.from(kept));
  }

  #specialOf(group: number): number {
    const special = this.#special[group] as number;
    return special === PLUS_INFINITY
      ? Number.POSITIVE_INFINITY
      : special === MINUS_INFINITY
        ? Number.NEGATIVE_INFINITY
        : Number.NaN;
  }
}

/** x * x - fl(x * x), exactly (Dekker). */
function squareError(x: number, square: number): number {
  const a = SPLITTER * x;
  const high = a - (a - x);
  const low = x - high;
  return low * low - (square - high * high - 2 * high * low);
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
