/** What aggregates mean for types: the column each makes, and which columns it can be asked of. */
import { MillraceError } from "../base/errors.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { AggSpec } from "./nodes/node.js";

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

const NUMERIC = new Set(["int32", "int", "int64", "float64", "decimal"]);

/** Throws `PROGRAM` for an aggregate that has no meaning for its column. */
export function checkAggregate(spec: AggSpec, input: Field | null): void {
  const kind = input?.type.kind;
  const numeric = ["sum", "mean", "variance", "stddev"].includes(spec.kind);
  if (kind !== undefined && numeric && !NUMERIC.has(kind))
    throw new MillraceError(
      "PROGRAM",
      `${spec.kind}("${spec.column}") needs a numeric column; "${spec.column}" is ${kind}`,
    );
  const unordered = ["list", "struct", "open", "binary", "bool"];
  if (kind !== undefined && (spec.kind === "min" || spec.kind === "max") && unordered.includes(kind))
    throw new MillraceError(
      "PROGRAM",
      `${spec.kind}("${spec.column}") needs an ordered column; "${spec.column}" is ${kind}`,
    );
}

/** Sums of whole numbers stay whole; those of decimals get all digits there are. */
export function sumType(type: ColumnType): ColumnType {
  if (type.kind === "int32" || type.kind === "int") return { kind: "int" };
  if (type.kind === "decimal") return { kind: "decimal", precision: 38, scale: type.scale };
  return type;
}
