/**
 * Aggregators: for each group one running value, in columns. All are order-free and mergeable: the result depends on the
 * set of rows added, not on their order, on how they were split into batches, or on how many instances added them and
 * were merged. `first` and `last` compare the rows' places.
 */
import type { Vector } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";

export interface Aggregator {
  /** Columns of the exact running values, as they are saved and exchanged. */
  readonly fields: readonly Field[];
  /** Memory held, about. */
  readonly bytes: number;
  /** Room for groups [0, capacity); see `regrouped` for `kept`. */
  resize(capacity: number, kept: Int32Array | null): void;
  /** Adds every non-null value: row i of `column` to group groups[i]. `column` is null for count. */
  add(rows: Rows, column: Vector | null, groups: Int32Array): void;
  /** The result as the view shows it; throws `OVERFLOW` where its type can't hold it. */
  result(group: number): Value;
  /** The running values of `groups`, one column for each of `fields`. */
  save(groups: Int32Array): readonly Vector[];
  /** Adds running values that `save` gave: row i to group groups[i]. */
  merge(columns: readonly Vector[], groups: Int32Array): void;
}
