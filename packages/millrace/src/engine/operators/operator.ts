/**
 * The operator contract. Operators of one task form a graph; rows are pushed along its edges batch by batch. Nothing here
 * awaits: an operator works on what it is given, in memory.
 *
 * Most operators are a `push` and nothing more. One that remembers rows stands behind an exchange for each of its inputs,
 * so that it has all rows of its keys. In an epoch it gets, in this order:
 *
 *   push       any number of batches to each input, in order of origin: the epoch's rows
 *   watermark  once: nothing older will come on time. What it sends out now still belongs to the epoch, and is no older
 *              than the watermark it was told before: so those behind it are told the same one afterwards
 *
 * and between epochs `checkpoint`, or before the first one `restore`. Its state after an epoch is a function of the rows
 * and watermarks so far, not of how they were cut into batches and epochs.
 */
import type { Batch } from "../../batch/batch.js";
import type { Schema } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";

export interface Consumer {
  push(rows: Rows, input: number): void;
}

export interface Edge {
  readonly to: Consumer;
  readonly input: number;
}

export interface Operator extends Consumer {
  /** Name in messages, metrics and saved state: what the author named it, never its position. */
  readonly id: string;
}

export interface StatefulOperator extends Operator {
  /** What it remembers, declared before it remembers anything. */
  readonly tables: readonly StateTable[];
  watermark(time: number): void;
  /** All it remembers, in batches of its tables' columns, so small that one can be held beside the state itself. */
  checkpoint(): Iterable<SavedRows>;
  /** Takes up what a checkpoint gave: rows whose keys are this task's, of any number of tasks, in any order. */
  restore(saved: SavedRows): void;
  describe(): StateUse;
}

/** Saved state is found by operator and table name, and is read by these columns. */
export interface StateTable {
  readonly name: string;
  /** Columns of the operator's key, by whose hash rows belong to tasks; none: everything belongs to the first task. */
  readonly key: readonly string[];
  readonly schema: Schema;
}

export interface SavedRows {
  readonly table: string;
  readonly rows: Batch;
}

/** What an operator holds now. */
export interface StateUse {
  /** Rows of its tables. */
  readonly rows: number;
  /** Memory, about. */
  readonly bytes: number;
}

/** A row that an operator could not take: it goes to the dead letters with its place and the reason. */
export interface DeadRow {
  readonly operator: string;
  readonly reason: string;
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  /** The row as JSON. */
  readonly row: string;
}

/** What an operator tells the task besides rows. */
export interface TaskContext {
  dead(row: DeadRow): void;
  count(counter: string, by: number): void;
}

export function emit(edges: readonly Edge[], rows: Rows): void {
  if (rows.batch.length === 0) return;
  for (const edge of edges) edge.to.push(rows, edge.input);
}
