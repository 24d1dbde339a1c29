/** The decoder against its twin, on random rows, spellings, cuts and garbage. Runs: MILLRACE_RUNS (default 300). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Batch } from "../batch/batch.js";
import { openValue } from "../batch/open.js";
import { rowsOf } from "../batch/read.js";
import type { OpenVector } from "../batch/vector.js";
import { schemaOf, t } from "../schema/builder.js";
import { ndjsonDecoder } from "./ndjson.js";
import { linesOf, ndjsonTwin } from "./ndjson-twin.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);

const schema = schemaOf({
  n: t.int().optional().from("N", "o.n"),
  s: t.string().optional().from("S"),
  big: t.int64().optional(),
  f: t.float64().default(2),
  at: t.timestamp().optional().from("@t"),
  one: t.oneOf("a", "bb").optional(),
  dec: t.decimal(12, 2).optional(),
  list: t.list(t.string()).optional(),
  st: t.struct({ x: t.int() }).optional(),
  rest: t.open(),
  line: t.int().from("$line"),
});

/** Values of an open column as [row, name, kind, value], lists by what they mean. */
function openOf(vector: OpenVector): unknown[] {
  return vector.attributes.flatMap((a) =>
    [...a.rows].map((row, j) => {
      const value = openValue(a, j);
      return [row, a.name, a.kind, a.kind === "json" ? JSON.stringify(JSON.parse(value as string)) : value];
    }),
  );
}

function comparable(batches: readonly Batch[]): unknown[] {
  return batches.flatMap((batch) => {
    const open = openOf(batch.columns[9] as OpenVector);
    return rowsOf(batch).map((row, k) => ({
      ...row,
      dec: String(row.dec),
      rest: open.filter((entry) => (entry as unknown[])[0] === k).map((entry) => (entry as unknown[]).slice(1)),
    }));
  });
}

const names = fc.constantFrom(
  "n",
  "N",
  "o",
  "s",
  "S",
  "big",
  "f",
  "at",
  "@t",
  "one",
  "dec",
  "list",
  "st",
  "x",
  "y.z",
  "é",
  'a"b',
  "1",
  "\ud800",
);
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((x) => (Object.is(x, -0) ? "-0.0" : String(x).replace("e+", "E+"))),
  fc.constantFrom("0", "-0", "1.50", "12e-1", "1E2", "123456789012345.25", "0.1", "99999999999999999999", "1e400"),
  fc.constantFrom(
    "-0.0",
    "-0e5",
    "-0E-5",
    "0e999",
    "1e-400",
    "-1e309",
    "1.7976931348623159e308",
    "9007199254740993",
    "1e15",
  ),
  fc.constantFrom(
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    "1e3.5",
  ),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    "a",
    "bb",
    "2020-01-01T00:00:00Z",
    "2020-01-31T10:00:00.123456+01:00",
    "2020-01-01 00:00:00",
    "4624",
    "-7",
    "1.5",
    '\u0000\n\t"\\',
    "\ud800",
    "x\udc00\ud800y",
    "1e999",
  ),
);
/** Times at and beyond the edges of what there is. */
const times = fc
  .tuple(
    fc.constantFrom("0000", "0001", "1900", "1970", "2000", "2024", "2026", "9999"),
    fc.constantFrom("00", "01", "02", "04", "12", "13"),
    fc.constantFrom("00", "01", "28", "29", "30", "31", "32"),
    fc.constantFrom(
      "",
      "T00:00",
      "T23:59:59",
      "T23:59:60",
      "T24:00:00",
      "T24:00:01",
      " 12:30:00.9999",
      "T12:60:00",
      "T00:00:00,5",
    ),
    fc.constantFrom("", "Z", "+00:00", "-23:59", "+24:00", "+0530", "+05:60", " Z"),
  )
  .map((parts) => {
    const [year, month, day, clock, zone] = parts;
    return `${year}-${month}-${day}${clock}${zone}`;
  });
const strings = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: text }, { weight: 1, arbitrary: times }), fc.boolean())
  .map(([value, hex]) =>
    hex
      ? `"${[...value].map((c) => [...Array(c.length).keys()].map((k) => `\\u${c.charCodeAt(k).toString(16).padStart(4, "0")}`).join("")).join("")}"`
      : JSON.stringify(value),
  );
