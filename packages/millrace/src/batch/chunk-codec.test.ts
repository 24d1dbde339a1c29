import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MillraceError } from "../base/errors.js";
import type { ColumnType } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import { plainRows, runs, sample } from "./arbitrary.test.js";
import { batchOf } from "./build.js";
import { decodeChunk, encodeChunk, openNames, readChunkHeader, verifyChunk } from "./chunk-codec.js";
import { CHUNK_PREFIX_BYTES, chunkSizes } from "./chunk-format.js";
import { concatBatches, sliceBatch } from "./take.js";

test("a chunk gives back its rows, wherever its bytes lie", () => {
  fc.assert(
    fc.property(sample, fc.integer({ min: 0, max: 9 }), fc.boolean(), ({ batch, schema }, shift, shared) => {
      const chunk = encodeChunk(batch);
      verifyChunk(chunk);
      const size = shift + chunk.length;
      const bytes = new Uint8Array(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size)).subarray(shift);
      bytes.set(chunk);
      const decoded = decodeChunk(bytes, schema);
      assert.deepEqual(plainRows(decoded), plainRows(batch));
      // The decoded batch is laid out as the stored one: encoding it again gives the same bytes.
      assert.deepEqual(encodeChunk(decoded), chunk);
    }),
    runs(400),
  );
});

test("only the asked columns are decoded, in the schema's order", () => {
  fc.assert(
    fc.property(sample, fc.nat(63), ({ batch, schema }, mask) => {
      const names = schema.fields.map((f) => f.name).filter((_, k) => ((mask >> k) & 1) === 1);
      const decoded = decodeChunk(encodeChunk(batch), schema, [...names].reverse());
      assert.deepEqual(
        decoded.schema.fields.map((f) => f.name),
        names,
      );
      assert.equal(decoded.length, batch.length);
      const expected = plainRows(batch).map((row) =>
        Object.fromEntries(names.map((name) => [name, (row as Record<string, unknown>)[name]])),
      );
      assert.deepEqual(plainRows(decoded), expected);
    }),
    runs(100),
  );
});

const KINDS: readonly ColumnType[] = [
  ...(["bool", "int32", "int", "int64", "float64", "string", "timestamp", "timestampNs", "binary"] as const).map(
    (kind) => ({ kind }),
  ),
  { kind: "decimal", precision: 30, scale: 2 },
];

/** Rows of all widths: the k-th column block spreads its values over more and more bytes. */
function wideRows(count: number, spread: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => {
    const n = (i * 7919) % spread;
    return {
      bool: i % 3 === 0,
      int32: n - 100,
      int: n * 1000 - 5,
      int64: BigInt(n) * 1_000_000_007n,
      float64: n / 3,
      string: `value number ${n}`,
      timestamp: 1_690_000_000_000 + n,
      timestampNs: 1_690_000_000_000_000_000n + BigInt(n),
      binary: Buffer.from(String(n)),
      decimal: `${n}.25`,
      rest: { [`a${n % 7}`]: n, text: `t${n % 3}`, list: [n], ...(i % 50 === 0 ? { rare: 0.5 } : {}) },
    };
  });
}

const WIDE = { fields: [...KINDS.map((type) => field(type.kind, type)), field("rest", { kind: "open" })] };

test("every width of integers, with and without compression", () => {
  for (const spread of [1, 200, 60_000, 3_000_000_000_000]) {
    const rows = wideRows(5000, Math.min(spread, 2 ** 31 - 1));
    for (const row of rows) row["int"] = (row["int"] as number) * (spread > 2 ** 32 ? 1000 : 1);
    const batch = batchOf(WIDE, rows);
    const chunk = encodeChunk(batch);
    assert.deepEqual(plainRows(decodeChunk(chunk, WIDE)), plainRows(batch));
    const part = sliceBatch(batch, 1003, 4001);
    assert.deepEqual(plainRows(decodeChunk(encodeChunk(part), WIDE)), plainRows(part));
  }
});

test("the same rows give the same bytes, whatever batch they were cut from", () => {
  const batch = batchOf(WIDE, wideRows(3000, 50));
  const halves = [sliceBatch(batch, 0, 1500), sliceBatch(batch, 1500, 3000)];
  assert.deepEqual(encodeChunk(concatBatches(halves)), encodeChunk(batch));
});

