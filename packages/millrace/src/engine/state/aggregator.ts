/**
 * Aggregators: for each group one running value, in columns. All are order-free: the result depends on the set of rows
 * added, not on their order or on how they were split into batches. `first` and `last` compare the rows' places.
 */
import { MillraceError } from "../../base/errors.js";
import type { Vector } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { AggSpec } from "../../plan/nodes/node.js";
import type { Rows } from "../rows.js";
import { CountAggregator, DistinctAggregator } from "./count.js";
import { ExtremeAggregator } from "./extreme.js";
import { MomentsAggregator } from "./moments.js";
import { PlaceAggregator } from "./place.js";
import { BigSumAggregator } from "./big-sum.js";

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

/** The column an aggregate makes. `input` is the aggregated column, null for count. */
export function aggregateField(spec: AggSpec, input: Field | null): Field {
  const nullable = input?.nullable ?? false;
  switch (spec.kind) {
    case "count":
    case "countDistinct":
      return field(spec.name, { kind: "int" });
    case "mean":
    case "variance":
    case "stddev":
      return field(spec.name, { kind: "float64" }, nullable || spec.sample);
    case "sum":
      return field(spec.name, sumType((input as Field).type), nullable);
    default:
      return { ...(input as Field), name: spec.name, from: [] };
  }
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
    case "mean":
    case "variance":
    case "stddev":
      return new MomentsAggregator(spec, type as ColumnType);
    case "min":
    case "max":
      return new ExtremeAggregator(spec.kind, type as ColumnType);
    case "first":
    case "last":
      return new PlaceAggregator(spec.kind, type as ColumnType);
  }
}

const NUMERIC = new Set(["int32", "int", "int64", "float64", "decimal"]);

/** Throws `PROGRAM` for an aggregate that has no meaning for its column. */
export function checkAggregate(spec: AggSpec, input: Field | null): void {
  const kind = input?.type.kind;
  const numeric = ["sum", "mean", "variance", "stddev"].includes(spec.kind);
  if (kind !== undefined && numeric && !NUMERIC.has(kind))
    throw new MillraceError("PROGRAM", `${spec.kind}("${spec.column}") needs a numeric column; "${spec.column}" is ${kind}`);
  const unordered = ["list", "struct", "open", "binary", "bool"];
  if (kind !== undefined && (spec.kind === "min" || spec.kind === "max") && unordered.includes(kind))
    throw new MillraceError("PROGRAM", `${spec.kind}("${spec.column}") needs an ordered column; "${spec.column}" is ${kind}`);
}

function sumType(type: ColumnType): ColumnType {
  if (type.kind === "int32" || type.kind === "int") return { kind: "int" };
  if (type.kind === "decimal") return { kind: "decimal", precision: 38, scale: type.scale };
  return type;
}
