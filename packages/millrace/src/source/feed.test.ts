/** Lines beyond the limit, in both formats. Runs: MILLRACE_RUNS (default 300). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import { csvDecoder } from "./csv.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import { ndjsonDecoder } from "./ndjson.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);
const schema = schemaOf({ a: t.string(), b: t.string().default("") });
const field = fc.constantFrom("1", '"a\nb"', '"open', `"${"long\n".repeat(5)}"`, "x".repeat(20), '"y"odd', '"z\n"odd');
const FORMATS: Readonly<Record<string, readonly [fc.Arbitrary<string>, (options: DecoderOptions) => Decoder]>> = {
  csv: [fc.tuple(field, field).map(([a, b]) => `${a},${b}`), (options) => csvDecoder({ ...options, header: false })],
  ndjson: [fc.integer({ min: 0, max: 16 }).map((n) => `{"a":"${"x".repeat(n)}"}`), ndjsonDecoder],
};

for (const [format, [lines, decoderOf]] of Object.entries(FORMATS))
  test(`${format}: a line is too long or not wherever the input is cut`, () => {
    const text = fc.array(fc.tuple(lines, fc.constantFrom("\n", "\r\n")), { maxLength: 8 });
    fc.assert(
      fc.property(text, fc.boolean(), fc.integer({ min: 1, max: 30 }), (all, ended, size) => {
        const bytes = Buffer.from(
          all
            .flat()
            .slice(0, ended ? undefined : -1)
            .join(""),
        );
        const shown = (step: number): unknown[] => {
          const decoder = decoderOf({ schema, lineBytesMax: 20 });
          for (let from = 0; from < bytes.length; from += step) decoder.push(bytes.subarray(from, from + step));
          decoder.end();
          const { lines, rows, dead, blank, continued } = decoder.counts;
          assert.equal(rows + dead + blank + continued, lines);
          return decoder
            .take()
            .flatMap(({ batch, dead, line }) => [
              line,
              rowsOf(batch),
              dead.map((row) => [row.line, row.position, row.length, row.reason, Buffer.from(row.bytes).toString()]),
            ]);
        };
        assert.deepEqual(shown(size), shown(1 << 20));
      }),
      { numRuns },
    );
  });
