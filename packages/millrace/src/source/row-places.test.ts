/** Of every row of a batch the decoder knows its line, its position and its bytes, however the input is cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import { csvDecoder } from "./csv.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import { ndjsonDecoder } from "./ndjson.js";

const schema = schemaOf({ n: t.int(), text: t.string() });
const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_106);

interface Line {
  readonly text: string;
  readonly row: boolean;
}

const FORMATS: readonly (readonly [
  string,
  string,
  (options: DecoderOptions) => Decoder,
  (n: number, text: string) => string,
])[] = [
  ["NDJSON", "", ndjsonDecoder, (n, text) => JSON.stringify({ n, text: text.replaceAll("\n", " ") })],
  ["CSV", "n,text\n", csvDecoder, (n, text) => `${n},"${text}"`],
];

for (const [name, head, decoderOf, rowOf] of FORMATS)
  test(`${name}: place and bytes of every row`, (tester) => {
    const ends = fc.constantFrom("\n", "\r\n");
    const texts = fc.constantFrom("a", "two\nlines", "ü and more", "x".repeat(300));
    const line = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(fc.nat(99), texts).map(([n, text]): Line => ({ text: rowOf(n, text), row: true })),
      },
      fc.constantFrom<Line>(
        { text: "", row: false },
        { text: "no row", row: false },
        { text: "y".repeat(600), row: false },
      ),
    );
    let seen = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, ends), { maxLength: 30 }),
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        (lines, cut, rowsMax) => {
          const expected: object[] = [];
          let input = head;
          let at = head === "" ? 1 : 2;
          for (const [{ text, row }, end] of lines) {
            if (row) expected.push({ line: at, position: Buffer.byteLength(input), bytes: text });
            input += text + end;
            at += text.split("\n").length;
          }
          const decoder = decoderOf({ schema, rowsMax, lineBytesMax: 500, places: true });
          const bytes = Buffer.from(input);
          for (let from = 0; from < bytes.length; from += cut + 1) decoder.push(bytes.subarray(from, from + cut + 1));
          decoder.end();
          const found = decoder.take().flatMap(({ batch, places }) =>
            rowsOf(batch).map((_, row) => {
              const place = places?.at(row);
              return { ...place, bytes: Buffer.from(place?.bytes ?? []).toString() };
            }),
          );
          assert.deepEqual(found, expected);
          seen += found.length;
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
    tester.diagnostic(`exercised rows=${seen}`);
  });
