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
import { makeBatch } from "../batch/batch.js";
import { viewOf } from "../batch/byte-table.js";
import type { Vector } from "../batch/vector.js";
import type { Candidates } from "./candidates.js";
import { candidatesOf } from "./candidates.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed, PADDING } from "./feed.js";
import { JsonReader } from "./json-reader.js";
import { unescapeJson } from "./json-text.js";
import { OpenColumnBuilder } from "./open-column.js";
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
  readonly #targets: Targets;
  readonly #translator: Translator;
  readonly #open = new OpenColumnBuilder(unescapeJson);
  readonly #candidates: Candidates;
  readonly #reader: JsonReader;
  /** One line as JSON. */
  #json = roomFor(4096);
  #rows = 0;

  constructor(feed: Feed, targets: Targets, file: string, translator: Translator) {
    this.#feed = feed;
    this.#targets = targets;
    this.#translator = translator;
    this.#candidates = candidatesOf(targets, file);
    this.#reader = new JsonReader(targets, this.#open, this.#candidates, null);
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
    const { output, columns, outputs, open } = this.#targets;
    const vectors: Vector[] = [];
    for (let k = 0; k < columns.length; k++)
      if ((outputs[k] as number) >= 0) vectors[outputs[k] as number] = this.#candidates.finish(k);
    if (open >= 0) vectors[open] = this.#open.finish(this.#rows);
    const batch = makeBatch(output, vectors, this.#rows);
    this.#rows = 0;
    this.#feed.counts.unknown += this.#reader.unknown;
    this.#reader.nextBatch();
    return batch;
  }

  #line(block: Block, from: number, end: number, next: number): void {
    const feed = this.#feed;
    const said = this.#translated(block, from, end);
    if (said === null) {
      feed.blank(next);
      return;
    }
    const reason = typeof said === "string" ? said : this.#append(said, feed.base + from);
    if (reason === null) {
      this.#rows++;
      feed.row(next);
    } else {
      this.#open.pop(this.#rows);
      feed.dead(block, from, end, next, reason);
    }
  }

  #translated(block: Block, from: number, end: number): ReturnType<Translator["line"]> {
    const tooLong = this.#feed.tooLong(end - from);
    if (tooLong !== null) return tooLong;
    if (!block.valid && !isUtf8(block.bytes.subarray(from, end))) return "the line is not valid UTF-8";
    const text = block.bytes.toString("utf8", from, end);
    return text.trim() === "" ? null : this.#translator.line(text);
  }

  #append(object: Readonly<Record<string, unknown>>, position: number): string | null {
    const text = JSON.stringify(object);
    // A UTF-16 unit takes three bytes at most.
    if (this.#json.bytes.length < 3 * text.length + PADDING) this.#json = roomFor(6 * text.length);
    const { bytes } = this.#json;
    const size = bytes.write(text);
    bytes.fill(0, size, size + 16);
    this.#reader.begin(this.#json);
    return (
      this.#reader.read(this.#rows, 0, size, false) ??
      this.#candidates.resolve(this.#reader, this.#rows, this.#feed.nextLine, position)
    );
  }
}

function roomFor(size: number): Block {
  const bytes = Buffer.from(new ArrayBuffer(size + PADDING));
  return { bytes, view: viewOf(bytes), valid: true };
}
