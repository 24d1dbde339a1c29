/**
 * The operator contract. Operators of one task form a graph; rows are pushed along its edges batch by batch.
 *
 * In one epoch, for each operator: any number of `push`, then one `advance` once all rows of the epoch have reached
 * it and the watermark of its sources is known. What it sends out during `advance` still belongs to the epoch.
 * Nothing here awaits: an operator works on what it is given, in memory.
 */
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
  advance(watermark: number): void;
  /** State as saved rows, or null for an operator that keeps none. */
  readonly state: OperatorState | null;
}

/** State of an operator, saved and loaded by key, so that another number of workers can take it up. */
export interface OperatorState {
  /** Every key's state as one JSON-safe value with the hash that says whose it is. */
  save(): Iterable<SavedKey>;
  load(saved: SavedKey): void;
  readonly keys: number;
  readonly bytes: number;
}

export interface SavedKey {
  /** The exchange's hash of the key: worker = hash % workers. */
  readonly hash: number;
  readonly value: unknown;
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
