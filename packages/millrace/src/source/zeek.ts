/**
 * Zeek's logs as it writes them by default: tab-separated, with a header that names fields and types and may come again
 * within a file. A row is what Zeek's own JSON would be: the same names (`id.orig_h`), numbers as numbers, `ts` in
 * seconds, T and F as true and false, sets and vectors as lists, unset fields left out; and `_path`, the log's name.
 *
 * Source: the Zeek documentation, "Zeek Log Formats and Inspection".
 */
import type { Translator } from "./translated.js";

const NUMBERS: ReadonlySet<string> = new Set(["time", "interval", "count", "int", "double", "port"]);
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Fields of a header; a log has some dozens. */
const FIELDS_MAX = 4096;

type Take = (text: string) => unknown;

interface ZeekField {
  readonly name: string;
  readonly take: Take;
}

export class ZeekLog implements Translator {
  #separator = "\t";
  #setSeparator = ",";
  #empty = "(empty)";
  #unset = "-";
  #path: string | null = null;
  #names: readonly string[] = [];
  #fields: readonly ZeekField[] | null = null;

  line(text: string): Readonly<Record<string, unknown>> | null | string {
    if (text.startsWith("#")) return this.header(text);
    if (this.#fields === null)
      return "no header (#fields, #types) says what the fields are; Zeek's JSON is read as ndjson";
    const values = text.split(this.#separator);
    if (values.length !== this.#fields.length)
      return `the line has ${values.length} fields, its header names ${this.#fields.length}`;
    const row: Record<string, unknown> = {};
    for (const [k, { name, take }] of this.#fields.entries()) {
      const value = values[k] as string;
      if (value === this.#unset) continue;
      const taken = take(value);
      if (taken === undefined) return `field ${name}: ${JSON.stringify(value.slice(0, 100))} is not of its type`;
      row[name] = taken;
    }
    return this.#path === null ? row : { _path: this.#path, ...row };
  }

  /** Takes a line of a header; returns why it can't be one, or null. */
  header(text: string): null | string {
    const [, word = "", rest = ""] = /^#(\w+)[ \t]?(.*)$/.exec(text) ?? [];
    if (word === "separator") this.#separator = unescaped(rest.trim()) || "\t";
    const said = rest.startsWith(this.#separator) ? rest.slice(this.#separator.length) : rest;
    if (word === "set_separator") this.#setSeparator = said || ",";
    else if (word === "empty_field") this.#empty = said;
    else if (word === "unset_field") this.#unset = said;
    else if (word === "path") this.#path = said === "" ? null : said;
    else if (word === "fields") {
      this.#names = said.split(this.#separator);
      this.#fields = null;
    } else if (word === "types") {
      const types = said.split(this.#separator);
      if (types.length !== this.#names.length || types.length > FIELDS_MAX)
        return `the header names ${this.#names.length} fields and ${types.length} types`;
      this.#fields = this.#names.map((name, k) => ({ name, take: this.#takeOf(types[k] as string) }));
    }
    return null;
  }

  #takeOf(type: string): Take {
    const [, inner] = /^(?:set|vector|list|table)\[(.+)\]$/.exec(type) ?? [];
    if (inner !== undefined) {
      const take = this.#takeOf(inner);
      return (text) => {
        if (text === this.#empty) return [];
        const items = text.split(this.#setSeparator).map((item) => (item === this.#unset ? null : take(item)));
        return items.includes(undefined) ? undefined : items;
      };
    }
    if (type === "bool") return (text) => (text === "T" ? true : text === "F" ? false : undefined);
    if (NUMBERS.has(type))
      return (text) => {
        if (!NUMBER.test(text)) return undefined;
        const number = Number(text);
        // A count has 64 bits: digits that a number can't hold stay text.
        return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
      };
    return (text) => (text === this.#empty ? "" : unescaped(text));
  }
}

/** Zeek writes bytes that are no text, and its separators, as \x09. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/(?:\\x[0-9a-fA-F]{2})+|\\\\/g, (escaped) =>
    escaped === "\\\\" ? "\\" : Buffer.from(escaped.replaceAll("\\x", ""), "hex").toString("utf8"),
  );
}

/** Looks for headers in the bytes of a file that were taken in before. */
export class ZeekHeader {
  readonly log = new ZeekLog();
  #line = "";
  /** Within a line that is no header, or too long for one. */
  #passing = false;

  push(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const newline = bytes.indexOf(10, from);
      const to = newline < 0 ? bytes.length : newline;
      if (!this.#passing && this.#line === "" && to > from && bytes[from] !== 35) this.#passing = true;
      if (!this.#passing) this.#line += bytes.toString("utf8", from, to);
      if (this.#line.length > HEADER_CHARS_MAX) this.#passing = true;
      if (newline >= 0) {
        if (!this.#passing && this.#line !== "") this.log.header(this.#line.replace(/\r$/, ""));
        this.#line = "";
        this.#passing = false;
      }
      from = to + 1;
    }
  }
}

const HEADER_CHARS_MAX = 1 << 20;
