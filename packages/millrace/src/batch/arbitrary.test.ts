/** Random schemas, rows and batches for the properties of this folder. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decimal } from "../base/decimal.js";
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { batchOf } from "./build.js";
import { plainOf } from "./dict.js";
import { OpenRow } from "./open.js";
import { rowsOf } from "./read.js";
import { sliceBatch } from "./take.js";
import type { Vector } from "./vector.js";

export type Row = Record<string, unknown>;

export interface Sample {
  readonly schema: Schema;
  readonly rows: readonly Row[];
  /** The rows, in a layout with views, plain strings and dictionaries mixed. */
  readonly batch: Batch;
}

const RUNS = Number(process.env["MILLRACE_RUNS"] ?? 1);

/** How often a property runs: multiplied by MILLRACE_RUNS. */
export function runs(count: number): { numRuns: number } {
  return { numRuns: count * RUNS };
}

const text = fc.oneof(
  fc.constantFrom("", "a", "bb", "Zoë", "\u{1f600}", "\uffee"),
  fc.string({ unit: "binary", maxLength: 90 }),
);
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 300n }));
const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: 1_690_000_000_000, max: 1_690_000_070_000 }),
  fc.integer({ min: 0, max: 9 }),
);
const int32 = fc.oneof(fc.integer(), fc.integer({ min: -5, max: 250 }), fc.integer({ min: 1000, max: 60_000 }));
const float64 = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, 1.5));

const leafType: fc.Arbitrary<ColumnType> = fc.oneof(
  fc
    .constantFrom("bool", "int32", "int", "int64", "float64", "string", "timestamp", "timestampNs", "binary")
    .map((kind) => ({ kind }) as ColumnType),
  fc.constant<ColumnType>({ kind: "oneOf", values: ["red", "green", "blue"] }),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
    .map(([precision, scale]): ColumnType => ({ kind: "decimal", precision, scale: Math.min(precision, scale) })),
);

export const columnType: fc.Arbitrary<ColumnType> = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    leafType,
    fc
      .tuple(tie("type"), fc.boolean())
      .map(([type, nullable]): ColumnType => ({ kind: "list", item: field("item", type, nullable) })),
    fc.array(fc.tuple(tie("type"), fc.boolean()), { minLength: 1, maxLength: 3 }).map(
      (parts): ColumnType => ({
        kind: "struct",
        fields: parts.map(([type, nullable], k) => field(`f${k}`, type, nullable)),
      }),
    ),
  ),
})).type;

/** One to five columns of any type, and sometimes an open one. */
export const schema: fc.Arbitrary<Schema> = fc
  .tuple(fc.array(fc.tuple(columnType, fc.boolean()), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([parts, open]) => ({
    fields: [
      ...parts.map(([type, nullable], k) => field(`c${k}`, type, nullable)),
      ...(open ? [field("rest", { kind: "open" })] : []),
    ],
  }));

const attributeName = fc.constantFrom("a", "b", "c.d", "é", "name with space", "n9");
const openObject: fc.Arbitrary<Row> = fc.dictionary(
  attributeName,
  fc.oneof(
    text,
    safe,
    float64,
    int64,
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.oneof(fc.nat(9), text), { maxLength: 2 }),
    fc.record({ x: fc.nat(3) }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

function valuesOf(type: ColumnType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "bool":
      return fc.boolean();
    case "int32":
      return int32;
    case "int":
    case "timestamp":
      return safe;
    case "int64":
    case "timestampNs":
      return int64;
    case "float64":
      return float64;
    case "decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.bigInt({ min: -limit, max: limit }).map((unscaled) => new Decimal(unscaled, type.scale));
    }
    case "string":
      return text;
    case "oneOf":
      return fc.constantFrom(...type.values);
    case "binary":
      return fc.uint8Array({ maxLength: 12 });
    case "list":
      return fc.array(fieldValue(type.item), { maxLength: 4 });
    case "struct":
      return fc.record(Object.fromEntries(type.fields.map((f) => [f.name, fieldValue(f)])), { noNullPrototype: true });
    case "open":
      return openObject;
  }
}

function fieldValue(f: Field): fc.Arbitrary<unknown> {
  return f.nullable ? fc.option(valuesOf(f.type), { freq: 3 }) : valuesOf(f.type);
}

export function rowOf(of: Schema): fc.Arbitrary<Row> {
  return fc.record(Object.fromEntries(of.fields.map((f) => [f.name, fieldValue(f)])), { noNullPrototype: true });
}

/** Batches of 0 to 30 rows of any schema. */
export const sample: fc.Arbitrary<Sample> = schema.chain(sampleOf);

export function sampleOf(of: Schema): fc.Arbitrary<Sample> {
  return fc
    .tuple(
      fc.array(rowOf(of), { maxLength: 30 }),
      fc.array(rowOf(of), { maxLength: 11 }),
      fc.array(rowOf(of), { maxLength: 3 }),
      fc.nat(7),
    )
    .map(([rows, before, after, plain]) => {
      const whole = batchOf(of, [...before, ...rows, ...after]);
      const columns = whole.columns.map((column, k) => (((plain >> (k % 3)) & 1) === 1 ? spelledOut(column) : column));
      const batch = sliceBatch(makeBatch(of, columns, whole.length), before.length, before.length + rows.length);
      return { schema: of, rows, batch };
    });
}

function spelledOut(vector: Vector): Vector {
  return vector.kind === "dict" ? plainOf(vector) : vector;
}

/** Rows for comparison: open attributes as plain objects, bytes and decimals as text. */
export function plainRows(batch: Batch): unknown[] {
  return rowsOf(batch).map(plainValue);
}

/** Equal for equal values, by `deepEqual`. */
export function plainValue(value: Value | unknown): unknown {
  if (value instanceof OpenRow) return value.entries();
  if (value instanceof Decimal) return `${value.unscaled}e-${value.scale}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainValue(item)]));
  return value;
}

test("random batches meet every column kind", () => {
  const kinds = new Set<string>();
  for (const { schema: of } of fc.sample(sample, { numRuns: 300, seed: 1 }))
    for (const f of of.fields) kinds.add(f.type.kind);
  assert.equal(kinds.size, 14);
});
