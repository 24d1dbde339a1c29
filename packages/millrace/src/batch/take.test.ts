import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getBit } from "../base/bits.js";
import { field } from "../schema/column-type.js";
import { plainRows, runs, sample, sampleOf } from "./arbitrary.test.js";
import { appendBits, countBits, sliceBits, trimBits } from "./bit-range.js";
import { batchOf } from "./build.js";
import { decodeChunk, encodeChunk } from "./chunk-codec.js";
import { rowsOf } from "./read.js";
import { concatBatches, concatVectors, sliceBatch, takeBatch, takeVector } from "./take.js";
import type { DictVector } from "./vector.js";

test("take equals picking rows one by one", () => {
  fc.assert(
    fc.property(sample, fc.array(fc.nat(1000), { maxLength: 50 }), fc.boolean(), ({ batch }, picks, ascending) => {
      let rows = batch.length === 0 ? [] : picks.map((pick) => pick % batch.length);
      if (ascending) rows = [...new Set(rows)].sort((a, b) => a - b);
      const all = plainRows(batch);
      const taken = takeBatch(batch, Int32Array.from([...rows, 0, 0]), rows.length);
      assert.deepEqual(
        plainRows(taken),
        rows.map((row) => all[row]),
      );
    }),
    runs(300),
  );
});

test("slice equals a slice of the rows, also of a slice", () => {
  fc.assert(
    fc.property(sample, fc.nat(30), fc.nat(30), fc.nat(30), ({ batch }, a, b, c) => {
      const [from, to] = [a, b].map((x) => Math.min(x, batch.length)).sort((x, y) => x - y) as [number, number];
      const slice = sliceBatch(batch, from, to);
      const expected = plainRows(batch).slice(from, to);
      assert.deepEqual(plainRows(slice), expected);
      const next = Math.min(c, slice.length);
      assert.deepEqual(plainRows(sliceBatch(slice, next, slice.length)), expected.slice(next));
    }),
    runs(300),
  );
});

test("concat equals the rows one after the other, in every mix of layouts", () => {
  const parts = sample.chain(({ schema }) => fc.array(sampleOf(schema), { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(parts, (samples) => {
      const joined = concatBatches(samples.map(({ batch }) => batch));
      assert.deepEqual(
        plainRows(joined),
        samples.flatMap(({ batch }) => plainRows(batch)),
      );
    }),
    runs(300),
  );
});

test("a dictionary much larger than what is taken is left behind, one of the same size is shared", () => {
  const values = Array.from({ length: 5000 }, (_, i) => ({ s: `value ${i % 200}` }));
  const column = batchOf({ fields: [field("s", { kind: "string" })] }, values).columns[0] as DictVector;
  const few = takeVector(column, Int32Array.of(7, 7, 3), 3) as DictVector;
  assert.equal(few.dict.length, 2);
  const many = takeVector(
    column,
    Int32Array.from({ length: 1000 }, (_, i) => i),
    1000,
  ) as DictVector;
  assert.equal(many.dict, column.dict);
  assert.equal((concatVectors([many, many]) as DictVector).dict, column.dict);
});

test("bits are cut and joined at any place", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(80), fc.nat(80), fc.nat(20), (bits, a, b, at) => {
      const [from, to] = [a, b].map((x) => Math.min(x, 8 * bits.length)).sort((x, y) => x - y) as [number, number];
      const n = to - from;
      const cut = trimBits(sliceBits(bits, from, to), n);
      const expected = Array.from({ length: n }, (_, i) => getBit(bits, from + i));
      assert.deepEqual(
        Array.from({ length: n }, (_, i) => getBit(cut, i)),
        expected,
      );
      assert.equal(countBits(cut, n), expected.filter(Boolean).length);
      const target = new Uint8Array((at + n + 7) >> 3);
      appendBits(target, at, cut, n);
      assert.deepEqual(
        Array.from({ length: n }, (_, i) => getBit(target, at + i)),
        expected,
      );
      assert.equal(countBits(target, at), 0);
    }),
    runs(300),
  );
});

test("encoding a slice leaves the batch it was cut from as it was, also over a Buffer", () => {
  const schema = { fields: [field("b", { kind: "bool" }), field("n", { kind: "int" }, true)] };
  const rows = Array.from({ length: 100 }, (_, i) => ({ b: true, n: i === 7 ? null : i }));
  const stored = Buffer.from(encodeChunk(batchOf(schema, rows)));
  const whole = decodeChunk(stored, schema);
  encodeChunk(sliceBatch(whole, 0, 3));
  assert.deepEqual(rowsOf(whole), rows);
});
