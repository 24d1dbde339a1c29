/**
 * Exchange by key: every row goes to the worker that owns its key. Worker = hash(key) % workers; without key columns
 * everything goes to worker 0. Rows wait here until the epoch's end, then travel in one message for each worker.
 */
import { hashRows } from "../../batch/hash.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import { takeRows } from "../rows.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

export class ExchangeOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #workers: number;
  readonly #key: readonly string[];
  readonly #out: readonly Edge[];
  #outgoing: Rows[][];

  constructor(id: string, workers: number, key: readonly string[], out: readonly Edge[]) {
    this.id = id;
    this.#workers = workers;
    this.#key = key;
    this.#out = out;
    this.#outgoing = this.#empty();
  }

  push(rows: Rows): void {
    if (this.#workers === 1 || this.#key.length === 0) {
      (this.#outgoing[0] as Rows[]).push(rows);
      return;
    }
    const n = rows.batch.length;
    const hashes = new Uint32Array(n);
    hashRows(
      rows.batch,
      this.#key.map((name) => fieldIndex(rows.batch.schema, name)),
      hashes,
    );
    const counts = new Int32Array(this.#workers);
    for (let i = 0; i < n; i++) {
      const worker = (hashes[i] as number) % this.#workers;
      counts[worker] = (counts[worker] as number) + 1;
    }
    const selected = Array.from(counts, (count) => new Int32Array(count));
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const worker = (hashes[i] as number) % this.#workers;
      const at = counts[worker] as number;
      (selected[worker] as Int32Array)[at] = i;
      counts[worker] = at + 1;
    }
    for (let worker = 0; worker < this.#workers; worker++) {
      const count = counts[worker] as number;
      if (count > 0) (this.#outgoing[worker] as Rows[]).push(takeRows(rows, selected[worker] as Int32Array, count));
    }
  }

  advance(): void {}

  /** What has gathered for each worker since the last call. */
  take(): readonly (readonly Rows[])[] {
    const outgoing = this.#outgoing;
    this.#outgoing = this.#empty();
    return outgoing;
  }

  /** Rows from all workers, in the order of their origin. */
  deliver(rows: readonly Rows[]): void {
    for (const part of rows) emit(this.#out, part);
  }

  #empty(): Rows[][] {
    return Array.from({ length: this.#workers }, () => []);
  }
}
