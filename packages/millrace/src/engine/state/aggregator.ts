/**
 * Aggregators: for each group one running value, in columns. All are order-free: the result depends on the set of rows
 * added, not on their order or on how they were split into batches. `first` and `last` compare the rows' places.
 */
import type { Vector } from "../../batch/vector.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";

export interface Aggregator {
  /** Room for groups [0, capacity). */
  ensure(capacity: number): void;
  /** Adds every non-null value: row i of `column` to group groups[i]. `column` is null for count. */
  add(rows: Rows, column: Vector | null, groups: Int32Array): void;
  /** The result as the view shows it; throws `OVERFLOW` where its type can't hold it. */
  result(group: number): Value;
  /** The exact state as one JSON-safe value, and back. */
  save(group: number): unknown;
  load(group: number, saved: unknown): void;
  /** Group j of the result is group kept[j] of before; kept ascends. */
  compact(kept: Int32Array): void;
}
