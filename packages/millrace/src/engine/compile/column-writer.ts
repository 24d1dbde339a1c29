/**
 * Computed columns of a compiled loop, collected: values that fit their column, null where it may be. Numbers and texts
 * are laid out here; the rest as at the edges.
 */
import { bitmapBytes, clearBit, setBit } from "../../base/bits.js";
import { stringVector, vectorOf } from "../../batch/layout.js";
import type { Vector } from "../../batch/vector.js";
import { setInt64Number } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";

export interface ColumnWriter {
  /** Row `m`, the next one. */
  put(m: number, value: unknown): void;
  /** The first `count` values. */
  finish(count: number): Vector;
}

export function writerFor(f: Field, rowsMax: number): ColumnWriter {
  switch (f.type.kind) {
    case "float64":
    case "int32":
    case "int":
    case "timestamp":
      return new NumberWriter(f.type.kind, rowsMax);
    case "bool":
      return new BoolWriter(rowsMax);
    case "string":
      return new StringWriter(rowsMax);
    default:
      return new ValueWriter(f.type);
  }
}

/** One bit a row, made when the first null comes. */
class Validity {
  #bits: Uint8Array | null = null;
  readonly #rowsMax: number;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  putNull(m: number): void {
    this.#bits ??= new Uint8Array(bitmapBytes(this.#rowsMax)).fill(255);
    clearBit(this.#bits, m);
  }

  finish(count: number): Uint8Array | null {
    return this.#bits === null ? null : this.#bits.slice(0, bitmapBytes(count));
  }
}

class NumberWriter implements ColumnWriter {
  readonly #kind: string;
  readonly #values: Float64Array;
  readonly #validity: Validity;

  constructor(kind: "float64" | "int32" | "int" | "timestamp", rowsMax: number) {
    this.#kind = kind;
    this.#values = new Float64Array(rowsMax);
    this.#validity = new Validity(rowsMax);
  }

  put(m: number, value: unknown): void {
    if (value === null) this.#validity.putNull(m);
    else this.#values[m] = value as number;
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

  constructor(rowsMax: number) {
    this.#bits = new Uint8Array(bitmapBytes(rowsMax));
    this.#validity = new Validity(rowsMax);
  }

  put(m: number, value: unknown): void {
    if (value === true) setBit(this.#bits, m);
    else if (value === null) this.#validity.putNull(m);
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

  constructor(rowsMax: number) {
    this.#validity = new Validity(rowsMax);
  }

  put(m: number, value: unknown): void {
    if (value === null) this.#validity.putNull(m);
    this.#values[m] = (value ?? "") as string;
  }

  finish(count: number): Vector {
    return stringVector(this.#values.slice(0, count), this.#validity.finish(count));
  }
}

class ValueWriter implements ColumnWriter {
  readonly #type: ColumnType;
  readonly #values: unknown[] = [];

  constructor(type: ColumnType) {
    this.#type = type;
  }

  put(m: number, value: unknown): void {
    this.#values[m] = value;
  }

  finish(count: number): Vector {
    return vectorOf(this.#type, this.#values.slice(0, count));
  }
}
