/** JSON objects that other formats were written as, put into the columns of a batch. */
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import { viewOf } from "../batch/byte-table.js";
import type { Vector } from "../batch/vector.js";
import { Candidates } from "./candidates.js";
import type { DecoderOptions } from "./decoder.js";
import type { Feed } from "./feed.js";
import { JsonReader, REPEATED } from "./json-reader.js";
import { unescapeJson } from "./json-text.js";
import { uniqueMembers } from "./json-unique.js";
import type { JsonWriter } from "./json-writer.js";
import { OpenColumnBuilder } from "./open-column.js";
import { Targets } from "./targets.js";

export class JsonRows {
  readonly targets: Targets;
  readonly #open = new OpenColumnBuilder(unescapeJson);
  readonly #candidates: Candidates;
  readonly #reader: JsonReader;
  #rows = 0;

  /** texts: values of every type may be written as strings, and a column's type says what they mean. */
  constructor({ schema, projection, file }: DecoderOptions, texts: boolean) {
    this.targets = new Targets(schema, projection);
    this.#candidates = new Candidates(this.targets, file ?? "", texts);
    this.#reader = new JsonReader(this.targets, this.#open, this.#candidates, null);
  }

  /** Appends the object that the writer has; returns why it is no row, and then has changed nothing. */
  append(writer: JsonWriter, line: number, position: number): string | null {
    const { block, from, to, moved } = writer.end();
    const reader = this.#reader;
    if (moved) reader.begin(block);
    // What it knew of bytes further on was of other ones.
    else reader.scanner.reset(block);
    let reason = reader.read(this.#rows, from, to);
    if (reason === REPEATED) {
      this.#open.pop(this.#rows);
      reader.begin(block);
      reader.scanner.end = to;
      const unique = uniqueMembers(reader.scanner, from);
      if (unique === null) reason = reader.failure(from);
      else {
        const bytes = Buffer.from(new ArrayBuffer(unique.text.length + 2048));
        bytes.set(unique.text);
        reader.begin({ bytes, view: viewOf(bytes), valid: true });
        reason = reader.read(this.#rows, 0, unique.text.length);
      }
      reason ??= this.#candidates.resolve(reader, this.#rows, line, position);
      reader.begin(block);
    } else reason ??= this.#candidates.resolve(reader, this.#rows, line, position);
    if (reason === null) this.#rows++;
    else this.#open.pop(this.#rows);
    return reason;
  }

  finish(feed: Feed): Batch {
    const { output, columns, outputs, open } = this.targets;
    const vectors: Vector[] = [];
    for (let k = 0; k < columns.length; k++)
      if ((outputs[k] as number) >= 0) vectors[outputs[k] as number] = this.#candidates.finish(k);
    if (open >= 0) vectors[open] = this.#open.finish(this.#rows);
    const batch = makeBatch(output, vectors, this.#rows);
    this.#rows = 0;
    feed.counts.unknown += this.#reader.unknown;
    this.#reader.nextBatch();
    return batch;
  }
}
