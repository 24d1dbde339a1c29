/** Exact decimal numbers: an unscaled bigint and a scale. Immutable. `add`, `sub` and `mul` are exact; `+` does not compile. */
import { MillraceError } from "./errors.js";

export class Decimal {
  /** The value is `unscaled / 10^scale`. */
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }

  /** Parses "-12.340", "5", "1e3"; throws `DECODE` for anything else. */
  static parse(text: string): Decimal {
    const value = Decimal.tryParse(text);
    if (value === null) throw new MillraceError("DECODE", `"${text.slice(0, 60)}" is not a decimal number`);
    return value;
  }

  /** The same, null for anything else. */
  static tryParse(text: string): Decimal | null {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
    const whole = match?.[2] ?? "";
    const fraction = match?.[3] ?? "";
    if (match === null || whole + fraction === "") return null;
    const digits = BigInt(whole + fraction) * (match[1] === "-" ? -1n : 1n);
    const scale = fraction.length - Number(match[4] ?? 0);
    return scale >= 0 ? new Decimal(digits, scale) : new Decimal(digits * 10n ** BigInt(-scale), 0);
  }

  add(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.#at(scale) + other.#at(scale), scale);
  }

  sub(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.#at(scale) - other.#at(scale), scale);
  }

  mul(other: Decimal): Decimal {
    return new Decimal(this.unscaled * other.unscaled, this.scale + other.scale);
  }

  cmp(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale);
    const a = this.#at(scale);
    const b = other.#at(scale);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  /** The same value at another scale, or null when digits would be lost. */
  rescale(scale: number): Decimal | null {
    if (scale >= this.scale) return new Decimal(this.#at(scale), scale);
    const divisor = 10n ** BigInt(this.scale - scale);
    return this.unscaled % divisor === 0n ? new Decimal(this.unscaled / divisor, scale) : null;
  }

  /** The same value with `scale` digits after the point and at most `precision` in all; null when it has more. */
  fit(precision: number, scale: number): Decimal | null {
    const scaled = this.rescale(scale);
    const limit = 10n ** BigInt(precision);
    return scaled !== null && scaled.unscaled < limit && scaled.unscaled > -limit ? scaled : null;
  }

  toNumber(): number {
    return Number(this.toString());
  }

  toString(): string {
    const negative = this.unscaled < 0n;
    const digits = (negative ? -this.unscaled : this.unscaled).toString().padStart(this.scale + 1, "0");
    const whole = digits.slice(0, digits.length - this.scale);
    const text = this.scale === 0 ? whole : `${whole}.${digits.slice(digits.length - this.scale)}`;
    return negative ? `-${text}` : text;
  }

  toJSON(): string {
    return this.toString();
  }

  #at(scale: number): bigint {
    return this.unscaled * 10n ** BigInt(scale - this.scale);
  }
}
