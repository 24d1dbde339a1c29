/** Arrow IPC: there and back, and against apache-arrow in both directions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { MillraceError } from "../../base/errors.js";
import { Random } from "../../base/random.js";
import { field } from "../../schema/column-type.js";
import { plainRows, runs, sample, sampleOf } from "../arbitrary.test.js";
import type { Batch } from "../batch.js";
import { batchOf } from "../build.js";
import { encodeChunk } from "../chunk-codec.js";
import { fromArrowIpc } from "./from-arrow.js";
import { toArrowFile, toArrowIpc } from "./to-arrow.js";

test("schema and rows come back, as a stream of batches and as a file", () => {
  const parts = sample.chain(({ schema }) =>
    fc.array(sampleOf(schema), { maxLength: 3 }).map((samples) => ({ schema, samples })),
  );
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 9 }), ({ schema, samples }, shift) => {
      const batches = samples.map(({ batch }) => batch);
      const stream = toArrowIpc(batches, schema);
      const bytes = new Uint8Array(shift + stream.length).subarray(shift);
      bytes.set(stream);
      const back = fromArrowIpc(bytes);
      assert.deepEqual(back.schema, schema);
      assert.deepEqual(back.batches.map(plainRows), batches.map(plainRows));
      const file = fromArrowIpc(toArrowFile(batches, schema));
      assert.deepEqual(file.schema, schema);
      assert.deepEqual(file.batches.flatMap(plainRows), batches.flatMap(plainRows));
    }),
    runs(200),
  );
});

const SCHEMA = {
  fields: [
    field("flag", { kind: "bool" }, true),
    field("small", { kind: "int32" }),
    { ...field("count", { kind: "int" }), from: ["n", "total"], default: 3 },
    field("id", { kind: "int64" }),
    field("price", { kind: "float64" }, true),
    field("amount", { kind: "decimal", precision: 12, scale: 2 }),
    field("name", { kind: "string" }, true),
    field("color", { kind: "oneOf", values: ["red", "blue"] }),
    field("at", { kind: "timestamp" }),
    field("atNs", { kind: "timestampNs" }),
    field("raw", { kind: "binary" }),
    field("tags", { kind: "list", item: field("item", { kind: "string" }, true) }, true),
    field(
      "place",
      { kind: "struct", fields: [field("x", { kind: "int" }), field("y", { kind: "string" }, true)] },
      true,
    ),
    field("rest", { kind: "open" }),
  ],
};

function rowsAt(from: number, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, k) => {
    const i = from + k;
    return {
      flag: i % 3 === 0 ? null : i % 2 === 0,
      small: i - 5,
      count: 2 ** 40 + i,
      id: 2n ** 62n + BigInt(i),
      price: i % 4 === 0 ? null : i / 3,
      amount: `${i}.25`,
      name: i % 5 === 0 ? null : `name ${i % 4}é`,
      color: i % 2 === 0 ? "red" : "blue",
      at: 1_690_000_000_000 + i,
      atNs: 1_690_000_000_000_000_123n + BigInt(i),
      raw: Uint8Array.of(i & 255, 0),
      tags: i % 4 === 0 ? null : [`t${i % 3}`, null],
      place: i % 6 === 0 ? null : { x: i, y: i % 2 === 0 ? null : "y" },
      rest: { port: i % 2 === 0 ? i : `p${i}`, user: "ada" },
    };
  });
}

for (const [form, write] of [
  ["stream", toArrowIpc],
  ["file", toArrowFile],
] as const)
  test(`apache-arrow reads our ${form}`, () => {
    const batches = [batchOf(SCHEMA, rowsAt(0, 13)), batchOf(SCHEMA, rowsAt(13, 9))];
    const table = arrow.tableFromIPC(write(batches, SCHEMA));
    assert.equal(table.numRows, 22);
    assert.deepEqual(
      table.schema.fields.map((f) => String(f.type)),
      [
        "Bool",
        "Int32",
        "Int64",
        "Int64",
        "Float64",
        "Decimal[12e+2]",
        "Dictionary<Int32, Utf8>",
        "Dictionary<Int32, Utf8>",
        "Timestamp<MILLISECOND, UTC>",
        "Timestamp<NANOSECOND, UTC>",
        "Binary",
        "List<Dictionary<Int32, Utf8>>",
        "Struct<{x:Int64, y:Dictionary<Int32, Utf8>}>",
        "Struct<{port:Int64, port:string:Dictionary<Int32, Utf8>, user:Dictionary<Int32, Utf8>}>",
      ],
    );
    for (const [i, expected] of rowsAt(0, 22).entries()) {
      const got = table.get(i)?.toJSON() as Record<string, unknown>;
      for (const name of ["flag", "small", "id", "price", "name", "color", "at"])
        assert.equal(got[name], expected[name], `${name} of row ${i}`);
      assert.equal(got["count"], BigInt(expected["count"] as number));
      // apache-arrow gives nanoseconds as a double of milliseconds; the bits are in the column.
      assert.equal(
        (table.getChild("atNs")?.data.flatMap((d) => [...(d.values as BigInt64Array)]) ?? [])[i],
        expected["atNs"],
      );
      assert.deepEqual(got["raw"], expected["raw"]);
      assert.equal((got["amount"] as Uint32Array)[0], i * 100 + 25);
      assert.deepEqual(got["tags"] === null ? null : [...(got["tags"] as arrow.Vector)], expected["tags"]);
      const place = expected["place"] as { x: number; y: string | null } | null;
      const json = got["place"] === null ? null : (got["place"] as arrow.StructRow).toJSON();
      assert.deepEqual(json, place === null ? null : { x: BigInt(place.x), y: place.y });
      const rest = (got["rest"] as arrow.StructRow).toJSON() as Record<string, unknown>;
      assert.deepEqual(rest, {
        port: i % 2 === 0 ? BigInt(i) : null,
        "port:string": i % 2 === 0 ? null : `p${i}`,
        user: "ada",
      });
    }
  });

function theirs(vectors: Record<string, arrow.Vector>): Batch {
  const { batches, schema } = fromArrowIpc(arrow.tableToIPC(new arrow.Table(vectors), "stream"));
  const file = fromArrowIpc(arrow.tableToIPC(new arrow.Table(vectors), "file"));
  assert.deepEqual(file.schema, schema);
  assert.deepEqual(file.batches.flatMap(plainRows), batches.flatMap(plainRows));
  assert.equal(batches.length, 1);
  return batches[0] as Batch;
}

test("we read what apache-arrow writes, widening what is narrower", () => {
  const v = <T extends arrow.DataType>(values: readonly unknown[], type: T): arrow.Vector =>
    arrow.vectorFromArray(values as never[], type) as unknown as arrow.Vector;
  const batch = theirs({
    i8: v([1, -2, null], new arrow.Int8()),
    i16: v([1, -300, null], new arrow.Int16()),
    u8: v([1, 255, null], new arrow.Uint8()),
    u16: v([1, 65_535, null], new arrow.Uint16()),
    u32: v([1, 4_294_967_295, null], new arrow.Uint32()),
    i64: v([1n, -(2n ** 63n), null], new arrow.Int64()),
    u64: v([1n, 2n ** 63n - 1n, null], new arrow.Uint64()),
    f32: v([0.5, -1.25, null], new arrow.Float32()),
    text: v(["a", "Zoë", null], new arrow.Utf8()),
    large: v(["a", "Zoë", null], new arrow.LargeUtf8()),
    d8: v(["x", "y", null], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    d16: v(["x", "x", "y"], new arrow.Dictionary(new arrow.Utf8(), new arrow.Uint16())),
    dn: v([10, 10, null], new arrow.Dictionary(new arrow.Int32(), new arrow.Int32())),
    day: v([new Date(0), new Date(86_400_000 * 365), null], new arrow.DateDay()),
    ms: v([new Date(0), new Date(1_690_000_000_123), null], new arrow.DateMillisecond()),
    sec: v([0, 1_690_000_000_000, null], new arrow.TimestampSecond()),
    micro: v([0, 1_690_000_000_000, null], new arrow.TimestampMicrosecond()),
    fixed: v([Uint8Array.of(1, 2), Uint8Array.of(3, 4), null], new arrow.FixedSizeBinary(2)),
    list: v([[1, 2], [], null], new arrow.List(new arrow.Field("item", new arrow.Int16(), true))),
    pair: v([[1, 2], [3, 4], null], new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Int32(), true))),
    none: v([null, null, null], new arrow.Null()),
  });
  const kinds = Object.fromEntries(batch.schema.fields.map((f) => [f.name, f.type.kind]));
  assert.equal(kinds["u32"], "int");
  assert.equal(kinds["micro"], "timestampNs");
  const column = (name: string): unknown[] => plainRows(batch).map((row) => (row as Record<string, unknown>)[name]);
  assert.deepEqual(column("i8"), [1, -2, null]);
  assert.deepEqual(column("i16"), [1, -300, null]);
  assert.deepEqual(column("u8"), [1, 255, null]);
  assert.deepEqual(column("u16"), [1, 65_535, null]);
  assert.deepEqual(column("u32"), [1, 4_294_967_295, null]);
  assert.deepEqual(column("i64"), [1n, -(2n ** 63n), null]);
  assert.deepEqual(column("u64"), [1n, 2n ** 63n - 1n, null]);
  assert.deepEqual(column("f32"), [0.5, -1.25, null]);
  for (const name of ["text", "large"]) assert.deepEqual(column(name), ["a", "Zoë", null]);
  assert.deepEqual(column("d8"), ["x", "y", null]);
  assert.deepEqual(column("d16"), ["x", "x", "y"]);
  assert.deepEqual(column("dn"), [10, 10, null]);
  assert.deepEqual(column("day"), [0, 86_400_000 * 365, null]);
  assert.deepEqual(column("ms"), [0, 1_690_000_000_123, null]);
  assert.deepEqual(column("sec"), [0, 1_690_000_000_000, null]);
  assert.deepEqual(column("micro"), [0n, 1_690_000_000_000_000_000n, null]);
  assert.deepEqual(column("fixed"), ["0102", "0304", null]);
  assert.deepEqual(column("list"), [[1, 2], [], null]);
  assert.deepEqual(column("pair"), [[1, 2], [3, 4], null]);
  assert.deepEqual(column("none"), [null, null, null]);
});

test("what would lose values, or has no counterpart, is refused with its reason", () => {
  const refused = (vector: arrow.Vector, reason: RegExp): void => {
    const bytes = arrow.tableToIPC(new arrow.Table({ column: vector }), "stream");
    assert.throws(
      () => fromArrowIpc(bytes),
      (error: unknown) => error instanceof MillraceError && error.code === "DECODE" && reason.test(error.message),
    );
  };
  refused(arrow.vectorFromArray([2n ** 63n], new arrow.Uint64()) as unknown as arrow.Vector, /2\^63/);
  refused(arrow.vectorFromArray([1], new arrow.Float16()) as unknown as arrow.Vector, /half-precision/);
  refused(
    arrow.vectorFromArray([1], new arrow.TimeMillisecond()) as unknown as arrow.Vector,
    /"column" is of Arrow's Time/,
  );
  assert.throws(() => fromArrowIpc(Buffer.from("a,b\n1,2\n")), { code: "DECODE" });
});

test("a delta dictionary is refused, not taken for a whole one", () => {
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 1);
  const builder = new arrow.DictionaryBuilder({ type, nullValues: [null] });
  const parts = [
    ["a", "b"],
    ["c", "a"],
  ].map((values) => {
    for (const value of values) builder.append(value);
    return builder.flush();
  });
  const table = new arrow.Table({ s: new arrow.Vector(parts) });
  const bytes = arrow.RecordBatchStreamWriter.writeAll(table.batches).toUint8Array(true);
  assert.throws(() => fromArrowIpc(bytes), { code: "DECODE", message: /a delta of dictionary 1/ });
});

test("changed bytes give batches or DECODE, never another error", () => {
  const seeds = [0, 1, 40].flatMap((count) => {
    const batches = [batchOf(SCHEMA, rowsAt(0, count)), batchOf(SCHEMA, rowsAt(3, count))];
    return [toArrowIpc(batches, SCHEMA), toArrowFile(batches, SCHEMA)];
  });
  const random = new Random(Number(process.env["MILLRACE_SEED"] ?? 20_260_101));
  let read = 0;
  const rounds = 6000 * Number(process.env["MILLRACE_RUNS"] ?? 1);
  for (let round = 0; round < rounds; round++) {
    const bytes = random.pick(seeds).slice(0);
    for (let k = random.int(1, 3); k > 0; k--) {
      const at = random.int(0, bytes.length - 1);
      bytes[at] = random.pick([random.int(0, 255), 0, 255, 127, 128]);
    }
    try {
      for (const batch of fromArrowIpc(random.int(0, 9) === 0 ? bytes.subarray(0, random.int(0, bytes.length)) : bytes)
        .batches) {
        if (batch.length > 1000) continue;
        plainRows(batch);
        encodeChunk(batch);
      }
      read++;
    } catch (error) {
      if (!(error instanceof SyntaxError))
        assert.ok(error instanceof MillraceError && error.code === "DECODE", String((error as Error).stack));
    }
  }
  assert.ok(read > 0 && read < rounds);
});
