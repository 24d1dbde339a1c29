/**
 * Zeek's own log format to columns: tab separated values with headings, which say what separates, what is called what,
 * and of which type it is. Headings may come again at any place (files put together).
 *
 *   #separator \x09                                     every line that begins with # is a heading, and no row
 *   #set_separator	,      #empty_field	(empty)      #unset_field	-
 *   #path	dns
 *   #fields	ts	uid	id.orig_h	…	answers
 *   #types	time	string	addr	…	vector[string]
 *   1591367999.305988	CMdzit1AMNsmfAIiQc	192.168.4.76	…	a.example,b.example
 *
 * Values are what Zeek's JSON logs have: numbers, true and false, lists; times as seconds, but in a column that is a
 * `t.timestamp()` as the time they are. An unset field is absent. `_path` is what #path says.
 */
import type { Field } from "../schema/column-type.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { JsonWriter } from "./json-writer.js";
import { jsonName } from "./json-writer.js";
import type { Targets } from "./targets.js";
import type { LineParser } from "./text-lines.js";
import { lineDecoder, NO_EVENT } from "./text-lines.js";

export interface ZeekOptions extends DecoderOptions {
  /** Headings that stand before where the bytes begin (resuming). */
  readonly headings?: ZeekHeadings;
}

/** A decoder of Zeek's logs. Throws `PROGRAM` for two columns from one name. */
export function zeekDecoder(options: ZeekOptions): Decoder {
  return lineDecoder(options, false, (targets) => new ZeekParser(targets, options.headings ?? new ZeekHeadings()));
}

const PATH = jsonName("_path");
const HEADING_BYTES_MAX = 1 << 20;

/** What the headings so far say. */
export class ZeekHeadings {
  separator = "\t";
  setSeparator = ",";
  empty = "(empty)";
  unset = "-";
  path: string | null = null;
  fields: readonly string[] | null = null;
  types: readonly string[] = [];
  /** Grows with each heading. */
  version = 0;
  /** An unfinished line of `pass`; null within a line that is no heading. */
  #carry: Buffer | null = Buffer.alloc(0);

  /** A line that begins with #. */
  read(line: string): void {
    this.version++;
    if (line.startsWith("#separator ")) {
      this.separator = unescaped(line.slice("#separator ".length)) || "\t";
      return;
    }
    const [name, ...values] = line.split(this.separator) as [string, ...string[]];
    const [value = ""] = values;
    if (name === "#set_separator") this.setSeparator = unescaped(value) || ",";
    else if (name === "#empty_field") this.empty = value;
    else if (name === "#unset_field") this.unset = value;
    else if (name === "#path") this.path = value;
    else if (name === "#fields") this.fields = values;
    else if (name === "#types") this.types = values;
  }

