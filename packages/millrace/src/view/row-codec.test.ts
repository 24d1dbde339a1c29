import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Decimal } from "../base/decimal.js";
import { batchOf } from "../batch/build.js";
import type { OpenRow } from "../batch/open.js";
import { rowAt } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Open } from "../schema/types.js";
import { RowCodec } from "./row-codec.js";

const columns = {
  flag: t.bool(),
  small: t.int32(),
  count: t.int(),
  big: t.int64(),
  x: t.float64(),
  price: t.decimal(18, 2),
  name: t.string(),
  side: t.oneOf("buy", "sell"),
  at: t.timestamp(),
  ns: t.timestampNs(),
  raw: t.binary(),
  tags: t.list(t.float64().optional()),
  place: t.struct({ lat: t.float64(), city: t.string().optional() }),
  rest: t.open(),
};
const schema = schemaOf(columns);
const codec = new RowCodec(schema);
const hex = (row: Readonly<Record<string, unknown>>) => Buffer.from(codec.encode(row)).toString("hex");
const row = {
  flag: true,
  small: -5,
  count: 2 ** 52,
  big: 2n ** 62n,
  x: -0,
  price: Decimal.parse("12.30"),
  name: "ünïcode \u{1f600} ".repeat(20),
  side: "sell",
  at: 1_790_000_000_000,
  ns: 5n,
  raw: Uint8Array.of(0, 255, 1),
  tags: [1, null, Number.NaN, -0, 0.1],
  place: { lat: 1e-7, city: null },
};

describe("row codec", () => {
  it("gives values back as programs see them", () => {
    const { rest, ...decoded } = codec.decode(codec.encode({ ...row, rest: { b: 1, a: "x" } }));
    assert.deepEqual(decoded, row);
    assert.ok(Object.is(decoded.x, -0));
    assert.equal((rest as Open).number("b"), 1);
    assert.deepEqual((rest as Open).names(), ["a", "b"]);
  });

  it("gives the same bytes for the same row: in any order, of a batch or a program, decoded and encoded again", () => {
    const rest = { 10: true, b: { c: "deep" }, 9: 1.5, list: [1, "two"] };
    const first = hex({ ...row, rest });
    assert.equal(hex({ rest: { list: [1, "two"], 9: 1.5, b: { c: "deep" }, 10: true }, ...row }), first);
    assert.equal(hex(codec.decode(Buffer.from(first, "hex"))), first);
    assert.equal(hex(rowAt(batchOf(schema, [{ ...row, rest }]), 0)), first);
    assert.equal(hex({ ...row, raw: Buffer.from(row.raw), rest, price: Decimal.parse("12.3") }), first);
    const nan = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)[0];
    assert.equal(hex({ x: nan }), hex({ x: Number.NaN }));
  });

  it("keeps the kind and every digit of open attributes", () => {
    const rest = {
      big: 2n ** 62n,
      digits: "4611686018427387904",
      none: -0,
      inf: Infinity,
      nan: NaN,
      l: [2n ** 70n, 1.5],
    };
    const pushed = rowAt(batchOf(schema, [{ ...row, rest }]), 0);
    const stored = codec.decode(codec.encode(pushed)).rest as OpenRow;
    assert.deepEqual(stored.entries(), (pushed.rest as OpenRow).entries());
    assert.deepEqual(stored.entries(), [
      { name: "big", kind: "int64", value: 2n ** 62n },
      { name: "digits", kind: "string", value: "4611686018427387904" },
      { name: "inf", kind: "float64", value: Infinity },
      { name: "l", kind: "json", value: "[1180591620717411303424,1.5]" },
      { name: "nan", kind: "float64", value: NaN },
      { name: "none", kind: "float64", value: -0 },
    ]);
    assert.equal(stored.int64("big"), 2n ** 62n);
    assert.equal(hex(codec.decode(codec.encode(pushed))), hex(pushed));
    const json = { big: String(2n ** 62n), digits: String(2n ** 62n), inf: "Infinity", nan: "NaN", none: -0 };
    assert.deepEqual(stored.toJSON(), { ...json, l: [String(2n ** 70n), 1.5] });
  });

  it("keeps nulls, and reads rows written before a column was added", () => {
    const before = new RowCodec({ fields: schema.fields.slice(0, 2) });
    const decoded = codec.decode(before.encode({ flag: false, small: 1 }));
    assert.deepEqual([decoded.flag, decoded.small, decoded.count, decoded.rest], [false, 1, null, null]);
  });

  it("refuses a value of another kind, and rubbish", () => {
    assert.throws(() => codec.encode({ big: 1 }), { code: "DECODE", message: /"big" expects int64, got number 1/ });
    assert.throws(() => codec.encode({ price: Decimal.parse("0.001") }), { code: "DECODE" });
    for (const bytes of [Uint8Array.of(), Uint8Array.of(0xdc, 0xff), Uint8Array.of(1)])
      assert.throws(() => codec.decode(bytes), { code: "CORRUPT" });
  });

  it("is compact", () => {
    assert.ok(codec.encode({ small: 7, count: 100, name: "ada" }).length < 24);
  });
});
