/**
 * Computed columns of a compiled loop: `put(m, value)` says whether the value fits the column. The layouts that numbers
 * and strings take have loops of their own; the rest is checked and laid out as at the edges.
 */
import { bitmapBytes, clearBit, setBit } from "../../base/bits.js";
import { checkValue } from "../../batch/check.js";
import { stringVector, vectorOf } from "../../batch/layout.js";
import type { Vector } from "../../batch/vector.js";
import { setInt64Number } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";

export interface ColumnWriter {
  /** False when the value does not fit. */
  put(m: number, value: unknown): boolean;
  /** The first `count` values. */
  finish(count: number): Vector;
}

export function writerFor(f: Field, rowsMax: number): ColumnWriter {
  switch (f.type.kind) {
    case "float64":
    case "int32":
    case "int":
    case "timestamp":
      return new NumberWriter(f, rowsMax);
    case "bool":
      return new BoolWriter(f, rowsMax);
    case "string":
      return new StringWriter(f, rowsMax);
    default:
      return new ValueWriter(f);
  }
}

/** One bit a row, made when the first null comes. */
class Validity {
  bits: Uint8Array | null = null;
  readonly #rowsMax: number;
  readonly #nullable: boolean;

  constructor(f: Field, rowsMax: number) {
    this.#rowsMax = rowsMax;
    this.#nullable = f.nullable;
  }

  putNull(m: number): boolean {
    if (!this.#nullable) return false;
    this.bits ??= new Uint8Array(bitmapBytes(this.#rowsMax)).fill(255);
    clearBit(this.bits, m);
    return true;
  }

  finish(count: number): Uint8Array | null {
    return this.bits === null ? null : this.bits.slice(0, bitmapBytes(count));
  }
}

class NumberWriter implements ColumnWriter {
  readonly #kind: string;
  readonly #values: Float64Array;
  readonly #validity: Validity;

  constructor(f: Field, rowsMax: number) {
    this.#kind = f.type.kind;
    this.#values = new Float64Array(rowsMax);
    this.#validity = new Validity(f, rowsMax);
  }

  put(m: number, value: unknown): boolean {
    if (typeof value !== "number") return (value === null || value === undefined) && this.#validity.putNull(m);
    this.#values[m] = value;
    return this.#kind === "float64" || (this.#kind === "int32" ? value === (value | 0) : Number.isSafeInteger(value));
  }

  finish(count: number): Vector {
    const base = { length: count, validity: this.#validity.finish(count) };
    if (this.#kind === "float64") return { kind: "float64", ...base, values: this.#values.subarray(0, count) };
    if (this.#kind === "int32")
      return { kind: "int32", ...base, values: Int32Array.from(this.#values.subarray(0, count)) };
    const words = new Int32Array(2 * count);
    for (let i = 0; i < count; i++) setInt64Number(words, i, this.#values[i] as number);
    return { kind: "int64", ...base, words };
  }
}

class BoolWriter implements ColumnWriter {
  readonly #bits: Uint8Array;
  readonly #validity: Validity;

  constructor(f: Field, rowsMax: number) {
    this.#bits = new Uint8Array(bitmapBytes(rowsMax));
    this.#validity = new Validity(f, rowsMax);
  }

  put(m: number, value: unknown): boolean {
    if (value === true) setBit(this.#bits, m);
    else if (value !== false) return (value === null || value === undefined) && this.#validity.putNull(m);
    return true;
  }

  finish(count: number): Vector {
    return {
      kind: "bool",
      length: count,
      validity: this.#validity.finish(count),
      bits: this.#bits.slice(0, bitmapBytes(count)),
    };
  }
}

class StringWriter implements ColumnWriter {
  readonly #values: string[] = [];
  readonly #validity: Validity;

  constructor(f: Field, rowsMax: number) {
    this.#validity = new Validity(f, rowsMax);
  }

  put(m: number, value: unknown): boolean {
    if (typeof value === "string") this.#values[m] = value;
    else {
      if ((value !== null && value !== undefined) || !this.#validity.putNull(m)) return false;
      this.#values[m] = "";
    }
    return true;
  }

  finish(count: number): Vector {
    return stringVector(this.#values.slice(0, count), this.#validity.finish(count));
  }
}

class ValueWriter implements ColumnWriter {
  readonly #field: Field;
  readonly #values: unknown[] = [];

  constructor(f: Field) {
    this.#field = f;
  }

  put(m: number, value: unknown): boolean {
    this.#values[m] = checkValue(this.#field, value);
    return true;
  }

  finish(count: number): Vector {
    return vectorOf(this.#field.type, this.#values.slice(0, count));
  }
}
