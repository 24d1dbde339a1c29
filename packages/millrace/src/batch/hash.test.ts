import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decimal } from "../base/decimal.js";
import type { ColumnType } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import { runs, sample } from "./arbitrary.test.js";
import { makeBatch } from "./batch.js";
import { batchOf } from "./build.js";
import { plainOf } from "./dict.js";
import { hashBytes, hashRows, hashValues } from "./hash.js";
import { rowsOf } from "./read.js";
import { sliceBatch } from "./take.js";
import type { DictVector } from "./vector.js";

// Stored partitions and saved state rest on these numbers: a change here is a change of the format.
const FIXED: readonly [ColumnType, Value, number][] = [
  [{ kind: "string" }, null, 0x5bd1e995],
  [{ kind: "string" }, "", 0xebb6c228],
  [{ kind: "string" }, "ada", 0x1d5d138e],
  [{ kind: "string" }, "Zoë \u{1f600}", 0xf5fc39ea],
  [{ kind: "bool" }, true, 0x24e81313],
  [{ kind: "int32" }, -1, 0x7584c82b],
  [{ kind: "int" }, 1_690_000_000_123, 0x3105d417],
  [{ kind: "int64" }, -(2n ** 63n), 0xdc9734ed],
  [{ kind: "float64" }, 0.5, 0xd056b98c],
  [{ kind: "float64" }, Number.NaN, 0x0fc0354d],
  [{ kind: "decimal", precision: 9, scale: 2 }, new Decimal(1250n, 2), 0x0564fa1f],
  [{ kind: "binary" }, Uint8Array.of(1, 2, 3, 4, 5), 0x5a06626a],
  [{ kind: "list", item: field("item", { kind: "string" }) }, ["a", "b"], 0x9411a086],
  [
    { kind: "struct", fields: [field("x", { kind: "int" }), field("y", { kind: "string" }, true)] },
    { x: 1, y: null },
    0xf2d22580,
  ],
];

test("bytes hash as MurmurHash3_x86_32", () => {
  const vectors: readonly [string, number, number][] = [
    ["", 1, 0x514e28b7],
    ["hello", 0, 0x248bfa47],
    ["hello, world", 0, 0x149bbb7f],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ];
  for (const [text, seed, expected] of vectors) {
    const bytes = Buffer.from(text);
    assert.equal(hashBytes(bytes, 0, bytes.length, seed) >>> 0, expected, text);
  }
});

test("the hash of a value never changes", () => {
  for (const [type, value, expected] of FIXED)
    assert.equal(hashValues([type], [value]), expected, `${type.kind} ${String(value)}`);
  const both = hashValues([{ kind: "string" }, { kind: "int" }], ["ada", 7]);
  assert.equal(both, 0x37397c60);
});

test("numbers that are equal hash equally, whatever their kind", () => {
  for (const n of [0, -1, 7, 65_536, -(2 ** 31), 2 ** 31 - 1]) {
    const expected = hashValues([{ kind: "int32" }], [n]);
    for (const kind of ["int", "timestamp", "float64"] as const)
      assert.equal(hashValues([{ kind }], [n]), expected, `${kind} ${n}`);
    assert.equal(hashValues([{ kind: "int64" }], [BigInt(n)]), expected);
    assert.equal(
      hashValues([{ kind: "decimal", precision: 20, scale: 3 }], [new Decimal(BigInt(n) * 1000n, 3)]),
      expected,
    );
  }
  assert.equal(hashValues([{ kind: "float64" }], [-0]), hashValues([{ kind: "float64" }], [0]));
});

test("columns hash as their values one by one, in any layout", () => {
  fc.assert(
    fc.property(sample, ({ schema, batch }) => {
      const types = schema.fields.map((f) => f.type);
      const out = new Uint32Array(batch.length + 2).fill(9);
      hashRows(
        batch,
        schema.fields.map((_, k) => k),
        out,
      );
      for (const [i, row] of rowsOf(batch).entries()) {
        const values = schema.fields.map((f) => row[f.name] as Value);
        assert.equal(out[i], hashValues(types, values));
      }
      assert.equal(out[batch.length], 9);
    }),
    runs(200),
  );
});

test("a dictionary and plain strings of the same text hash equally", () => {
  const schema = { fields: [field("s", { kind: "string" }, true)] };
  const batch = batchOf(
    schema,
    ["x", "y", null, "x", "Zoë"].map((s) => ({ s })),
  );
  const plain = makeBatch(schema, [plainOf(batch.columns[0] as DictVector)], 5);
  const hashes = [batch, plain].map((b) => {
    const out = new Uint32Array(5);
    hashRows(b, [0], out);
    return [...out];
  });
  assert.deepEqual(hashes[0], hashes[1]);
  const tail = new Uint32Array(3);
  hashRows(sliceBatch(plain, 2, 5), [0], tail);
  assert.deepEqual([...tail], hashes[0]?.slice(2));
});
