import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Decimal } from "../base/decimal.js";
import { Random } from "../base/random.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import { KeyCodec } from "./key-codec.js";

const decimal: ColumnType = { kind: "decimal", precision: 38, scale: 2 };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Values of each type in ascending order. */
const ASCENDING: readonly (readonly [ColumnType, readonly unknown[]])[] = [
  [{ kind: "bool" }, [null, false, true]],
  [{ kind: "int32" }, [null, -2_147_483_648, -1, 0, 1, 255, 256, 2_147_483_647]],
  [{ kind: "int" }, [null, Number.MIN_SAFE_INTEGER, -(2 ** 40), -1, 0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]],
  [{ kind: "timestamp" }, [null, -8_640_000_000_000_000, 0, 1_790_000_000_000, 8_640_000_000_000_000]],
  [{ kind: "int64" }, [null, -(2n ** 63n), -(2n ** 53n) - 1n, -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n]],
  [{ kind: "timestampNs" }, [null, -1n, 0n, 1_790_000_000_000_000_001n]],
  [
    { kind: "float64" },
    [null, Number.NEGATIVE_INFINITY, -1e300, -1.5, -1, -5e-324, 0, 5e-324, 1, 1.5, 1e300, Number.POSITIVE_INFINITY],
  ],
  [
    decimal,
    [
      null,
      "-999999999999999999999999999999999999.99",
      "-1.01",
      "-0.01",
      "0.00",
      "0.01",
      "1.00",
      "12345678901234567890.12",
    ].map((value) => value && Decimal.parse(value)),
  ],
  [
    { kind: "string" },
    [null, "", "\0", "\0\0", "\0a", "\x01", "a", "a\0", "a\0b", "a\x01", "ab", "b", "é", "\uffff", "\u{1f600}"],
  ],
  [{ kind: "oneOf", values: ["x", "y"] }, [null, "x", "y"]],
  [
    { kind: "binary" },
    [null, bytes(), bytes(0), bytes(0, 0), bytes(0, 255), bytes(1), bytes(255), bytes(255, 0), bytes(255, 255)],
  ],
];

describe("key codec", () => {
  for (const [type, values] of ASCENDING)
    it(`orders ${type.kind} by value, null first, and decodes what it encoded`, () => {
      const codec = new KeyCodec([field("k", type, true)]);
      const keys = values.map((value) => codec.encode([value]));
      for (let k = 1; k < keys.length; k++)
        assert.equal(
          Buffer.compare(keys[k - 1] as Uint8Array, keys[k] as Uint8Array),
          -1,
          `${String(values[k - 1])} < ${String(values[k])}`,
        );
      for (let k = 0; k < keys.length; k++) assert.deepEqual(codec.decode(keys[k] as Uint8Array), [values[k]]);
    });

  it("orders composite keys column by column, and a prefix's range holds exactly its keys (seeded)", () => {
    const random = new Random(3);
    for (let round = 0; round < 60; round++) {
      const columns = Array.from({ length: random.int(1, 4) }, () => random.pick(ASCENDING));
      const codec = new KeyCodec(columns.map(([type], k): Field => field(`k${k}`, type, true)));
      const tuples = Array.from({ length: 30 }, () => columns.map(([, values]) => random.int(0, values.length - 1)));
      const valuesOf = (tuple: readonly number[]) => tuple.map((index, k) => columns[k]?.[1][index]);
      const prefix = (tuples[0] as number[]).slice(0, random.int(0, columns.length));
      const range = codec.encodePrefix(valuesOf(prefix));
      for (const a of tuples) {
        const key = codec.encode(valuesOf(a));
        assert.deepEqual(codec.decode(key), valuesOf(a));
        const inside = Buffer.compare(key, range.from) >= 0 && Buffer.compare(key, range.to) < 0;
        assert.equal(
          inside,
          prefix.every((index, k) => index === a[k]),
        );
        for (const b of tuples) assert.equal(Buffer.compare(key, codec.encode(valuesOf(b))), compare(a, b));
      }
    }
  });

  it("takes -0 for 0 and refuses NaN, wrong kinds and types without order", () => {
    const floats = new KeyCodec([field("x", { kind: "float64" })]);
    assert.deepEqual(floats.encode([-0]), floats.encode([0]));
    assert.throws(() => floats.encode([Number.NaN]), {
      code: "DECODE",
      message: /"x" expects float64, got number NaN/,
    });
    assert.throws(() => floats.encode(["1"]), { code: "DECODE" });
    assert.throws(() => new KeyCodec([field("d", decimal)]).encode([Decimal.parse("0.001")]), { code: "DECODE" });
    assert.throws(() => new KeyCodec([field("o", { kind: "open" })]), {
      code: "PROGRAM",
      message: /"o" cannot be part of a key/,
    });
  });

  it("gives CORRUPT for random and cut bytes, or a value", () => {
    const random = new Random(4);
    const codec = new KeyCodec(ASCENDING.map(([type], k) => field(`k${k}`, type, true)));
    const good = codec.encode(ASCENDING.map(([, values]) => values.at(-1)));
    for (let round = 0; round < 500; round++) {
      const mutated = Uint8Array.from(good.subarray(0, random.int(0, good.length)));
      for (let k = random.int(0, 3); k > 0 && mutated.length > 0; k--)
        mutated[random.int(0, mutated.length - 1)] = random.int(0, 255);
      try {
        codec.decode(mutated);
      } catch (error) {
        assert.equal((error as { code: string }).code, "CORRUPT");
      }
    }
  });
});

function compare(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return (a[k] as number) < (b[k] as number) ? -1 : 1;
  return 0;
}
