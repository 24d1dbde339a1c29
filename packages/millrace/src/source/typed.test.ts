/** Arrow, Avro and Parquet to rows of an event type: exact, checked once for the columns, dead letters for the rows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import avsc from "avsc";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { MillraceError } from "../base/errors.js";
import { toArrowIpc } from "../batch/arrow/to-arrow.js";
import { batchOf } from "../batch/build.js";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Cols, Open } from "../schema/types.js";
import { arrowDecoder, avroDecoder } from "./body-decoders.js";
import type { Decoder } from "./decoder.js";
import { readFiles } from "./files.js";
import { files } from "./spec.js";

function decoded(decoder: Decoder, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1000) decoder.push(bytes.subarray(at, at + 1000));
  decoder.end();
  const parts = decoder.take();
  return { rows: parts.flatMap(({ batch }) => rowsOf(batch)), dead: parts.flatMap((part) => part.dead), parts };
}

const columns = {
  id: t.int64(),
  at: t.timestamp(),
  price: t.decimal(9, 2),
  name: t.string().optional(),
  tags: t.list(t.string()),
};
const schema = schemaOf(columns);
const row = (k: number) => ({
  id: BigInt(k) + 2n ** 60n,
  at: 1_767_225_600_000 + k,
  price: `${k}.25`,
  name: k % 3 === 0 ? null : `n${k}`,
  tags: ["a", `b${k}`],
});
const ROWS = Array.from({ length: 100 }, (_, k) => row(k));
const given = batchOf(schema, ROWS);
const expected = JSON.stringify(rowsOf(given), text);

function text(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

describe("Arrow", () => {
  test("the same columns are taken as they are, in pieces of the size asked for", () => {
    const { rows, parts } = decoded(arrowDecoder({ schema, rowsMax: 32 }), toArrowIpc([given], schema));
    assert.equal(JSON.stringify(rows, text), expected);
    assert.deepEqual(
      parts.map(({ batch, position }) => [batch.length, position]),
      [
        [32, 32],
        [32, 64],
        [32, 96],
        [4, 100],
      ],
    );
  });

  test("aliases, other number types, other columns: row by row", () => {
    const cols: Cols = { number: t.int().from("id"), at: t.timestampNs(), rest: t.open() };
    const small = batchOf(schemaOf(columns), [{ ...row(1), id: 7n }, row(2)]);
    const { rows, dead } = decoded(arrowDecoder({ schema: schemaOf(cols) }), toArrowIpc([small], schemaOf(columns)));
    assert.deepEqual([rows[0]?.number, rows[0]?.at], [7, 1_767_225_600_001_000_000n]);
    const rest = rows[0]?.rest as Open;
    assert.deepEqual([rest.text("price"), rest.text("name"), rest.text("tags")], ["1.25", "n1", '["a","b1"]']);
    assert.equal(dead.length, 1);
    assert.match(dead[0]?.reason ?? "", /number.*1152921504606846978/);
    assert.equal(dead[0]?.line, 2);
  });

  test("columns that are missing or can't be meant are refused once", () => {
    const bytes = toArrowIpc([given], schema);
    const refused = (cols: Cols, message: RegExp): void => {
      assert.throws(() => decoded(arrowDecoder({ schema: schemaOf(cols) }), bytes), { code: "DECODE", message });
    };
    refused({ id: t.int64(), nmae: t.string() }, /Arrow: column "nmae" is missing/);
    refused({ id: t.struct({ x: t.int32() }) }, /column "id" expects struct<x: int32>, "id" is int64/);
    refused({ at: t.bool() }, /column "at" expects bool, "at" is timestamp/);
    assert.throws(() => decoded(arrowDecoder({ schema }), bytes.subarray(0, bytes.length / 2)), { code: "DECODE" });
  });

  test("nulls where the event type has none are dead rows", () => {
    const { rows, dead } = decoded(
      arrowDecoder({ schema: schemaOf({ name: t.string() }) }),
      toArrowIpc([given], schema),
    );
    assert.deepEqual([rows.length, dead.length], [66, 34]);
    assert.match(dead[0]?.reason ?? "", /"name" is missing/);
  });
});

const PAYMENT = {
  type: "record",
  name: "Payment",
  fields: [
    { name: "id", type: "long" },
    { name: "at", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "side", type: { type: "enum", name: "Side", symbols: ["BUY", "SELL"] } },
    { name: "note", type: ["null", "string"], default: null },
    {
      name: "parts",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Part",
          fields: [
            { name: "n", type: "int" },
            { name: "x", type: "double" },
          ],
        },
      },
    },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "ok", type: "boolean" },
  ],
};

/** Makes avsc write logical types into the schema that it does not know. */
class AsItIs extends avsc.types.LogicalType {
  protected override _fromValue(value: unknown): unknown {
    return value;
  }
  protected override _toValue(value: unknown): unknown {
    return value;
  }
}
class AsDecimal extends AsItIs {
  protected override _export(attributes: avsc.Schema): void {
    Object.assign(attributes as object, { precision: 9, scale: 2 });
  }
}
const logicalTypes = { decimal: AsDecimal, "timestamp-micros": AsItIs };

