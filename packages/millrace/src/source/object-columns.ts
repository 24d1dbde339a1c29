/** Rows that come as objects, put into columns the way a line of NDJSON is: columns, aliases, open attributes, checks. */
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import { viewOf } from "../batch/byte-table.js";
import type { Vector } from "../batch/vector.js";
import type { Candidates } from "./candidates.js";
import { candidatesOf } from "./candidates.js";
import type { Block } from "./feed.js";
import { PADDING } from "./feed.js";
import { JsonReader } from "./json-reader.js";
import { unescapeJson } from "./json-text.js";
import { OpenColumnBuilder } from "./open-column.js";
import type { Targets } from "./targets.js";

export class ObjectColumns {
  /** Rows of the batch that is being built. */
  rows = 0;
  readonly #targets: Targets;
  readonly #open = new OpenColumnBuilder(unescapeJson);
  readonly #candidates: Candidates;
  readonly #reader: JsonReader;
  /** One row as JSON. */
  #block = roomFor(4096);

  constructor(targets: Targets, file: string) {
    this.#targets = targets;
    this.#candidates = candidatesOf(targets, file);
    this.#reader = new JsonReader(targets, this.#open, this.#candidates, null);
  }

  /** Appends a row, given as the JSON of an object; returns why it is none, and then has changed nothing. */
  append(json: string, line: number, position: number): string | null {
    // A UTF-16 unit takes three bytes at most.
    if (this.#block.bytes.length < 3 * json.length + PADDING) this.#block = roomFor(6 * json.length);
    const { bytes } = this.#block;
    const size = bytes.write(json);
    bytes.fill(0, size, size + 16);
    this.#reader.begin(this.#block);
    const reason =
      this.#reader.read(this.rows, 0, size, false) ?? this.#candidates.resolve(this.#reader, this.rows, line, position);
    if (reason === null) this.rows++;
    else this.#open.pop(this.rows);
    return reason;
  }

  /** The rows since the last call, and how many values had names that nobody knows. */
  finish(): { readonly batch: Batch; readonly unknown: number } {
    const { output, columns, outputs, open } = this.#targets;
    const vectors: Vector[] = [];
    for (let k = 0; k < columns.length; k++)
      if ((outputs[k] as number) >= 0) vectors[outputs[k] as number] = this.#candidates.finish(k);
    if (open >= 0) vectors[open] = this.#open.finish(this.rows);
    const batch = makeBatch(output, vectors, this.rows);
    const { unknown } = this.#reader;
    this.rows = 0;
    this.#reader.nextBatch();
    return { batch, unknown };
  }
}

function roomFor(size: number): Block {
  const bytes = Buffer.from(new ArrayBuffer(size + PADDING));
  return { bytes, view: viewOf(bytes), valid: true };
}
