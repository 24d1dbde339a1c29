/**
 * Finds where JSON values end, in bytes, without making anything of them.
 *
 * A string's end is found by the native `indexOf` (vectorised) and then looked at for backslashes before it; the place
 * of the next backslash is remembered, so that text without escapes is passed over once only. What a string contains is
 * checked when its text is first needed (`unescapeJson`), not here. Raw control characters inside strings are let pass
 * as they are: many exporters write tabs, and refusing them would only fill the dead letters.
 */
import type { Block } from "./feed.js";

/** Objects and lists inside one another beyond this make a dead row. */
export const JSON_DEPTH_MAX = 64;

const QUOTE = 34;
const BACKSLASH = 92;

export class JsonScanner {
  /** Set by `stringEnd`: the string has escapes. */
  escaped = false;
  /** Why the last call gave -1, and where. */
  reason = "";
  failedAt = 0;
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** End of the line. */
  end = 0;
  /** No backslash in [somewhere at or before the cursor, here). */
  #backslash = -1;

  /** Begins with other bytes, or at an earlier place of the same. */
  reset(block: Block): void {
    this.bytes = block.bytes;
    this.view = block.view;
    this.#backslash = -1;
  }

  fail(at: number, reason: string): -1 {
    this.reason = reason;
    this.failedAt = Math.min(at, this.end);
    return -1;
  }

  /** `from` is behind the opening quote; returns the place of the closing one, or -1. */
  stringEnd(from: number): number {
    const { bytes } = this;
    let quote = bytes.indexOf(QUOTE, from);
    if (quote < 0 || quote >= this.end) return this.fail(from - 1, "a string is not closed");
    if (this.#backslash < from) {
      const next = bytes.indexOf(BACKSLASH, from);
      this.#backslash = next < 0 ? Number.MAX_SAFE_INTEGER : next;
    }
    if (this.#backslash > quote) {
      this.escaped = false;
      return quote;
    }
    this.escaped = true;
    for (;;) {
      let k = quote - 1;
      while (k >= from && bytes[k] === BACKSLASH) k--;
      if (((quote - k) & 1) === 1) return quote;
      quote = bytes.indexOf(QUOTE, quote + 1);
      if (quote < 0 || quote >= this.end) return this.fail(from - 1, "a string is not closed");
    }
  }

  /** The end of the number at `at` (JSON's grammar), or -1. */
  numberEnd(at: number): number {
    const { bytes } = this;
    let p = bytes[at] === 45 ? at + 1 : at;
    const first = bytes[p] as number;
    if (first < 48 || first > 57) return this.fail(at, "a value is expected");
    p++;
    if (first !== 48) while (isDigit(bytes[p] as number)) p++;
    if (bytes[p] === 46) {
      if (!isDigit(bytes[++p] as number)) return this.fail(at, "a number has no digits after its point");
      while (isDigit(bytes[p] as number)) p++;
    }
    if (bytes[p] === 101 || bytes[p] === 69) {
      p++;
      if (bytes[p] === 43 || bytes[p] === 45) p++;
      if (!isDigit(bytes[p] as number)) return this.fail(at, "a number has no digits in its exponent");
      while (isDigit(bytes[p] as number)) p++;
    }
    return p;
  }

  /** The end of true, false or null at `at`, or -1. */
  literalEnd(at: number): number {
    const word = at + 4 <= this.end ? this.view.getInt32(at, true) : 0;
    if (word === TRUE || word === NULL) return at + 4;
    if (word === FALS && this.bytes[at + 4] === 101 && at + 5 <= this.end) return at + 5;
    return this.fail(at, "a value is expected");
  }

  /** The end of whatever value begins at `at`, or -1. */
  valueEnd(at: number, depth = 0): number {
    const c = this.bytes[at] as number;
    if (c === QUOTE) {
      const quote = this.stringEnd(at + 1);
      return quote < 0 ? -1 : quote + 1;
    }
    if (c === 123 || c === 91) return this.#nestedEnd(at, depth);
    return c === 116 || c === 102 || c === 110 ? this.literalEnd(at) : this.numberEnd(at);
  }

  /** Over spaces and tabs. (A line has no newline, and its last carriage return is cut off.) */
  blanks(at: number): number {
    let p = at;
    for (let c = this.bytes[p]; c === 32 || c === 9 || c === 13; c = this.bytes[++p]);
    return p;
  }

  /** The end of the list or object at `at`, or -1. */
  #nestedEnd(at: number, depth: number): number {
    if (depth >= JSON_DEPTH_MAX) return this.fail(at, `values are nested more than ${JSON_DEPTH_MAX} deep`);
    const { bytes } = this;
    const object = bytes[at] === 123;
    const close = object ? 125 : 93;
    let p = this.blanks(at + 1);
    if (bytes[p] === close && p < this.end) return p + 1;
    for (;;) {
      if (object) {
        if (bytes[p] !== QUOTE) return this.fail(p, "a name in quotes is expected");
        p = this.stringEnd(p + 1);
        if (p < 0) return -1;
        p = this.blanks(p + 1);
        if (bytes[p] !== 58) return this.fail(p, "a colon is expected");
        p = this.blanks(p + 1);
      }
      p = this.valueEnd(p, depth + 1);
      if (p < 0) return -1;
      p = this.blanks(p);
      if (p >= this.end) return this.fail(p, "the line ends in the middle");
      if (bytes[p] === close) return p + 1;
      if (bytes[p] !== 44) return this.fail(p, `a comma or "${object ? "}" : "]"}" is expected`);
      p = this.blanks(p + 1);
    }
  }
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

const TRUE = 0x65757274;
const NULL = 0x6c6c756e;
const FALS = 0x736c6166;
