/**
 * String columns built from bytes, without a JavaScript string a value.
 *
 *   append ──> dictionary: bytes -> code (hash table, emptied for each batch so that it stays in the cache)
 *                 │ too many values distinct (dict.ts)
 *                 └──> plain: the codes met so far are spelled out, later values are copied one after the other
 *
 * Text may be *escaped* in the input (JSON's backslashes, CSV's doubled quotes). Then its spelling has a table of its
 * own, so that a spelling met before in the batch is not decoded again: Windows paths, all backslashes, live from this.
 *
 * Bytes are compared and copied eight at a time as float64. That is exact for valid UTF-8 only: no eight bytes of it
 * make a NaN (0x7f or 0xff after a byte >= 0xf0). Callers validate first.
 */
import { ByteTable, copyBytes, grownBytes, grownInts, viewOf } from "./byte-table.js";
import { outgrown } from "./dict.js";
import { NullRows } from "./null-rows.js";
import type { DictVector, Utf8Vector } from "./vector.js";

/**
 * Writes the text behind the spelling [from, to) to `out` from `at` on (there is room for the spelling's length);
 * returns its end, or -1 when the spelling is malformed.
 */
export type Unescape = (view: DataView, from: number, to: number, out: DataView, at: number) => number;

export class StringBuilder {
  /** Values so far, nulls included. */
  length = 0;
  readonly #unescape: Unescape;
  readonly #words = new ByteTable();
  readonly #spellings = new ByteTable();
  /** Spelling -> code of the word. */
  #codeOfSpelling = new Int32Array(16);
  /** The row that brought the newest word, for `pop`. */
  #newestRow = -1;
  #codes = new Int32Array(64);
  #plain = false;
  #offsets = new Int32Array(65);
  #bytes = new Uint8Array(0);
  #view = viewOf(this.#bytes);
  /** Bytes the next plain batch will likely take: as the last one, and an eighth. */
  #likely = 0;
  readonly #nulls = new NullRows();

  constructor(decode: Unescape) {
    this.#unescape = decode;
  }

