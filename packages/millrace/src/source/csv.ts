/**
 * CSV (RFC 4180) to columns: quoted fields with delimiters, doubled quotes and newlines in them, LF or CRLF, a byte
 * order mark, any one-byte delimiter.
 *
 * With a header (the default) its names are matched like JSON's: a column's own name, then its aliases in order; other
 * columns go to the open column as strings. Without one the fields are the schema's columns in order, those filled from
 * the source itself (`$line`, …) left out. A record with fewer or more fields than that is a dead row. An empty field
 * is null where the column is optional or has a default, "" for other strings, and missing otherwise. A line without
 * any character is blank.
 *
 * A quote that never closes costs its own line only: reading goes on with the next one.
 */
import { isUtf8 } from "node:buffer";
import { MillraceError } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import type { Vector } from "../batch/vector.js";
import { CsvColumns } from "./csv-columns.js";
import { CsvRecord, fieldText } from "./csv-record.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed } from "./feed.js";
import { Targets } from "./targets.js";

export interface CsvOptions extends DecoderOptions {
  /**
   * True: the first record names the columns (the default). False: the schema's order. A list: these names, and no
   * header in the input (resuming behind it).
   */
  readonly header?: boolean | readonly string[];
  /** One ASCII character, comma by default. */
  readonly delimiter?: string;
}

/** A decoder of CSV. Throws `PROGRAM` for a bad delimiter or two columns from one name. */
export function csvDecoder(options: CsvOptions): Decoder {
  const delimiter = options.delimiter ?? ",";
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) > 127 || '"\r\n'.includes(delimiter))
    throw new MillraceError("PROGRAM", `${JSON.stringify(delimiter)} is not a CSV delimiter`, {
      hint: 'One ASCII character, e.g. ";" or "\\t".',
    });
  const targets = new Targets(options.schema, options.projection);
  return new Feed(options, (feed) => new CsvFormat(feed, targets, options));
}

/** Looks for the names of an input's columns, as its decoder does, where its rows are not wanted. */
export class CsvHeader {
  readonly #feed: Feed;
  readonly #names: () => readonly string[] | null;

  constructor(options: Omit<CsvOptions, "header" | "position" | "line">) {
    const targets = new Targets(options.schema, options.projection);
    let format: CsvFormat;
    this.#feed = new Feed(options, (feed) => {
      format = new CsvFormat(feed, targets, options);
      return format;
    });
    this.#names = () => format.names;
  }

  /** The next bytes; with `final` the input ends with them. Returns the names, or null while they are not known. */
  push(bytes: Uint8Array, final: boolean): readonly string[] | null {
    this.#feed.push(bytes);
    if (final) this.#feed.end();
    this.#feed.take();
    return this.#names();
  }
}

const UNCLOSED = "a quote is opened and not closed within the limit of a line";

class CsvFormat implements Format {
  readonly #feed: Feed;
  readonly #targets: Targets;
  readonly #file: string;
  readonly #record: CsvRecord;
  readonly #columns: CsvColumns;
  /** The next record names the columns. */
  #header: boolean;
  /** What that record said; null until it has come. */
  names: readonly string[] | null = null;
  #rows = 0;

  constructor(feed: Feed, targets: Targets, options: CsvOptions) {
    this.#feed = feed;
    this.#targets = targets;
    this.#file = options.file ?? "";
    this.#record = new CsvRecord((options.delimiter ?? ",").charCodeAt(0));
    this.#columns = new CsvColumns(targets, options.file ?? "");
    this.#header = (options.header ?? true) === true;
    if (typeof options.header === "object") this.#columns.name(options.header);
    else if (options.header === false) this.#columns.inOrder();
  }

