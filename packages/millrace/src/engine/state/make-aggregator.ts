/** Which aggregator does an aggregate's work, by its kind and the column's type. */
import { bug } from "../../base/errors.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Aggregator } from "./aggregator.js";
import { CountAggregator } from "./count.js";
import { DistinctAggregator } from "./distinct.js";
import { ExtremeAggregator } from "./extreme.js";
import { MomentsAggregator } from "./moments.js";
import { PlaceAggregator } from "./place.js";
import { Places } from "./places.js";

/** One for each aggregate, in their order. */
export function makeAggregators({ node, columns }: AggregateColumns): readonly Aggregator[] {
  const whole = { first: new Places("first"), last: new Places("last") };
  return node.aggs.map((agg, a) => {
    const { kind, name } = agg;
    if (kind === "count") return new CountAggregator(name);
    const type = columns[a]?.type ?? bug(`${kind} "${name}" has no column`);
    switch (kind) {
      case "countDistinct":
        return new DistinctAggregator(name, type);
      case "min":
      case "max":
        return new ExtremeAggregator(kind, name, type);
      case "first":
      case "last":
        return new PlaceAggregator(kind, name, type, agg.wholeRow === true ? whole[kind] : null);
      default:
        return new MomentsAggregator(agg, type);
    }
  });
}