test("columns that came later are default or null, those that went are left out, narrow ones are widened", () => {
  const old = {
    fields: [
      field("a", { kind: "int32" }),
      field("gone", { kind: "string" }),
      field("s", { kind: "struct", fields: [field("x", { kind: "int" })] }),
    ],
  };
  const chunk = encodeChunk(
    batchOf(old, [
      { a: 1, gone: "x", s: { x: 7 } },
      { a: -2, gone: "y", s: { x: 8 } },
    ]),
  );
  const fresh = {
    fields: [
      field("a", { kind: "int64" }),
      { ...field("b", { kind: "timestamp" }), default: "2026-01-01T00:00:00Z" },
      field("c", { kind: "list", item: field("item", { kind: "string" }) }, true),
      field("rest", { kind: "open" }),
      field("s", { kind: "struct", fields: [field("y", { kind: "string" }, true), field("x", { kind: "int" })] }),
    ],
  };
  const b = Date.UTC(2026, 0, 1);
  const rest: unknown[] = [];
  assert.deepEqual(plainRows(decodeChunk(chunk, fresh)), [
    { a: 1n, b, c: null, rest, s: { y: null, x: 7 } },
    { a: -2n, b, c: null, rest, s: { y: null, x: 8 } },
  ]);
  const other = { fields: [field("a", { kind: "string" })] };
  assert.throws(
    () => decodeChunk(chunk, other),
    (error: unknown) => error instanceof MillraceError && error.code === "CORRUPT" && error.at === 'column "a"',
  );
});

test("the header tells bounds, nulls and attributes without the columns", () => {
  const schema = {
    fields: [
      field("t", { kind: "timestamp" }),
      field("n", { kind: "int64" }, true),
      field("f", { kind: "float64" }),
      field("s", { kind: "string" }),
      field("long", { kind: "string" }),
      field("b", { kind: "bool" }, true),
      field("rest", { kind: "open" }),
    ],
  };
  const long = "é".repeat(100);
  const chunk = encodeChunk(
    batchOf(schema, [
      { t: 30, n: null, f: Number.NaN, s: "b", long, b: null, rest: { port: 80, user: "ada" } },
      { t: 10, n: 2n ** 60n, f: -0.5, s: "\u{1f600}", long, b: true, rest: { port: 443 } },
      { t: 20, n: -1n, f: 2, s: "\uffee", long, b: true, rest: { port: "none" } },
    ]),
  );
  const { headerBytes, chunkBytes } = chunkSizes(chunk.subarray(0, CHUNK_PREFIX_BYTES));
  assert.equal(chunkBytes, chunk.length);
  const header = readChunkHeader(chunk.subarray(0, headerBytes));
  assert.equal(header.rows, 3);
  const stats = Object.fromEntries(header.columns.map((column) => [column.name, column.stats]));
  const none = { nulls: 0, distinct: null, nan: false };
  assert.deepEqual(stats["t"], { ...none, min: 10, max: 30 });
  assert.deepEqual(stats["n"], { ...none, nulls: 1, min: -1n, max: 2n ** 60n });
  assert.deepEqual(stats["f"], { ...none, min: -0.5, max: 2, nan: true });
  // By code units the emoji (a surrogate pair) comes before U+FFEE, by bytes after it.
  assert.deepEqual(stats["s"], { ...none, distinct: 3, min: "b", max: "\uffee" });
  assert.deepEqual(stats["long"], { ...none, distinct: 1, min: "é".repeat(32), max: `${"é".repeat(31)}ê` });
  assert.deepEqual(stats["b"], { ...none, nulls: 1, min: true, max: true });
  assert.deepEqual(openNames(header), ["port", "user"]);
  assert.deepEqual(
    header.columns.at(-1)?.attributes.map(({ name, kind, rows, stats: s }) => [name, kind, rows, s.min, s.max]),
    [
      ["port", "int64", 2, 80, 443],
      ["port", "string", 1, "none", "none"],
      ["user", "string", 1, "ada", "ada"],
    ],
  );
  const user = decodeChunk(chunk, schema, ["rest"], ["user"]);
  assert.deepEqual(plainRows(user)[0], { rest: [{ name: "user", kind: "string", value: "ada" }] });
});

test("bounds hold for every value", () => {
  fc.assert(
    fc.property(sample, ({ batch }) => {
      const { columns } = readChunkHeader(encodeChunk(batch));
      plainRows(batch).forEach((row) => {
        for (const { name, stats } of columns) {
          const value = (row as Record<string, unknown>)[name] as number;
          if (stats === null || stats.min === null || stats.max === null || value === null || Number.isNaN(value))
            continue;
          assert.ok((stats.min as number) <= value && value <= (stats.max as number), name);
        }
      });
    }),
    runs(200),
  );
});
