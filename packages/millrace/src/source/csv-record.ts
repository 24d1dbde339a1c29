/** Cuts one CSV record (RFC 4180) into fields, in bytes. */

import { grownInts } from "../batch/byte-table.js";
import type { Unescape } from "../batch/bytes-builder.js";

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

/** Fields of the record read last: field k is bytes[from[k], to[k]), without its quotes. */
export class CsvRecord {
  count = 0;
  from = new Int32Array(64);
  to = new Int32Array(64);
  /** 1 = has doubled quotes inside. */
  escaped = new Int32Array(64);
  /** Newlines inside quotes. */
  newlines = 0;
  /** Why `read` gave -2, and where. */
  reason = "";
  stopped = 0;
  readonly #delimiter: number;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /**
   * Reads the record at `at`; returns where the next one begins, -1 when the bytes end inside this one (with `final`
   * the end of the bytes ends it), -2 when it is malformed.
   */
  read(bytes: Buffer, at: number, end: number, final: boolean): number {
    const delimiter = this.#delimiter;
    this.count = 0;
    this.newlines = 0;
    let p = at;
    for (;;) {
      let from = p;
      let to: number;
      let escaped = 0;
      if (bytes[p] === QUOTE && p < end) {
        from = p + 1;
        to = this.#closing(bytes, from, end);
        if (to < 0) return final ? this.#malformed("a quote is opened and never closed", end) : -1;
        escaped = this.#doubled;
        p = to + 1;
        if (bytes[p] === RETURN && (p + 1 === end ? final : bytes[p + 1] === NEWLINE)) p++;
        if (p < end && bytes[p] !== delimiter && bytes[p] !== NEWLINE)
          return this.#malformed("there is text behind a closing quote", p);
      } else {
        while (p < end && bytes[p] !== delimiter && bytes[p] !== NEWLINE) p++;
        to = p;
        if ((p === end || bytes[p] === NEWLINE) && to > from && bytes[to - 1] === RETURN) to--;
      }
      this.#add(from, to, escaped);
      if (p >= end) return final ? end : -1;
      if (bytes[p] === NEWLINE) return p + 1;
      p++;
    }
  }

  #doubled = 0;

  /** The quote that closes what begins at `from`, or -1. */
  #closing(bytes: Buffer, from: number, end: number): number {
    this.#doubled = 0;
    let quote = bytes.indexOf(QUOTE, from);
    while (quote >= 0 && quote + 1 < end && bytes[quote + 1] === QUOTE) {
      this.#doubled = 1;
      quote = bytes.indexOf(QUOTE, quote + 2);
    }
    if (quote < 0 || quote >= end) return -1;
    for (let p = bytes.indexOf(NEWLINE, from); p >= 0 && p < quote; p = bytes.indexOf(NEWLINE, p + 1)) this.newlines++;
    return quote;
  }

  #malformed(reason: string, at: number): -2 {
    this.reason = reason;
    this.stopped = at;
    return -2;
  }

  #add(from: number, to: number, escaped: number): void {
    const k = this.count++;
    if (k === this.from.length) {
      this.from = grownInts(this.from, k + 1);
      this.to = grownInts(this.to, k + 1);
      this.escaped = grownInts(this.escaped, k + 1);
    }
    this.from[k] = from;
    this.to[k] = to;
    this.escaped[k] = escaped;
  }
}

/** Doubled quotes become one. */
export const unescapeCsv: Unescape = (view, from, to, out, at) => {
  let q = at;
  for (let p = from; p < to; p++) {
    const c = view.getUint8(p);
    out.setUint8(q++, c);
    if (c === QUOTE) p++;
  }
  return q;
};

/** The field as a string. For names and slow paths. */
export function fieldText(bytes: Buffer, from: number, to: number, escaped: boolean): string {
  const text = bytes.toString("utf8", from, to);
  return escaped ? text.replaceAll('""', '"') : text;
}
