/**
 * Declared columns built from the text of values. Each knows the plain forms of its type and takes them from the bytes;
 * for anything else it says false, and the caller goes the slow way (exact.ts), which also makes the error messages.
 */
import { bitmapBytes, setBit } from "../base/bits.js";
import { grownInts } from "../batch/byte-table.js";
import type { Unescape } from "../batch/bytes-builder.js";
import { StringBuilder } from "../batch/bytes-builder.js";
import { vectorOf } from "../batch/layout.js";
import { NullRows } from "../batch/null-rows.js";
import type { Vector } from "../batch/vector.js";
import { int64AsNumber, setInt64Bigint } from "../batch/vector.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { isoInstant } from "./iso-instant.js";
import { float64Of, putInt64, putWhole } from "./number-text.js";

export interface ColumnBuilder {
  /** Appends the text of a string; false, with nothing appended, when the type has no plain form for it. */
  text(bytes: Buffer, view: DataView, from: number, to: number, escaped: boolean): boolean;
  /** Appends a bare token: a number, true, false. */
  bare(bytes: Buffer, view: DataView, from: number, to: number): boolean;
  /** Appends a value that `checkValue` let pass; null is null. */
  value(value: unknown): void;
  /** Takes the last value back. */
  pop(): void;
  /** The column, owning its buffers; the builder is empty again. */
  finish(): Vector;
}

export function columnBuilder(f: Field, decode: Unescape): ColumnBuilder {
  switch (f.type.kind) {
    case "string":
    case "oneOf":
      return new TextColumn(f.type, decode);
    case "int32":
    case "int":
    case "int64":
    case "timestampNs":
    case "timestamp":
      return new WholeColumn(f.type.kind);
    case "float64":
      return new FloatColumn();
    case "bool":
      return new BoolColumn();
    default:
      return new ValueColumn(f.type);
  }
}

class TextColumn implements ColumnBuilder {
  readonly #strings: StringBuilder;
  readonly #values: ReadonlySet<string> | null;

  constructor(type: ColumnType, decode: Unescape) {
    this.#strings = new StringBuilder(decode);
    this.#values = type.kind === "oneOf" ? new Set(type.values) : null;
  }

  text(bytes: Buffer, view: DataView, from: number, to: number, escaped: boolean): boolean {
    if (this.#values !== null && (escaped || !this.#values.has(bytes.toString("utf8", from, to)))) return false;
    return this.#strings.append(view, from, to, escaped);
  }

  bare(): boolean {
    return false;
  }

  value(value: unknown): void {
    if (value === null) {
      this.#strings.appendNull();
      return;
    }
    const bytes = Buffer.from(value as string);
    this.#strings.append(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, false);
  }

  pop(): void {
    this.#strings.pop();
  }

  finish(): Vector {
    return this.#strings.finish();
  }
}

type Whole = "int32" | "int" | "int64" | "timestampNs" | "timestamp";

/** Whole numbers, collected as 64 bits. */
class WholeColumn implements ColumnBuilder {
  readonly #kind: Whole;
  readonly #nulls = new NullRows();
  #words = new Int32Array(128);
  #length = 0;

  constructor(kind: Whole) {
    this.#kind = kind;
  }

  text(bytes: Buffer, view: DataView, from: number, to: number, escaped: boolean): boolean {
    if (this.#kind !== "timestamp") return this.#kind !== "timestampNs" && this.bare(bytes, view, from, to);
    const ms = escaped ? Number.NaN : isoInstant(bytes, from, to);
    if (Number.isNaN(ms)) return false;
    this.#room();
    putWhole(this.#words, this.#length++, ms);
    return true;
  }

  bare(_bytes: Buffer, view: DataView, from: number, to: number): boolean {
    this.#room();
    const row = this.#length;
    if (!putInt64(view, from, to, this.#words, row)) return false;
    if (this.#kind === "int32") {
      if (this.#words[2 * row + 1] !== (this.#words[2 * row] as number) >> 31) return false;
    } else if (this.#kind !== "int64" && this.#kind !== "timestampNs") {
      if (to - from > 15 && !Number.isSafeInteger(int64AsNumber(this.#words, row))) return false;
    }
    this.#length++;
    return true;
  }

  value(value: unknown): void {
    this.#room();
    if (value === null) {
      this.#nulls.add(this.#length);
      putWhole(this.#words, this.#length++, 0);
    } else if (typeof value === "bigint") setInt64Bigint(this.#words, this.#length++, value);
    else putWhole(this.#words, this.#length++, value as number);
  }

  pop(): void {
    this.#nulls.remove(--this.#length);
  }

  finish(): Vector {
    const length = this.#length;
    const validity = this.#nulls.finish(length);
    const words = this.#words.slice(0, 2 * length);
    this.#length = 0;
    if (this.#kind !== "int32") return { kind: "int64", length, validity, words };
    return { kind: "int32", length, validity, values: words.filter((_, k) => (k & 1) === 0) };
  }

  #room(): void {
    if (2 * this.#length + 2 > this.#words.length) this.#words = grownInts(this.#words, 2 * this.#length + 2);
  }
}

class FloatColumn implements ColumnBuilder {
  readonly #nulls = new NullRows();
  #values = new Float64Array(64);
  #length = 0;

  text(): boolean {
    return false;
  }

  bare(bytes: Buffer, _view: DataView, from: number, to: number): boolean {
    const value = float64Of(bytes, from, to);
    if (Number.isNaN(value)) return false;
    this.#push(value);
    return true;
  }

  value(value: unknown): void {
    if (value === null) this.#nulls.add(this.#length);
    this.#push((value ?? 0) as number);
  }

  pop(): void {
    this.#nulls.remove(--this.#length);
  }

  finish(): Vector {
    const length = this.#length;
    this.#length = 0;
    return { kind: "float64", length, validity: this.#nulls.finish(length), values: this.#values.slice(0, length) };
  }

  #push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(2 * this.#length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }
}

class BoolColumn implements ColumnBuilder {
  readonly #nulls = new NullRows();
  readonly #values: boolean[] = [];

  text(): boolean {
    return false;
  }

  bare(bytes: Buffer, view: DataView, from: number, to: number): boolean {
    const size = to - from;
    const word = size >= 4 ? view.getInt32(from, true) : 0;
    const yes = size === 4 && word === TRUE;
    if (!yes && !(size === 5 && word === FALS && bytes[from + 4] === 101)) return false;
    this.#values.push(yes);
    return true;
  }

  value(value: unknown): void {
    if (value === null) this.#nulls.add(this.#values.length);
    this.#values.push(value === true);
  }

  pop(): void {
    this.#values.pop();
    this.#nulls.remove(this.#values.length);
  }

  finish(): Vector {
    const { length } = this.#values;
    const bits = new Uint8Array(bitmapBytes(length));
    for (let row = 0; row < length; row++) if (this.#values[row] === true) setBit(bits, row);
    this.#values.length = 0;
    return { kind: "bool", length, validity: this.#nulls.finish(length), bits };
  }
}

const TRUE = 0x65757274;
const FALS = 0x736c6166;

/** decimal, binary, list, struct: always the slow way. */
class ValueColumn implements ColumnBuilder {
  readonly #type: ColumnType;
  #values: unknown[] = [];

  constructor(type: ColumnType) {
    this.#type = type;
  }

  text(): boolean {
    return false;
  }

  bare(): boolean {
    return false;
  }

  value(value: unknown): void {
    this.#values.push(value);
  }

  pop(): void {
    this.#values.pop();
  }

  finish(): Vector {
    const vector = vectorOf(this.#type, this.#values);
    this.#values = [];
    return vector;
  }
}