  /** Looks for headings in bytes whose rows are not wanted, cut anywhere. */
  pass(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(10, at);
      const to = newline < 0 ? bytes.length : newline;
      if (this.#carry !== null) this.#carry = Buffer.concat([this.#carry, bytes.subarray(at, to)]);
      if (this.#carry !== null && this.#carry.length > 0 && this.#carry[0] !== 35) this.#carry = null;
      if (this.#carry !== null && this.#carry.length > HEADING_BYTES_MAX) this.#carry = null;
      if (newline >= 0) {
        if (this.#carry !== null && this.#carry.length > 0) this.read(this.#carry.toString().replace(/\r$/, ""));
        this.#carry = Buffer.alloc(0);
      }
      at = to + 1;
    }
  }
}

/** How a type's values are written. */
type Kind = "text" | "number" | "bool" | "time" | "list";

interface ZeekField {
  readonly name: Buffer;
  readonly kind: Kind;
  /** Of a list. */
  readonly item: Kind;
}

class ZeekParser implements LineParser {
  readonly #targets: Targets;
  readonly #headings: ZeekHeadings;
  #version = -1;
  #fields: readonly ZeekField[] = [];
  #separator = 9;
  #setSeparator = 44;
  #empty: Buffer = Buffer.alloc(0);
  #unset: Buffer = Buffer.alloc(0);
  #path: Buffer | null = null;

  constructor(targets: Targets, headings: ZeekHeadings) {
    this.#targets = targets;
    this.#headings = headings;
  }

  parse(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null {
    if (bytes[from] === 35) {
      this.#headings.read(bytes.toString("utf8", from, to));
      return NO_EVENT;
    }
    if (this.#version !== this.#headings.version) this.#learn();
    if (this.#headings.fields === null) return "no #fields line stands before it, so nobody knows what is what";
    let p = from;
    let k = 0;
    if (this.#path !== null) {
      out.name(PATH);
      out.text(this.#path, 0, this.#path.length);
    }
    for (; p <= to && k < this.#fields.length; k++) {
      const end = endOf(bytes, this.#separator, p, to);
      this.#value(this.#fields[k] as ZeekField, bytes, p, end, out);
      p = end + 1;
    }
    const more = p <= to ? bytes.subarray(p, to).filter((c) => c === this.#separator).length + 1 : 0;
    if (k + more === this.#fields.length) return null;
    return `the line has ${k + more} fields, ${this.#fields.length} are expected`;
  }

  #learn(): void {
    const { fields, types, separator, setSeparator, empty, unset, path, version } = this.#headings;
    this.#version = version;
    this.#separator = separator.charCodeAt(0);
    this.#setSeparator = setSeparator.charCodeAt(0);
    this.#empty = Buffer.from(empty);
    this.#unset = Buffer.from(unset);
    this.#path = path === null ? null : Buffer.from(path);
    this.#fields = (fields ?? []).map((name, k) => {
      const type = types[k] ?? "string";
      const [, item] = /^(?:set|vector)\[(.*)\]$/.exec(type) ?? [];
      const kind = item === undefined ? this.#kindOf(type, name) : "list";
      return { name: jsonName(name), kind, item: item === undefined ? "text" : this.#kindOf(item, null) };
    });
  }

  #kindOf(type: string, name: string | null): Kind {
    if (type === "bool") return "bool";
    if (["count", "int", "port", "double", "interval"].includes(type)) return "number";
    if (type !== "time") return "text";
    const candidate = name === null ? -1 : this.#targets.candidate(name);
    if (candidate < 0) return "number";
    const { column } = this.#targets.candidates[candidate] as { column: number };
    return (this.#targets.columns[column] as Field).type.kind.startsWith("timestamp") ? "time" : "number";
  }

  #value(field: ZeekField, bytes: Buffer, from: number, to: number, out: JsonWriter): void {
    if (isAt(this.#unset, bytes, from, to)) return;
    const empty = isAt(this.#empty, bytes, from, to);
    out.name(field.name);
    if (field.kind !== "list") {
      writeValue(field.kind, bytes, empty ? to : from, to, out);
      return;
    }
    out.openList();
    for (let p = from; p <= to && !empty; ) {
      const end = endOf(bytes, this.#setSeparator, p, to);
      if (isAt(this.#unset, bytes, p, end)) out.bare(NULL, 0, NULL.length);
      else writeValue(field.item, bytes, p, end, out);
      p = end + 1;
    }
    out.closeList();
  }
}

const BACKSLASH = 92;
const NULL = Buffer.from("null");
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

/** A value that is not what its type says is written as the text it is. */
function writeValue(kind: Kind, bytes: Buffer, from: number, to: number, out: JsonWriter): void {
  if (kind === "bool" && to === from + 1 && (bytes[from] === 84 || bytes[from] === 70)) {
    const value = bytes[from] === 84 ? TRUE : FALSE;
    out.bare(value, 0, value.length);
  } else if (kind === "number" && isNumber(bytes, from, to)) out.bare(bytes, from, to);
  else if (kind === "time" && isNumber(bytes, from, to)) out.string(timeText(bytes.toString("latin1", from, to)));
  else {
    if (endOf(bytes, BACKSLASH, from, to) === to) out.text(bytes, from, to);
    else out.string(unescaped(bytes.toString("utf8", from, to)));
  }
}

/** The next place of a byte, `to` where there is none. */
function endOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let p = from;
  while (p < to && bytes[p] !== byte) p++;
  return p;
}

/** JSON's grammar, without an exponent. */
function isNumber(bytes: Buffer, from: number, to: number): boolean {
  let p = bytes[from] === 45 ? from + 1 : from;
  if (bytes[p] === 48 && p + 1 < to && bytes[p + 1] !== 46) return false;
  const whole = p;
  while (p < to && isDigit(bytes[p] as number)) p++;
  if (p === whole) return false;
  if (p === to) return true;
  if (bytes[p] !== 46) return false;
  const fraction = ++p;
  while (p < to && isDigit(bytes[p] as number)) p++;
  return p === to && p > fraction;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** ISO text of epoch seconds, with all its digits up to the nanosecond. */
function timeText(seconds: string): string {
  const [whole = "0", fraction = ""] = seconds.split(".");
  const ms = 1000 * Number(whole);
  // Before 1970 a fraction goes the other way; beyond what a date can show the digits stay.
  if (whole.startsWith("-") || ms > 8.64e15) return seconds;
  const date = new Date(ms).toISOString();
  return fraction === "" ? date : `${date.slice(0, 19)}.${fraction.slice(0, 9)}Z`;
}

/** `\x09` is the byte 9; bytes beyond ASCII stay as they are written. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-7][0-9a-fA-F])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isAt(text: Buffer, bytes: Buffer, from: number, to: number): boolean {
  return to - from === text.length && text.length > 0 && text.compare(bytes, from, to) === 0;
}
