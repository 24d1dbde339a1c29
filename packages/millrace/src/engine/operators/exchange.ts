/**
 * Exchange by key: every row goes to the worker that owns its key. Worker = hash(key) % workers; without key columns
 * everything goes to worker 0. Rows wait here until the epoch's end, then travel in one message for each worker.
 */
import type { Batch } from "../../batch/batch.js";
import { hashRows } from "../../batch/hash.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import { takeRows } from "../rows.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

export class ExchangeOperator implements Operator {
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
    const shares = dealRows(rows.batch, this.#key, this.#workers);
    for (const [worker, selected] of shares.entries())
      if (selected.length > 0) (this.#outgoing[worker] as Rows[]).push(takeRows(rows, selected, selected.length));
  }

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

/** For each worker the numbers of the rows whose key it owns, ascending. Without key columns all are the first's. */
export function dealRows(batch: Batch, key: readonly string[], workers: number): readonly Int32Array[] {
  const n = batch.length;
  const hashes = new Uint32Array(n);
  const columns = key.map((name) => fieldIndex(batch.schema, name));
  hashRows(batch, columns, hashes);
  const counts = new Int32Array(workers);
  for (let i = 0; i < n; i++) {
    const worker = (hashes[i] as number) % workers;
    hashes[i] = worker;
    counts[worker] = (counts[worker] as number) + 1;
  }
  const shares = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    const worker = hashes[i] as number;
    const at = counts[worker] as number;
    (shares[worker] as Int32Array)[at] = i;
    counts[worker] = at + 1;
  }
  return shares;
}
