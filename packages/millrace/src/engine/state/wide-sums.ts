/**
 * Sums of any length, exactly: each a whole number of units, in limbs of 32 bits kept as doubles.
 *
 *   sum = limb[0] + limb[1] * 2^32 + limb[2] * 2^64 + …
 *
 * A limb may be negative and may grow to 2^52 before its carry goes on to the next; so adding a word is an addition, and
 * the last limb leaves 52 bits for the number of values. 8 bytes a limb and sum.
 */
import { regrouped } from "./regrouped.js";

const LIMB = 4_294_967_296;
const CARRY_AT = 2 ** 52;

export class WideSums {
  readonly limbs: number;
  #values = new Float64Array(0);

  constructor(limbs: number) {
    this.limbs = limbs;
  }

  get bytes(): number {
    return this.#values.byteLength;
  }

  /** Room for sums [0, capacity), new ones zero; see `regrouped` for `kept`. */
  resize(capacity: number, kept: Int32Array | null): void {
    this.#values = regrouped(this.#values, new Float64Array(capacity * this.limbs), kept, this.limbs);
  }

  /** Adds `value` * 2^(32 limb); |value| <= 2^32. */
  addWord(sum: number, limb: number, value: number): void {
    const at = sum * this.limbs + limb;
    const total = (this.#values[at] as number) + value;
    this.#values[at] = total;
    if (total >= CARRY_AT || total <= -CARRY_AT) this.#carry(sum);
  }

  add(sum: number, units: bigint): void {
    let rest = units < 0n ? -units : units;
    const sign = units < 0n ? -1 : 1;
    for (let limb = 0; rest > 0n; limb++) {
      this.addWord(sum, limb, sign * Number(rest & 0xffffffffn));
      rest >>= 32n;
    }
  }

  value(sum: number): bigint {
    let total = 0n;
    for (let limb = this.limbs - 1; limb >= 0; limb--)
      total = (total << 32n) + BigInt(this.#values[sum * this.limbs + limb] as number);
    return total;
  }

  #carry(sum: number): void {
    const from = sum * this.limbs;
    for (let at = from; at < from + this.limbs - 1; at++) {
      const carry = Math.floor((this.#values[at] as number) / LIMB);
      this.#values[at] = (this.#values[at] as number) - carry * LIMB;
      this.#values[at + 1] = (this.#values[at + 1] as number) + carry;
    }
  }
}
