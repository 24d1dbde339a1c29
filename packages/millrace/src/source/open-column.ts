/**
 * The open column built from bytes: for each attribute name and kind the rows that have it and their values.
 *
 * Each attribute keeps its builders from batch to batch and is emptied by `finish`. A name met twice in one row (as
 * "a.b" and as b inside a) keeps the last value of each kind.
 */
import { bitmapBytes, setBit } from "../base/bits.js";
import { grownInts } from "../batch/byte-table.js";
import type { Unescape } from "../batch/bytes-builder.js";
import { StringBuilder } from "../batch/bytes-builder.js";
import type { OpenAttribute, OpenKind, OpenVector, Vector } from "../batch/vector.js";
import { int64AsBigint, int64AsNumber } from "../batch/vector.js";
import type { Value } from "../schema/types.js";
import { compactJson } from "./json-text.js";
import { float64Of, putInt64, putWhole } from "./number-text.js";

/** All attributes of one name. */
export class OpenName {
  readonly name: string;
  readonly #column: OpenColumnBuilder;
  #string: AttributeBuilder | null = null;
  #int64: AttributeBuilder | null = null;
  #float64: AttributeBuilder | null = null;
  #bool: AttributeBuilder | null = null;
  #json: AttributeBuilder | null = null;

  constructor(name: string, column: OpenColumnBuilder) {
    this.name = name;
    this.#column = column;
  }

