import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decimal } from "../../base/decimal.js";
import { dictOf } from "../../batch/dict.js";
import { vectorOf } from "../../batch/layout.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { GroupTable } from "./group-table.js";
import { KeyLayout } from "./key-layout.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_104);
const RUNS = process.env.MILLRACE_TEST === "all" ? 3000 : 300;

const COLUMNS: readonly { readonly type: ColumnType; readonly values: fc.Arbitrary<Value> }[] = [
  { type: { kind: "bool" }, values: fc.boolean() },
  { type: { kind: "int32" }, values: fc.integer({ min: -3, max: 3 }) },
  { type: { kind: "int" }, values: fc.constantFrom(0, 1, -1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER) },
  { type: { kind: "int64" }, values: fc.constantFrom(0n, 1n, -1n, 1n << 32n, (1n << 63n) - 1n) },
  { type: { kind: "float64" }, values: fc.constantFrom(0, -0, 0.5, -0.5, 1e300, 5e-324, Number.POSITIVE_INFINITY) },
  { type: { kind: "timestamp" }, values: fc.integer({ min: -2, max: 2 }).map((day) => day * 86_400_000) },
  {
    type: { kind: "decimal", precision: 38, scale: 2 },
    values: fc.constantFrom(0n, 1n, -1n, 10n ** 37n).map((unscaled) => new Decimal(unscaled, 2)),
  },
  { type: { kind: "string" }, values: fc.constantFrom("", "a", "b", "ab", "😀", "a\u0000", "0", "1".repeat(200)) },
];

const column = fc.record({ of: fc.constantFrom(...COLUMNS), nullable: fc.boolean() }).chain(({ of, nullable }) =>
  fc.record({
    field: fc.constant(field("k", of.type, nullable)),
    values: fc.array(nullable ? fc.option(of.values, { nil: null, freq: 3 }) : of.values, {
      minLength: 60,
      maxLength: 60,
    }),
  }),
);

test("keys get the groups that a map of their values gives them, as their rows come and after some are forgotten", () => {
  fc.assert(
    fc.property(
      fc.array(column, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      (columns, batches, dictionaries, every) => {
        const fields = columns.map((each) => each.field);
        const layout = new KeyLayout(fields);
        const table = new GroupTable(layout.width);
        const rows = Array.from({ length: 60 }, (_, i) => columns.map(({ values }) => values[i] as Value));
        let expected = new Map<string, number>();
        let from = 0;
        for (const n of batches) {
          const batch = rows.slice(from, from + n);
          from += n;
          const vectors = fields.map((f, c) => laidOut(f, batch, c, dictionaries));
          const groups = assign(layout, table, vectors, batch.length);
          const known = batch.map((row) => {
            const id = idOf(row);
            if (!expected.has(id)) expected.set(id, expected.size);
            return expected.get(id);
          });
          assert.deepEqual([...groups], known);
          checkValues(layout, table, fields, expected);
          expected = keepEvery(layout, table, expected, every);
        }
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
});

test("a table grows far beyond where it began, and finds what it has", () => {
  const fields = [field("a", { kind: "int32" }), field("b", { kind: "int32" })];
  const layout = new KeyLayout(fields);
  const table = new GroupTable(layout.width);
  const n = 100_000;
  const numbers = Array.from({ length: n }, (_, i) => i);
  const vectors = [
    vectorOf(
      { kind: "int32" },
      numbers.map((i) => i % 317),
    ),
    vectorOf(
      { kind: "int32" },
      numbers.map((i) => i * 1024),
    ),
  ];
  assert.deepEqual([...assign(layout, table, vectors, n)], numbers);
  assert.deepEqual([...assign(layout, table, vectors, n)], numbers);
  assert.equal(table.count, n);
  const keys = new Int32Array(2 * n);
  const absent = new Uint8Array(n);
  layout.probe([vectors[1] as Vector, vectors[0] as Vector], fields, n, keys, absent);
  const found = new Int32Array(n);
  table.find(keys, n, found);
  assert.deepEqual(
    [...found].filter((group) => group >= 0),
    [0],
  );
});

function assign(layout: KeyLayout, table: GroupTable, vectors: readonly Vector[], n: number): Int32Array {
  const keys = new Int32Array(n * layout.width).fill(77);
  layout.encode(vectors, n, keys, layout.width);
  const groups = new Int32Array(n);
  table.assign(keys, n, groups);
  return groups;
}

function laidOut(f: Field, rows: readonly (readonly Value[])[], c: number, dictionaries: boolean): Vector {
  const vector = vectorOf(
    f.type,
    rows.map((row) => row[c] ?? null),
  );
  return vector.kind === "utf8" && dictionaries ? dictOf(vector) : vector;
}

/** Every group's key is given back as it was, one by one and as columns. */
function checkValues(
  layout: KeyLayout,
  table: GroupTable,
  fields: readonly Field[],
  expected: ReadonlyMap<string, number>,
): void {
  const starts = Int32Array.from({ length: table.count }, (_, group) => group * layout.width);
  const columns = fields.map((_, c) => layout.vector(table.words, starts, c));
  for (const [id, group] of expected) {
    const one = fields.map((_, c) => layout.value(table.words, starts[group] as number, c));
    const many = fields.map((f, c) => valueAt(columns[c] as Vector, f.type, group));
    assert.equal(idOf(one), id);
    assert.equal(idOf(many), id);
  }
}

/** Forgets some of the groups in both. */
function keepEvery(
  layout: KeyLayout,
  table: GroupTable,
  expected: ReadonlyMap<string, number>,
  every: number,
): Map<string, number> {
  const kept = [...expected].filter(([, group]) => group % every === 0);
  table.keep(
    Int32Array.from(kept, ([, group]) => group),
    (words, n) => layout.compact(words, n, layout.width),
  );
  return new Map(kept.map(([id], group) => [id, group]));
}

function idOf(row: readonly Value[]): string {
  return row.map((value) => `${typeof value}:${String(value === 0 ? 0 : value)}`).join("|");
}