/** A container as another library writes it. */
async function container(rows: readonly object[], codec: "null" | "deflate"): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(
    avsc.Type.forSchema(PAYMENT as avsc.Schema, { logicalTypes } as never),
    { codec, blockSize: 200 },
  );
  const parts: Buffer[] = [];
  encoder.on("data", (part: Buffer) => parts.push(part));
  const ended = new Promise((resolve) => encoder.on("end", resolve));
  for (const one of rows) encoder.write(one);
  encoder.end();
  await ended;
  return Buffer.concat(parts);
}

describe("Avro", () => {
  const payment = schemaOf({
    id: t.int64(),
    at: t.timestampNs(),
    side: t.string(),
    note: t.string().optional(),
    parts: t.list(t.struct({ n: t.int32(), x: t.float64() })),
    price: t.decimal(9, 2),
    ok: t.bool(),
  });
  const written = (k: number) => ({
    id: k * 1_000_003 - 5,
    at: 1_767_225_600_000_000 + k,
    side: k % 2 === 0 ? "BUY" : "SELL",
    note: k % 3 === 0 ? null : `é${k}`,
    parts: [{ n: -k, x: k / 8 }],
    price: Buffer.from([0xff, k]),
    ok: k % 2 === 1,
  });

  for (const codec of ["null", "deflate"] as const)
    test(`containers of another library are read exactly (${codec})`, async () => {
      const rows = Array.from({ length: 50 }, (_, k) => written(k));
      const found = decoded(avroDecoder({ schema: payment, rowsMax: 16 }), await container(rows, codec));
      assert.deepEqual(found.dead, []);
      assert.equal(
        JSON.stringify(found.rows, text),
        JSON.stringify(
          rows.map((one, k) => ({
            ...one,
            id: `${one.id}`,
            at: `${1_767_225_600_000_000 + k}000`,

            parts: [{ n: 0 - k, x: k / 8 }],
            price: String((k - 256) / 100)
              .replace(/^(-?\d+)$/, "$1.00")
              .replace(/(\.\d)$/, "$10"),
          })),
        ),
      );
    });

  test("a whole number can be meant as a time, or as another number", async () => {
    const { rows } = decoded(
      avroDecoder({ schema: schemaOf({ id: t.timestamp() }) }),
      await container([written(7)], "null"),
    );
    assert.deepEqual(rows, [{ id: 7 * 1_000_003 - 5 }]);
    const floats = decoded(
      avroDecoder({ schema: schemaOf({ id: t.float64() }) }),
      await container([written(7)], "null"),
    );
    assert.deepEqual(floats.rows, [{ id: 7 * 1_000_003 - 5 }]);
  });

  test("damaged and hostile containers end in a clear error", async () => {
    const bytes = await container(
      Array.from({ length: 30 }, (_, k) => written(k)),
      "deflate",
    );
    const plain = await container([written(1)], "null");
    const clear = (given: Buffer): void => {
      try {
        decoded(avroDecoder({ schema: payment }), given);
      } catch (error) {
        assert.ok(error instanceof MillraceError && error.code === "DECODE", String((error as Error).stack));
      }
    };
    assert.throws(() => decoded(avroDecoder({ schema: payment }), bytes.subarray(0, -20)), { code: "DECODE" });
    assert.throws(() => decoded(avroDecoder({ schema: payment }), Buffer.from("{}")), { message: /container/ });
    fc.assert(
      fc.property(
        fc.constantFrom(bytes, plain),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (from, edits, cut) => {
          const copy = Buffer.from(from);
          for (const [at, byte] of edits) copy[at % copy.length] = byte;
          clear(copy);
          clear(copy.subarray(0, cut % copy.length));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("Parquet", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-parquet-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "orders.parquet");
  const count = 100;
  const bytes = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "id", data: Array.from({ length: count }, (_, k) => BigInt(k) + 2n ** 60n), type: "INT64" },
        {
          name: "at",
          data: Array.from({ length: count }, (_, k) => new Date(1_767_225_600_000 + k)),
          type: "TIMESTAMP",
        },
        {
          name: "name",
          data: Array.from({ length: count }, (_, k) => (k % 3 === 0 ? null : `n${k}`)),
          type: "STRING",
          nullable: true,
        },
        { name: "x", data: Array.from({ length: count }, (_, k) => k / 8), type: "DOUBLE" },
        { name: "ok", data: Array.from({ length: count }, (_, k) => k % 2 === 0), type: "BOOLEAN" },
      ],
      rowGroupSize: 30,
    }),
  );
  writeFileSync(path, bytes);
  const event = schemaOf({ id: t.int64(), at: t.timestamp(), label: t.string().optional().from("name"), ok: t.bool() });
  const read = async (
    cols = event,
    from = { position: 0, line: 0 } as { position: number; line: number; until?: number },
    file = path,
  ) => {
    const rows: Record<string, unknown>[] = [];
    const ends: number[] = [];
    let error: Error | null = null;
    const dead: unknown[] = [];
    for await (const item of readFiles(files(file), { schema: cols, rowsMax: 16, resume: () => from }))
      if (item.kind === "end") error = item.outcome.error;
      else {
        rows.push(...rowsOf(item.decoded.batch));
        dead.push(...item.decoded.dead);
        ends.push(item.decoded.position);
      }
    return { rows, ends, error, dead };
  };

  test("the event type's columns are read exactly, and reading goes on at a row", async () => {
    const { rows, ends, error, dead } = await read();
    assert.deepEqual([error, dead], [null, []]);
    assert.deepEqual(ends, [16, 32, 48, 64, 80, 96, 100]);
    assert.deepEqual(rows[1], { id: 2n ** 60n + 1n, at: 1_767_225_600_001, label: "n1", ok: false });
    assert.deepEqual(
      rows.map(({ label }) => label),
      Array.from({ length: count }, (_, k) => (k % 3 === 0 ? null : `n${k}`)),
    );
    const later = await read(event, { position: 45, line: 45, until: 48 });
    assert.deepEqual([later.ends[0], later.rows.length, later.rows[0]], [48, 55, rows[45]]);
  });

  test("other columns are open attributes, and rows that do not fit are dead", async () => {
    const { rows } = await read(schemaOf({ rest: t.open() }));
    const rest = rows[4]?.rest as Open;
    assert.deepEqual(
      [rest.text("id"), rest.number("x"), rest.text("at")],
      [`${2n ** 60n + 4n}`, 0.5, "2026-01-01T00:00:00.004000000Z"],
    );
    const { dead } = await read(schemaOf({ name: t.string() }));
    assert.equal(dead.length, 34);
  });

  test("missing columns, damage and cut files are told", async () => {
    assert.match((await read(schemaOf({ price: t.float64() }))).error?.message ?? "", /column "price" is missing/);
    const bad = join(folder, "bad.parquet");
    for (const size of [0, 3, 100, bytes.length - 9]) {
      writeFileSync(bad, bytes.subarray(0, size));
      const { error } = await read(event, { position: 0, line: 0 }, bad);
      assert.ok(error instanceof MillraceError && error.code === "CORRUPT", String(error));
    }
  });
});
