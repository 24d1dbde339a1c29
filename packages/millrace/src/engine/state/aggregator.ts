/**
 * Aggregators: for each group one running value, in columns. All are order-free: the result depends on the set of rows
 * added, not on their order or on how they were split into batches. `first` and `last` compare the rows' places.
 */
import type { Vector } from "../../batch/vector.js";
import { sumType } from "../../plan/aggregates.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { AggSpec } from "../../plan/nodes/node.js";
import type { Rows } from "../rows.js";
import { CountAggregator, DistinctAggregator } from "./count.js";
import { ExtremeAggregator } from "./extreme.js";
import { MomentsAggregator } from "./moments.js";
import { PlaceAggregator } from "./place.js";
import { BigMeanAggregator, BigSumAggregator } from "./big-sum.js";

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

export function makeAggregator(spec: AggSpec, type: ColumnType | null): Aggregator {
  switch (spec.kind) {
    case "count":
      return new CountAggregator();
    case "countDistinct":
      return new DistinctAggregator(type as ColumnType);
    case "sum": {
      const kind = (type as ColumnType).kind;
      if (kind === "int64" || kind === "decimal") return new BigSumAggregator(sumType(type as ColumnType), spec.name);
      return new MomentsAggregator(spec, type as ColumnType);
    }
    case "mean": {
      const kind = (type as ColumnType).kind;
      if (kind === "int64" || kind === "decimal") return new BigMeanAggregator(type as ColumnType);
      return new MomentsAggregator(spec, type as ColumnType);
    }
    case "variance":
    case "stddev":
      return new MomentsAggregator(spec, type as ColumnType);
    case "min":
    case "max":
      return new ExtremeAggregator(spec.kind, type as ColumnType);
    case "first":
    case "last":
      return new PlaceAggregator(spec.kind, type as ColumnType, spec.wholeRow === true);
  }
}
