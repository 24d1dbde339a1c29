/** Which aggregator does an aggregate's work, by its kind and the column's type. */
import { sumType } from "../../plan/aggregates.js";
import type { AggSpec } from "../../plan/nodes/node.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Aggregator } from "./aggregator.js";
import { BigMeanAggregator, BigSumAggregator } from "./big-sum.js";
import { CountAggregator, DistinctAggregator } from "./count.js";
import { ExtremeAggregator } from "./extreme.js";
import { MomentsAggregator } from "./moments.js";
import { PlaceAggregator } from "./place.js";

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
