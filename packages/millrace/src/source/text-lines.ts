/**
 * Formats of one event a line that is no JSON: each line is written as a JSON object (json-writer.ts) and goes the way
 * of NDJSON from there (json-rows.ts).
 */
import { isUtf8 } from "node:buffer";
import type { Batch } from "../batch/batch.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed } from "./feed.js";
import { JsonRows } from "./json-rows.js";
import { JsonWriter } from "./json-writer.js";
import type { Targets } from "./targets.js";

/** What `LineParser.parse` says of a line that is neither a row nor wrong: a heading, a comment. */
export const NO_EVENT = "no event";

export interface LineParser {
  /** Writes the members of the line's object; returns null, `NO_EVENT`, or what is wrong. The line is valid UTF-8. */
  parse(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null;
}

export function lineDecoder(
  options: DecoderOptions,
  texts: boolean,
  parserOf: (targets: Targets) => LineParser,
): Decoder {
  return new Feed(options, (feed) => {
    const rows = new JsonRows(options, texts);
    return new TextLines(feed, rows, parserOf(rows.targets));
  });
}

class TextLines implements Format {
  readonly #feed: Feed;
  readonly #rows: JsonRows;
  readonly #parser: LineParser;
  readonly #writer = new JsonWriter();

  constructor(feed: Feed, rows: JsonRows, parser: LineParser) {
    this.#feed = feed;
    this.#rows = rows;
    this.#parser = parser;
  }

  decode(block: Block, from: number, to: number, final: boolean): number {
    const { bytes } = block;
    let p = from;
    while (p < to) {
      const newline = bytes.indexOf(10, p);
      const whole = newline >= 0 && newline < to;
      if (!whole && !final) break;
      const next = whole ? newline + 1 : to;
      let end = whole ? newline : to;
      if (end > p && bytes[end - 1] === 13) end--;
      this.#line(block, p, end, next);
      p = next;
    }
    return p;
  }

  finish(): Batch {
    return this.#rows.finish(this.#feed);
  }

  #line(block: Block, from: number, end: number, next: number): void {
    const feed = this.#feed;
    const { bytes } = block;
    const marked = feed.base + from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    const start = marked ? from + 3 : from;
    if (isBlank(bytes, start, end)) {
      feed.blank(next);
      return;
    }
    let reason = feed.tooLong(end - from);
    if (reason === null && !block.valid && !isUtf8(bytes.subarray(from, end))) reason = "the line is not valid UTF-8";
    if (reason === null) {
      this.#writer.begin();
      reason = this.#parser.parse(bytes, start, end, this.#writer);
      if (reason === NO_EVENT) {
        feed.blank(next);
        return;
      }
    }
    reason ??= this.#rows.append(this.#writer, feed.nextLine, feed.base + from);
    if (reason === null) feed.row(next);
    else feed.dead(block, from, end, next, reason);
  }
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (bytes[p] !== 32 && bytes[p] !== 9) return false;
  return true;
}
