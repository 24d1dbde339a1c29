import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteTable, viewOf } from "./byte-table.js";
import type { Unescape } from "./bytes-builder.js";
import { StringBuilder } from "./bytes-builder.js";
import { stringVector } from "./layout.js";
import { valueAt } from "./read.js";

const asIs: Unescape = (view, from, to, out, at) => {
  for (let p = from; p < to; p++) out.setUint8(at + p - from, view.getUint8(p));
  return at + to - from;
};
/** "!" is malformed; "~" stands for the character behind it. */
const tilde: Unescape = (view, from, to, out, at) => {
  let q = at;
  for (let p = from; p < to; p++) {
    const c = view.getUint8(p);
    if (c === 33) return -1;
    if (c !== 126) out.setUint8(q++, c);
  }
  return q;
};

function append(builder: StringBuilder, text: string, escaped = false): boolean {
  const bytes = Buffer.from(`  ${text}        `);
  return builder.append(viewOf(bytes), 2, 2 + Buffer.byteLength(text), escaped);
}

type Step =
  | { kind: "append" | "escaped"; text: string }
  | { kind: "null" | "pop" }
  | { kind: "repeat"; at: number }
  | { kind: "finish" };

const text = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "ab~c",
    "ab~~c",
    "!",
    "a long string that is the same for a while 1",
    "a long string that is the same for a while 2",
  ),
  fc.string({ unit: "binary" }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("append" as const, "escaped" as const), text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("null" as const, "pop" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("repeat" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("finish" as const) }) },
);

test("a string column says what was put in, whatever form it has", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(0, 1, 70, 4080, 4096, 4097, 4200),
      (steps, distinct) => {
        const builder = new StringBuilder(tilde);
        let model: (string | null)[] = [];
        // A value that made it plain may have been taken back.
        let takenBack = 0;
        // Enough different values make it plain.
        for (let k = 0; k < distinct; k++) {
          append(builder, `value ${k}`);
          model.push(`value ${k}`);
        }
        const check = () => {
          const vector = builder.finish();
          assert.deepEqual(
            Array.from({ length: vector.length }, (_, row) => valueAt(vector, { kind: "string" }, row)),
            model,
          );
          if (vector.kind === "dict") {
            const words = Array.from({ length: vector.dict.length }, (_, code) =>
              valueAt(vector.dict, { kind: "string" }, code),
            );
            assert.equal(new Set(words).size, words.length);
            const used = model.filter((value) => value !== null);
            if (used.length > 0) assert.deepEqual(words, [...new Set(used)]);
          } else assert.ok(model.length + takenBack > 4096);
          model = [];
          takenBack = 0;
        };
        let popped = true;
        for (const one of steps) {
          if (one.kind === "append") model.push(append(builder, one.text) ? one.text : "never");
          else if (one.kind === "escaped") {
            if (append(builder, one.text, true)) model.push(one.text.replaceAll("~", ""));
            else assert.ok(one.text.includes("!"));
          } else if (one.kind === "null") {
            builder.appendNull();
            model.push(null);
          } else if (one.kind === "finish") check();
          else if (model.length > 0 && one.kind === "repeat" && model[one.at % model.length] !== null) {
            builder.repeat(one.at % model.length);
            model.push(model[one.at % model.length] as string);
          } else if (model.length > 0 && one.kind === "pop" && !popped) {
            // Only the last value can be taken back, once.
            builder.pop();
            model.pop();
            takenBack++;
          }
          popped = one.kind === "pop" || one.kind === "finish";
        }
        check();
      },
    ),
  );
});

test("strings made to look alike end the dictionary, not the speed", () => {
  const table = new ByteTable();
  // Only bytes that the hash of long strings does not look at differ.
  const results = Array.from({ length: 2000 }, (_, k) => {
    const bytes = Buffer.alloc(4000, "x");
    bytes.write(String(k).padStart(4, "0"), 1005);
    return table.intern(viewOf(bytes), 0, bytes.length);
  });
  assert.ok(results.includes(-1) || new Set(results).size === 2000);
  const builder = new StringBuilder(asIs);
  for (let k = 0; k < 300; k++) {
    const bytes = Buffer.alloc(4000, "x");
    bytes.write(String(k).padStart(4, "0"), 1005);
    assert.ok(builder.append(viewOf(bytes), 0, bytes.length, false));
  }
  const vector = builder.finish();
  assert.equal(vector.length, 300);
  assert.equal(String(valueAt(vector, { kind: "string" }, 299)).slice(1005, 1009), "0299");
});

test("a column has the same form from bytes as from values: a dictionary until too many values differ", () => {
  const forms = [300, 4096, 4097, 9000].flatMap((distinct) =>
    [1, 3].map((times) => {
      const values = Array.from({ length: distinct * times }, (_, row) => `value ${row % distinct}`);
      const builder = new StringBuilder(asIs);
      for (const value of values) append(builder, value);
      const { kind } = builder.finish();
      assert.equal(stringVector(values, null).kind, kind, `${distinct} values, ${times} times`);
      return kind;
    }),
  );
  assert.deepEqual(forms, ["dict", "dict", "dict", "dict", "utf8", "utf8", "utf8", "utf8"]);
});