  /** Whether it has ever had a value. */
  get used(): boolean {
    const [a, b, c] = [this.#string, this.#int64, this.#float64];
    return (a ?? b ?? c ?? this.#bool ?? this.#json) !== null;
  }

  /** The attribute that has a value in that row, the last one; the first by kind. */
  of(row: number): AttributeBuilder | null {
    if (this.#string?.lastRow === row) return this.#string;
    if (this.#int64?.lastRow === row) return this.#int64;
    if (this.#float64?.lastRow === row) return this.#float64;
    if (this.#bool?.lastRow === row) return this.#bool;
    return this.#json?.lastRow === row ? this.#json : null;
  }

  get string(): AttributeBuilder {
    this.#string ??= this.#column.add(this.name, "string");
    return this.#string;
  }

  get int64(): AttributeBuilder {
    this.#int64 ??= this.#column.add(this.name, "int64");
    return this.#int64;
  }

  get float64(): AttributeBuilder {
    this.#float64 ??= this.#column.add(this.name, "float64");
    return this.#float64;
  }

  get bool(): AttributeBuilder {
    this.#bool ??= this.#column.add(this.name, "bool");
    return this.#bool;
  }

  /** Lists (and objects nested too deep) as JSON text. */
  get json(): AttributeBuilder {
    this.#json ??= this.#column.add(this.name, "json");
    return this.#json;
  }

  /** Adds a list or object as compact JSON text; returns where it went, or null when an escape in it is malformed. */
  addNested(row: number, bytes: Uint8Array, from: number, to: number): AttributeBuilder | null {
    const text = compactJson(bytes, from, to);
    if (text === null) return null;
    this.json.addText(row, text.view, 0, text.length, false);
    return this.json;
  }

  /**
   * Adds a JSON number and returns where it went: whole ones are int64 where they fit, else their digits as a string;
   * others are float64 unless their value is whole (2.0, 1e3), and the text of what is beyond the largest double. -0 is
   * a float64.
   */
  addNumber(row: number, bytes: Buffer, view: DataView, from: number, to: number): AttributeBuilder {
    // A 0 behind a minus sign: -0, or a fraction.
    const small = bytes[from] === 45 && bytes[from + 1] === 48;
    if (!small && this.int64.addDigits(row, view, from, to)) return this.int64;
    let whole = !small;
    for (let p = from + 1; p < to && whole; p++) whole = (bytes[p] as number) >= 48 && (bytes[p] as number) <= 57;
    const value = whole ? Number.NaN : float64Of(bytes, from, to);
    if (Number.isNaN(value)) {
      this.string.addText(row, view, from, to, false);
      return this.string;
    }
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.int64.addWhole(row, value);
      return this.int64;
    }
    this.float64.addFloat(row, value);
    return this.float64;
  }
}

export class OpenColumnBuilder {
  readonly #unescape: Unescape;
  /** Attributes made so far. */
  made = 0;
  #names = new Map<string, OpenName>();
  #attributes: AttributeBuilder[] = [];
  #sorted = true;

  constructor(decode: Unescape) {
    this.#unescape = decode;
  }

  name(name: string): OpenName {
    let found = this.#names.get(name);
    if (found === undefined) {
      found = new OpenName(name, this);
      this.#names.set(name, found);
    }
    return found;
  }

  add(name: string, kind: OpenKind): AttributeBuilder {
    const attribute = new AttributeBuilder(name, kind, this.#unescape);
    this.#attributes.push(attribute);
    this.made++;
    this.#sorted = false;
    return attribute;
  }

  /** Takes back what row `row`, the last one, has. */
  pop(row: number): void {
    for (const attribute of this.#attributes) if (attribute.lastRow === row) attribute.pop();
  }

  /** The column of `length` rows, owning its buffers; the builders are empty again. */
  finish(length: number): OpenVector {
    if (!this.#sorted) {
      this.#attributes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind < b.kind ? -1 : 1));
      this.#sorted = true;
    }
    const attributes: OpenAttribute[] = [];
    for (const attribute of this.#attributes) if (attribute.count > 0) attributes.push(attribute.finish());
    return { kind: "open", length, validity: null, attributes };
  }

  /** Forgets all names. Only when empty. */
  clear(): void {
    this.#names = new Map();
    this.#attributes = [];
  }
}

export class AttributeBuilder {
  readonly name: string;
  readonly kind: OpenKind;
  count = 0;
  /** The row of the last value; -1 when empty. */
  lastRow = -1;
  readonly #strings: StringBuilder | null;
  #rows = new Int32Array(32);
  /** int64: two words a value; bool: one, 0 or 1. */
  #words = new Int32Array(0);
  #floats = new Float64Array(0);

  constructor(name: string, kind: OpenKind, decode: Unescape) {
    this.name = name;
    this.kind = kind;
    this.#strings = kind === "string" || kind === "json" ? new StringBuilder(decode) : null;
  }

  /** string, json: [from, to) of valid UTF-8; false (and nothing changed) when its escapes are malformed. */
  addText(row: number, view: DataView, from: number, to: number, escaped: boolean): boolean {
    if (this.lastRow === row) this.pop();
    if (!(this.#strings as StringBuilder).append(view, from, to, escaped)) return false;
    this.#next(row);
    return true;
  }

  /** int64: the digits in [from, to); false (and nothing changed) when they do not fit 64 bits. */
  addDigits(row: number, view: DataView, from: number, to: number): boolean {
    const again = this.lastRow === row;
    this.#roomForWords();
    if (!putInt64(view, from, to, this.#words, again ? this.count - 1 : this.count)) return false;
    if (!again) this.#next(row);
    return true;
  }

  /** int64: a safe whole number. */
  addWhole(row: number, value: number): void {
    if (this.lastRow === row) this.pop();
    this.#roomForWords();
    putWhole(this.#words, this.count, value);
    this.#next(row);
  }

  addFloat(row: number, value: number): void {
    if (this.lastRow === row) this.pop();
    if (this.count === this.#floats.length) {
      const grown = new Float64Array(Math.max(32, 2 * this.count));
      grown.set(this.#floats);
      this.#floats = grown;
    }
    this.#floats[this.count] = value;
    this.#next(row);
  }

  addBool(row: number, value: boolean): void {
    if (this.lastRow === row) this.pop();
    this.#roomForWords();
    this.#words[this.count] = value ? 1 : 0;
    this.#next(row);
  }

  /** The value at place `j` of this attribute once more, for row `row`. */
  repeat(row: number, j: number): void {
    if (this.#strings !== null) {
      this.#strings.repeat(j);
      this.#next(row);
    } else if (this.kind === "float64") this.addFloat(row, this.#floats[j] as number);
    else if (this.kind === "bool") this.addBool(row, this.#words[j] === 1);
    else {
      this.#roomForWords();
      const at = 2 * this.count;
      this.#words[at] = this.#words[2 * j] as number;
      this.#words[at + 1] = this.#words[2 * j + 1] as number;
      this.#next(row);
    }
  }

  /** A number that is the same for equal newest values of a batch; -1 where none is known. */
  newestCode(): number {
    if (this.kind === "string") return (this.#strings as StringBuilder).newestCode();
    const at = 2 * (this.count - 1);
    return this.kind === "int64" && this.#words[at + 1] === 0 ? (this.#words[at] as number) : -1;
  }

  newestValue(): Value {
    const j = this.count - 1;
    if (this.kind === "json") return JSON.parse((this.#strings as StringBuilder).newestText()) as Value;
    if (this.#strings !== null) return this.#strings.newestText();
    if (this.kind === "float64") return this.#floats[j] as number;
    if (this.kind === "bool") return this.#words[j] === 1;
    const value = int64AsNumber(this.#words, j);
    return Number.isSafeInteger(value) ? value : int64AsBigint(this.#words, j);
  }

  pop(): void {
    this.count--;
    this.#strings?.pop();
    this.lastRow = this.count > 0 ? (this.#rows[this.count - 1] as number) : -1;
  }

  finish(): OpenAttribute {
    const rows = this.#rows.slice(0, this.count);
    const values = this.#values();
    this.count = 0;
    this.lastRow = -1;
    return { name: this.name, kind: this.kind, rows, values };
  }

  #values(): Vector {
    const base = { length: this.count, validity: null };
    if (this.#strings !== null) return this.#strings.finish();
    if (this.kind === "float64") return { kind: "float64", ...base, values: this.#floats.slice(0, this.count) };
    if (this.kind === "int64") return { kind: "int64", ...base, words: this.#words.slice(0, 2 * this.count) };
    const bits = new Uint8Array(bitmapBytes(this.count));
    for (let j = 0; j < this.count; j++) if (this.#words[j] === 1) setBit(bits, j);
    return { kind: "bool", ...base, bits };
  }

  #next(row: number): void {
    if (this.count === this.#rows.length) this.#rows = grownInts(this.#rows, this.count + 1);
    this.#rows[this.count++] = row;
    this.lastRow = row;
  }

  #roomForWords(): void {
    if (2 * this.count + 2 > this.#words.length) this.#words = grownInts(this.#words, Math.max(64, 2 * this.count + 2));
  }
}
