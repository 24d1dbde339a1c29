import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal } from "../base/decimal.js";
import { batchOf } from "../batch/build.js";
import type { OpenRow } from "../batch/open.js";
import { rowsOf } from "../batch/read.js";
import { EVERY_TYPE, everyTypeRows, run, streamOf } from "./tables.test.module.js";
import type { SqlValue } from "./values.js";

const columns = EVERY_TYPE.fields.map(({ name }) => name).filter((name) => name !== "attrs");

/** The slow twin of the whole way through DuckDB: the value as programs see it, as JSON can carry it. */
function expected(name: string, value: unknown): SqlValue {
  if (value === null) return null;
  if (name === "time") return new Date(value as number).toISOString();
  if (name === "nanos") {
    const nanos = value as bigint;
    const millis = nanos / 1_000_000n - (nanos % 1_000_000n < 0n ? 1n : 0n);
    const rest = (nanos - millis * 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
    return new Date(Number(millis)).toISOString().replace("Z", `${rest}Z`);
  }
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => expected("", item));
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, expected("", v)]));
  return value as SqlValue;
}

test("every type comes through DuckDB as it is, nulls too, over several slices and batches", async () => {
  for (const seed of [1, 2]) {
    const parts = [everyTypeRows(seed, 2500), everyTypeRows(seed + 10, 1), everyTypeRows(seed + 20, 4100)];
    const { table } = streamOf("events", EVERY_TYPE, parts);
    const { rows } = await run([table], `select ${columns.join(", ")} from events`);
    const wanted = parts.flatMap((part) => rowsOf(batchOf(EVERY_TYPE, part)));
    assert.equal(rows.length, wanted.length);
    for (const [i, row] of rows.entries())
      assert.deepEqual(
        row,
        columns.map((name) => expected(name, wanted[i]?.[name])),
        `row ${i}, seed ${seed}`,
      );
  }
});

test("the open column as JSON is what the attributes are", async () => {
  const part = everyTypeRows(4, 3000);
  const { table } = streamOf("events", EVERY_TYPE, [part]);
  const { rows } = await run([table], "select attrs from events");
  const wanted = rowsOf(batchOf(EVERY_TYPE, part)).map(({ attrs }) => (attrs as unknown as OpenRow).toJSON());
  rows.forEach(([text], i) => {
    const object = JSON.parse(text as string) as Record<string, unknown>;
    // toJSON of a row gives bigint as text only beyond 2^53.
    assert.deepEqual(object, wanted[i]);
  });
});

test("types are described as documented", async () => {
  const { table } = streamOf("events", EVERY_TYPE, [everyTypeRows(1, 10)]);
  const { rows } = await run([table], "describe events");
  const types = Object.fromEntries(rows.map(([name, type]) => [name, type]));
  assert.deepEqual(
    { ...types },
    {
      time: "TIMESTAMP",
      flag: "BOOLEAN",
      small: "INTEGER",
      whole: "BIGINT",
      large: "BIGINT",
      real: "DOUBLE",
      tiny: "DECIMAL(4,2)",
      money: "DECIMAL(9,2)",
      wide: "DECIMAL(18,4)",
      huge: "DECIMAL(38,10)",
      word: "VARCHAR",
      text: "VARCHAR",
      state: "VARCHAR",
      nanos: "TIMESTAMP_NS",
      bytes: "BLOB",
      tags: "VARCHAR[]",
      flags: "BOOLEAN[]",
      place: 'STRUCT(x DOUBLE, "label" VARCHAR, parts INTEGER[])',
      attrs: "VARCHAR",
      Image: "VARCHAR",
      EventID: "BIGINT",
      mixed: "VARCHAR",
      "nested.ok": "BOOLEAN",
      ratio: "DOUBLE",
      list: "VARCHAR",
      _partition: "INTEGER",
      _offset: "BIGINT",
      _append_time: "TIMESTAMP",
    },
  );
});

test("integers beyond 2^53 are exact, as text", async () => {
  const { rows } = await run(
    [],
    "select 9007199254740991, 9007199254740993, sum(x), -170141183460469231731687303715884105728 from (values (9223372036854775807), (1)) v(x)",
  );
  assert.deepEqual(rows, [
    [9007199254740991, "9007199254740993", "9223372036854775808", "-170141183460469231731687303715884105728"],
  ]);
});

test("DuckDB's own types are shown as JSON can carry them", async () => {
  const { rows } = await run(
    [],
    "select timestamp '2026-01-01 00:00:00.123456', date '2026-02-03', time '01:02:03', interval 1 day, [1, null], {a: 'x'}, map {'k': 1}, 1.50::decimal(5,2), 'nan'::double, '\\x01'::blob, 'infinity'::timestamp, timestamptz '2026-01-01 01:00:00+01', uuid '00000000-0000-0000-0000-000000000001'",
  );
  assert.deepEqual(rows, [
    [
      "2026-01-01T00:00:00.123456Z",
      "2026-02-03",
      "01:02:03",
      "1 day",
      [1, null],
      { a: "x" },
      [{ key: "k", value: 1 }],
      "1.50",
      "NaN",
      "AQ==",
      "infinity",
      "2026-01-01T00:00:00.000Z",
      "00000000-0000-0000-0000-000000000001",
    ],
  ]);
});

test("bytes that are not UTF-8 do not reach DuckDB as text", async () => {
  const { table } = streamOf("events", EVERY_TYPE, [
    [
      { time: 0, text: "good" },
      { time: 1, text: "also a longer good one" },
    ],
  ]);
  const broken = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from("long enough for the heap"),
    Buffer.from([0xc3]),
  ]);
  const scan: typeof table.scan = function* (request) {
    for (const slice of table.scan(request)) {
      const columns = slice.batch.columns.map((vector, k) =>
        slice.batch.schema.fields[k]?.name === "text"
          ? ({
              kind: "utf8",
              length: 2,
              validity: null,
              offsets: Int32Array.of(0, 2, broken.length),
              bytes: broken,
            } as const)
          : vector,
      );
      yield { ...slice, batch: { ...slice.batch, columns } };
    }
  };
  const { rows } = await run([{ ...table, scan }], "select text, length(text) from events");
  assert.deepEqual(rows, [
    ["\ufffd\ufffd", 2],
    ["long enough for the heap\ufffd", 25],
  ]);
});