const blank = fc.constantFrom("", "", "", " ", "\t ");
const { value: values } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    strings,
    numbers,
    fc.constantFrom("true", "false", "null"),
    tie("object"),
    tie("list"),
  ),
  object: fc.array(fc.tuple(names, blank, blank, tie("value"), blank), { maxLength: 5 }).map(objectText),
  list: fc.array(fc.oneof(strings, fc.integer().map(String)), { maxLength: 3 }).map((items) => `[${items.join(" ,")}]`),
}));
/** An object in an object in …: names in the open column up to a depth, JSON text beyond. */
const deep = fc
  .tuple(fc.integer({ min: 1, max: 60 }), names, fc.constantFrom("1", "-0.0", '"a"', "[]", "{}", "[{}]", "null"))
  .map(([depth, name, inside]) => `${`{${JSON.stringify(name)}:`.repeat(depth)}${inside}${"}".repeat(depth)}`);
const objects = fc.array(fc.tuple(names, blank, blank, values, blank), { maxLength: 8 }).map(objectText);

/** Names once each: the twin cannot say which of two kinds "y.z" and z in y has, and `JSON.parse` drops the first. */
function objectText(members: [string, string, string, string, string][]): string {
  const once = new Map(members.map((member) => [member[0], member]));
  return `{${[...once.values()].map(([key, a, b, value, c]) => `${a}${JSON.stringify(key)}${b}:${b}${value}${c}`).join(",")}}`;
}

const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
  fc.tuple(objects, fc.nat(), fc.constantFrom(...'{}[],:"\\0eu -.t')).map(([line, at, c]) => {
    const k = at % (line.length + 1);
    return Buffer.from(line.slice(0, k) + c + line.slice(k + (at % 2)));
  }),
);
const lines = fc.oneof(
  { weight: 5, arbitrary: objects.map((line) => Buffer.from(line)) },
  { weight: 2, arbitrary: garbage },
  { weight: 1, arbitrary: deep.map((line) => Buffer.from(line)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from(" ")) },
);
const input = fc.tuple(fc.array(lines, { maxLength: 25 }), fc.boolean(), fc.boolean()).map(([all, crlf, last]) => {
  // The same lines again: predictions and dictionaries only work the second time.
  const joined = Buffer.concat([...all, ...all].flatMap((line) => [line, Buffer.from(crlf ? "\r\n" : "\n")]));
  return last ? joined : joined.subarray(0, Math.max(0, joined.length - 1));
});
const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });

test("decoder = twin, wherever the input is cut", () => {
  fc.assert(
    fc.property(input, cuts, fc.integer({ min: 1, max: 30 }), (bytes, sizes, rowsMax) => {
      const decoder = ndjsonDecoder({ schema, rowsMax });
      for (let from = 0, k = 0; from < bytes.length; k++) {
        const to = from + (sizes[k % sizes.length] as number);
        decoder.push(bytes.subarray(from, to));
        from = to;
      }
      decoder.end();
      const decoded = decoder.take();
      const twin = ndjsonTwin(schema, bytes);
      const deadLines = decoded.flatMap(({ dead }) => dead.map(({ line }) => line));
      assert.deepEqual(deadLines, [...twin.dead.keys()]);
      const { rows, dead, blank: blanks, lines: all } = decoder.counts;
      assert.deepEqual([rows, dead, blanks, all], [twin.batch.length, twin.dead.size, twin.blank, twin.lines]);
      assert.deepEqual(comparable(decoded.map(({ batch }) => batch)), comparable([twin.batch]));
      for (const { dead: some } of decoded)
        for (const row of some) {
          const reason = twin.dead.get(row.line) as string;
          if (/^column /.test(reason)) assert.equal(row.reason, reason);
          assert.ok(bytes.subarray(row.position, row.position + row.length).equals(row.bytes));
        }
      if (bytes.length > 0) assert.equal(decoded.at(-1)?.position, bytes.length);
    }),
    { numRuns },
  );
});

test("arbitrary bytes never lose a line", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoder = ndjsonDecoder({ schema });
      decoder.push(bytes);
      decoder.end();
      const { rows, dead, blank: blanks, lines: all } = decoder.counts;
      assert.equal(rows + dead + blanks, all);
      assert.equal(all, linesOf(Buffer.from(bytes)).length);
    }),
    { numRuns },
  );
});
