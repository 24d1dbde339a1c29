/**
 * Lines of other formats: a translator makes an object of each, which then goes the way of a line of NDJSON. So columns,
 * aliases, open attributes and checks are the same, and a dead letter holds the line as it came.
 *
 *   line ── translator ──> object ── JSON ──> reader, candidates ──> columns
 *
 * Slower than a decoder of its own would be, which is no matter for formats of text that people read.
 */
import { isUtf8 } from "node:buffer";
import type { Batch } from "../batch/batch.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed } from "./feed.js";
import { ObjectColumns } from "./object-columns.js";
import { Targets } from "./targets.js";

export interface Translator {
  /**
   * What a line says (without its end; valid UTF-8): values by name, dots between nested names; null for a line that is
   * no row, such as a header; text where it should be one and is not: why.
   */
  line(text: string): Readonly<Record<string, unknown>> | null | string;
}

export function translatedDecoder(options: DecoderOptions, translator: Translator): Decoder {
  const targets = new Targets(options.schema, options.projection);
  return new Feed(options, (feed) => new TranslatedFormat(feed, targets, options.file ?? "", translator));
}

class TranslatedFormat implements Format {
  readonly #feed: Feed;
  readonly #translator: Translator;
  readonly #columns: ObjectColumns;

  constructor(feed: Feed, targets: Targets, file: string, translator: Translator) {
    this.#feed = feed;
    this.#translator = translator;
    this.#columns = new ObjectColumns(targets, file);
  }

  decode(block: Block, from: number, to: number, final: boolean): number {
    let p = from;
    while (p < to) {
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
    const { batch, unknown } = this.#columns.finish();
    this.#feed.counts.unknown += unknown;
    return batch;
  }

  #line(block: Block, from: number, end: number, next: number): void {
    const feed = this.#feed;
    const said = this.#translated(block, from, end);
    if (said === null) {
      feed.blank(next);
      return;
    }
    const reason =
      typeof said === "string" ? said : this.#columns.append(JSON.stringify(said), feed.nextLine, feed.base + from);
    if (reason === null) feed.row(next);
    else feed.dead(block, from, end, next, reason);
  }

  #translated(block: Block, from: number, end: number): ReturnType<Translator["line"]> {
    const tooLong = this.#feed.tooLong(end - from);
    if (tooLong !== null) return tooLong;
    if (!block.valid && !isUtf8(block.bytes.subarray(from, end))) return "the line is not valid UTF-8";
    const text = block.bytes.toString("utf8", from, end);
    return text.trim() === "" ? null : this.#translator.line(text);
  }
}