  /** Appends [from, to) of valid UTF-8; false (and nothing changed) when it is escaped and malformed. Copies. */
  append(view: DataView, from: number, to: number, escaped: boolean): boolean {
    if (this.#plain) return this.#appendPlain(view, from, to, escaped);
    const code = escaped ? this.#codeOfEscaped(view, from, to) : this.#words.intern(view, from, to);
    if (code < 0) {
      if (code === MALFORMED) return false;
      this.#spellOut();
      return this.#appendPlain(view, from, to, escaped);
    }
    const row = this.length;
    if (row === this.#codes.length) this.#codes = grownInts(this.#codes, row + 1);
    this.#codes[row] = code;
    this.length = row + 1;
    if (this.#words.fresh) {
      this.#words.fresh = false;
      this.#newestRow = row;
      if (outgrown(code + 1, row + 1)) this.#spellOut();
    }
    return true;
  }

  /** Appends the value of row `row` again. */
  repeat(row: number): void {
    const next = this.length;
    if (this.#plain) {
      const from = this.#offsets[row] as number;
      const size = (this.#offsets[row + 1] as number) - from;
      const at = this.#room(size);
      this.#bytes.copyWithin(at, from, from + size);
      this.#close(at + size);
      return;
    }
    if (next === this.#codes.length) this.#codes = grownInts(this.#codes, next + 1);
    this.#codes[next] = this.#codes[row] as number;
    this.length = next + 1;
  }

  appendNull(): void {
    this.#nulls.add(this.length);
    if (this.#plain) this.#close(this.#offsets[this.length] as number);
    else {
      // A null's code must be one of the dictionary; an all-null column gets its one word when it is finished.
      if (this.length === this.#codes.length) this.#codes = grownInts(this.#codes, this.length + 1);
      this.#codes[this.length++] = 0;
    }
  }

  /** The code of the last value; -1 once the values are plain. */
  newestCode(): number {
    return this.#plain ? -1 : (this.#codes[this.length - 1] as number);
  }

  newestText(): string {
    const { offsets, bytes } = this.#plain ? { offsets: this.#offsets, bytes: this.#bytes } : this.#words;
    const at = this.#plain ? this.length - 1 : (this.#codes[this.length - 1] as number);
    return Buffer.from(bytes.subarray(offsets[at], offsets[at + 1])).toString();
  }

  /** Takes the last value back, and the word it brought. */
  pop(): void {
    const row = --this.length;
    if (this.#nulls.has(row)) this.#nulls.remove(row);
    else if (!this.#plain && this.#newestRow === row && this.#codes[row] === this.#words.count - 1) {
      const code = this.#words.count - 1;
      this.#words.dropLast();
      this.#newestRow = -1;
      const spelling = this.#spellings.count - 1;
      if (spelling >= 0 && this.#codeOfSpelling[spelling] === code) this.#spellings.dropLast();
    }
  }

  /** The column, owning its buffers; the builder is empty again. */
  finish(): Utf8Vector | DictVector {
    const length = this.length;
    const validity = this.#nulls.finish(length);
    let vector: Utf8Vector | DictVector;
    if (this.#plain) {
      const bytes = this.#handOver(this.#offsets[length] as number);
      vector = { kind: "utf8", length, validity, offsets: this.#offsets.slice(0, length + 1), bytes };
    } else {
      if (this.#words.count === 0 && length > 0) this.#words.intern(this.#view, 0, 0);
      vector = { kind: "dict", length, validity, codes: this.#codes.slice(0, length), dict: this.#words.vector() };
    }
    this.#words.clear();
    this.#spellings.clear();
    this.#plain = false;
    this.#newestRow = -1;
    this.length = 0;
    return vector;
  }

  #codeOfEscaped(view: DataView, from: number, to: number): number {
    const spelling = this.#spellings.intern(view, from, to);
    if (spelling < 0) return spelling;
    if (!this.#spellings.fresh) return this.#codeOfSpelling[spelling] as number;
    this.#spellings.fresh = false;
    const scratch = scratchOf(to - from);
    const end = this.#unescape(view, from, to, scratch, 0);
    const code = end < 0 ? MALFORMED : this.#words.intern(scratch, 0, end);
    if (code < 0) {
      this.#spellings.dropLast();
      return code;
    }
    if (spelling === this.#codeOfSpelling.length) this.#codeOfSpelling = grownInts(this.#codeOfSpelling, spelling + 1);
    this.#codeOfSpelling[spelling] = code;
    return code;
  }

  #appendPlain(view: DataView, from: number, to: number, escaped: boolean): boolean {
    const at = this.#room(to - from);
    if (escaped) {
      const end = this.#unescape(view, from, to, this.#view, at);
      if (end < 0) return false;
      this.#close(end);
    } else {
      copyBytes(view, from, this.#view, at, to - from);
      this.#close(at + to - from);
    }
    return true;
  }

  #close(end: number): void {
    const next = ++this.length;
    if (next === this.#offsets.length) this.#offsets = grownInts(this.#offsets, next + 1);
    this.#offsets[next] = end;
  }

  /** Makes room for `size` more bytes; returns where they go. */
  #room(size: number): number {
    const at = this.#offsets[this.length] as number;
    if (at + size > this.#bytes.length) {
      this.#bytes = grownBytes(this.#bytes, Math.max(at + size, this.#likely));
      this.#view = viewOf(this.#bytes);
    }
    return at;
  }

  /** The first `end` bytes for the finished column: the buffer itself where little of it is unused, which saves a copy. */
  #handOver(end: number): Uint8Array {
    this.#likely = end + (end >> 3);
    if (4 * end < 3 * this.#bytes.length) return this.#bytes.slice(0, end);
    const bytes = this.#bytes.subarray(0, end);
    this.#bytes = new Uint8Array(0);
    this.#view = viewOf(this.#bytes);
    return bytes;
  }

  /** From dictionary to plain. */
  #spellOut(): void {
    const { offsets, view } = this.#words;
    const rows = this.length;
    const codes = this.#codes;
    this.#plain = true;
    this.length = 0;
    this.#offsets[0] = 0;
    for (let row = 0; row < rows; row++) {
      const code = codes[row] as number;
      const from = offsets[code] as number;
      const size = this.#nulls.has(row) ? 0 : (offsets[code + 1] as number) - from;
      const at = this.#room(size);
      copyBytes(view, from, this.#view, at, size);
      this.#close(at + size);
    }
  }
}

const MALFORMED = -2;

let scratch: DataView = new DataView(new ArrayBuffer(0));

/** Shared by all builders of this thread: holds nothing between calls. */
function scratchOf(size: number): DataView {
  if (scratch.byteLength < size) scratch = new DataView(new ArrayBuffer(Math.max(4096, 2 * size)));
  return scratch;
}
