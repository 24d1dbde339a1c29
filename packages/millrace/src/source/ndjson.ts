/**
 * NDJSON to columns, in one pass over the bytes.
 *
 *   {"EventID":10,"Channel":"Security","host":{"name":"a"},"tags":["x"]}
 *      │             │                     │                  └─ open: json `["x"]`
 *      │             │                     └─ walked: open "host.name"
 *      └─────────────┴─ candidates of declared columns: only noted where they stand
 *
 * 1. Names are recognised by what followed before (json-names.ts). Values for the open column go there at once.
 * 2. At the end of the line each declared column takes its best candidate (its own name, then the aliases in order);
 *    the
 *    other candidates go to the open column, so that nothing is lost. Null counts as absent.
 * 3. When a declared value does not fit, what the line put into columns is taken back and the line is a dead row.
 *
 * An object under the name of a column that is neither struct nor open is walked into, and is an error only when the
 * column has no other candidate. A list is any candidate's value. Unlike `JSON.parse`: raw control characters in
 * strings pass; values nobody asked for are only checked for where they end; whole numbers keep all digits.
 */
import { isUtf8 } from "node:buffer";
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import { viewOf } from "../batch/byte-table.js";
import type { Vector } from "../batch/vector.js";
import type { Candidates } from "./candidates.js";
import { candidatesOf } from "./candidates.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed } from "./feed.js";
import { JsonReader, REPEATED } from "./json-reader.js";
import { unescapeJson } from "./json-text.js";
import { uniqueMembers } from "./json-unique.js";
import type { LineChoice } from "./line-choice.js";
import { ChosenLines, READ_WHOLE } from "./line-choice.js";
import { OpenColumnBuilder } from "./open-column.js";
import { Targets } from "./targets.js";

/**
 * A decoder of JSON lines. Throws `PROGRAM` for two columns from one name, `NAME` for a projection of unknown
 * columns.
 */
export function ndjsonDecoder(options: DecoderOptions): Decoder {
  const targets = new Targets(options.schema, options.projection);
  return new Feed(
    options,
    (feed) => new NdjsonFormat(feed, targets, options.file ?? "", options.projection?.choice ?? null),
  );
}

class NdjsonFormat implements Format {
  readonly #feed: Feed;
  readonly #targets: Targets;
  readonly #open = new OpenColumnBuilder(unescapeJson);
  readonly #candidates: Candidates;
  readonly #reader: JsonReader;
  readonly #choice: LineChoice | null;
  /** A line that reaches behind it is read whole. */
  #wholeAt = Number.POSITIVE_INFINITY;
  #wholeStale = false;
  #rows = 0;

  constructor(feed: Feed, targets: Targets, file: string, choice: LineChoice | null) {
    this.#feed = feed;
    this.#targets = targets;
    this.#candidates = candidatesOf(targets, file);
    this.#choice = choice;
    const chosen = choice === null ? null : new ChosenLines(choice, this.#open);
    this.#reader = new JsonReader(targets, this.#open, this.#candidates, chosen);
  }

  decode(block: Block, from: number, to: number, final: boolean): number {
    this.#reader.begin(block);
    this.#choice?.begin(block.bytes, block.view, from, to);
    this.#wholeStale = true;
    let p = from;
    while (p < to) {
      if (this.#wholeStale) this.#lookAhead(p);
      const newline = block.bytes.indexOf(10, p);
      const whole = newline >= 0 && newline < to;
      if (!whole && !final) break;
      const next = whole ? newline + 1 : to;
      let end = whole ? newline : to;
      if (end > p && block.bytes[end - 1] === 13) end--;
      this.#line(block, p, end, next);
      p = next;
    }
    return p;
  }

  finish(): Batch {
    const { output, columns, outputs, open } = this.#targets;
    const vectors: Vector[] = [];
    for (let k = 0; k < columns.length; k++)
      if ((outputs[k] as number) >= 0) vectors[outputs[k] as number] = this.#candidates.finish(k);
    if (open >= 0) vectors[open] = this.#open.finish(this.#rows);
    const batch = makeBatch(output, vectors, this.#rows);
    this.#rows = 0;
    this.#feed.counts.unknown += this.#reader.unknown;
    this.#reader.nextBatch();
    // What lines ask for may have been learned meanwhile.
    this.#wholeStale = true;
    return batch;
  }

  #lookAhead(at: number): void {
    this.#wholeStale = false;
    this.#wholeAt = this.#choice?.next(at) ?? Number.POSITIVE_INFINITY;
  }

  #line(block: Block, from: number, end: number, next: number): void {
    const feed = this.#feed;
    const { bytes } = block;
    const marked = feed.base + from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    const start = this.#reader.scanner.blanks(marked ? from + 3 : from);
    if (start >= end) {
      feed.blank(next);
      return;
    }
    const reason = this.#read(block, from, start, end);
    if (reason === null) {
      this.#rows++;
      feed.row(next);
    } else {
      this.#open.pop(this.#rows);
      feed.dead(block, from, end, next, reason);
    }
  }

  /** Appends the line that begins at `from`, its object at `start`; returns why it is no row. */
  #read(block: Block, from: number, start: number, end: number): string | null {
    const feed = this.#feed;
    const reader = this.#reader;
    const tooLong = feed.tooLong(end - from);
    if (tooLong !== null) return tooLong;
    if (!block.valid && !isUtf8(block.bytes.subarray(from, end))) return "the line is not valid UTF-8";
    const whole = this.#wholeAt < end;
    if (whole) this.#lookAhead(end);
    let reason = reader.read(this.#rows, start, end, whole);
    if (reason === READ_WHOLE) {
      // The choice has learned of another kind of lines, and looks for more from here on.
      this.#wholeStale = true;
      this.#open.pop(this.#rows);
      reader.scanner.reset(block);
      reason = reader.read(this.#rows, start, end, true);
    }
    if (reason === REPEATED) return this.#readUnique(block, start, end, from);
    return reason ?? this.#candidates.resolve(reader, this.#rows, feed.nextLine, feed.base + from);
  }

  /** Reads a line in which a name occurs twice. */
  #readUnique(block: Block, start: number, end: number, from: number): string | null {
    const reader = this.#reader;
    this.#open.pop(this.#rows);
    reader.begin(block);
    reader.scanner.end = end;
    const unique = uniqueMembers(reader.scanner, start);
    if (unique === null) return reader.failure(start);
    if (reader.scanner.blanks(unique.end) < end) return "there is text behind the object";
    const bytes = Buffer.from(new ArrayBuffer(unique.text.length + 2048));
    bytes.set(unique.text);
    reader.begin({ bytes, view: viewOf(bytes), valid: true });
    const reason =
      reader.read(this.#rows, 0, unique.text.length, this.#choice !== null) ??
      this.#candidates.resolve(reader, this.#rows, this.#feed.nextLine, this.#feed.base + from);
    reader.begin(block);
    return reason;
  }
}