  decode(block: Block, from: number, to: number, final: boolean): number {
    const { bytes } = block;
    let p = from;
    while (p < to) {
      const start = this.#feed.base + p === 0 ? afterMark(bytes, p) : p;
      const next = this.#record.read(bytes, start, to, final);
      if (next === -1 && this.#feed.used - start <= this.#feed.lineBytesMax) return p;
      const tooLong = next === -1 || this.#isTooLong(bytes, start, next, to);
      p =
        next < 0 || tooLong
          ? this.#badLine(block, p, to, tooLong ? UNCLOSED : this.#record.reason)
          : this.#take(block, p, start, next);
    }
    return p;
  }

  finish(): Batch {
    const { output, columns, outputs, open } = this.#targets;
    const vectors: Vector[] = [];
    for (let k = 0; k < columns.length; k++)
      if ((outputs[k] as number) >= 0) vectors[outputs[k] as number] = this.#columns.finish(k);
    if (open >= 0) vectors[open] = this.#columns.finishOpen(this.#rows);
    const batch = makeBatch(output, vectors, this.#rows);
    this.#rows = 0;
    this.#feed.counts.unknown += this.#columns.unknown;
    this.#columns.unknown = 0;
    return batch;
  }

  /**
   * Whether the record that was read, or found to be malformed, goes on over lines beyond the limit. Then its first line
   * is given up, as it would have been had those lines not come yet: it never matters how much has.
   */
  #isTooLong(bytes: Buffer, start: number, next: number, to: number): boolean {
    if (next >= 0) return this.#record.newlines > 0 && next - start > this.#feed.lineBytesMax;
    const newline = bytes.indexOf(10, this.#record.stopped);
    return (newline < 0 || newline >= to ? to : newline + 1) - start > this.#feed.lineBytesMax;
  }

  /** Takes the whole record; returns `next`. */
  #take(block: Block, from: number, start: number, next: number): number {
    const feed = this.#feed;
    const record = this.#record;
    const { bytes } = block;
    let end = next > from && bytes[next - 1] === 10 ? next - 1 : next;
    if (end > from && bytes[end - 1] === 13) end--;
    if (end === start) {
      feed.blank(next);
      return next;
    }
    const valid = block.valid || isUtf8(bytes.subarray(start, end));
    if (valid && this.#header) {
      this.#header = false;
      this.names = namesOf(record, bytes);
      checkHeader(this.names, this.#targets, this.#file);
      this.#columns.name(this.names);
      feed.continued(record.newlines);
      feed.blank(next);
      return next;
    }
    const reason =
      feed.tooLong(end - from) ??
      (valid
        ? this.#columns.append(record, block, this.#rows, feed.nextLine, feed.base + from)
        : "the record is not valid UTF-8");
    if (reason === null) {
      this.#rows++;
      // The record's first line is the row, `$line` too; the others only move the count.
      feed.continued(record.newlines);
      feed.row(next);
    } else feed.deadRecord(block, from, end, next, reason, record.newlines);
    return next;
  }

  /** Gives up the line at `from`, whatever follows it. */
  #badLine(block: Block, from: number, to: number, reason: string): number {
    const newline = block.bytes.indexOf(10, from);
    const whole = newline >= 0 && newline < to;
    const next = whole ? newline + 1 : to;
    let end = whole ? newline : to;
    if (end > from && block.bytes[end - 1] === 13) end--;
    this.#feed.dead(block, from, end, next, this.#feed.tooLong(end - from) ?? reason);
    return next;
  }
}

function namesOf(record: CsvRecord, bytes: Buffer): string[] {
  return Array.from({ length: record.count }, (_, k) =>
    fieldText(bytes, record.from[k] as number, record.to[k] as number, record.escaped[k] === 1),
  );
}

/** A first line that names no column at all is a row: its names would make dead letters of all rows, or empty ones. */
function checkHeader(names: readonly string[], { all }: Targets, file: string): void {
  if (
    all.fields.some(
      ({ name, from, type }) =>
        type.kind === "open" || names.includes(name) || from.some((alias) => names.includes(alias)),
    )
  )
    return;
  const list = (texts: readonly string[]): string => {
    const shown = texts.slice(0, NAMES_SHOWN).map((text) => JSON.stringify(text.slice(0, NAME_CHARS_SHOWN)));
    return `${shown.join(", ")}${texts.length > NAMES_SHOWN ? ", …" : ""}`;
  };
  throw new MillraceError(
    "DECODE",
    `the first line of ${file === "" ? "the input" : `"${file}"`} names no column of the event type: it has ${list(names)}; the event type has ${list(all.fields.map(({ name }) => name))}`,
    {
      hint: "If it is a row already, say so: files(…, { header: false }), and the fields are the columns in their order. Other names are said in the event type, with .from(…).",
      ...(file === "" ? {} : { at: file }),
    },
  );
}

const NAMES_SHOWN = 12;
const NAME_CHARS_SHOWN = 40;

function afterMark(bytes: Buffer, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}
