import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { OpenRow } from "../batch/open.js";
import { rowsOf } from "../batch/read.js";
import type { Float64Vector } from "../batch/vector.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Cols } from "../schema/types.js";
import type { CsvOptions } from "./csv.js";
import { csvDecoder } from "./csv.js";
import { csvTwin } from "./csv-twin.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);

function read(cols: Cols, text: string | Uint8Array, options: Partial<CsvOptions> = {}) {
  const decoder = csvDecoder({ schema: schemaOf(cols), ...options });
  decoder.push(Buffer.from(text));
  decoder.end();
  const { lines, rows, dead, blank, continued } = decoder.counts;
  assert.equal(rows + dead + blank + continued, lines);
  const decoded = decoder.take();
  return {
    rows: decoded.flatMap(({ batch }) => rowsOf(batch)),
    reasons: decoded.flatMap((one) => one.dead.map((row) => `${row.line}: ${row.reason}`)),
    counts: decoder.counts,
  };
}

test("quotes, newlines in them, CRLF and a byte order mark", () => {
  const cols = { a: t.string(), b: t.string().optional(), line: t.int().from("$line") };
  const text = '\ufeffb,a\r\n"x, ""y""\n\r\nz",1\r\n\r\n,"2"\r\n"",é';
  assert.deepEqual(read(cols, text).rows, [
    { a: "1", b: 'x, "y"\n\r\nz', line: 2 },
    { a: "2", b: null, line: 6 },
    { a: "é", b: null, line: 7 },
  ]);
});

test("every type from text", () => {
  const cols = {
    i: t.int(),
    i64: t.int64(),
    f: t.float64(),
    dec: t.decimal(30, 2),
    yes: t.bool(),
    at: t.timestamp(),
    one: t.oneOf("a", "b").default("b"),
    bin: t.binary().optional(),
    list: t.list(t.int()).optional(),
    s: t.string(),
    n: t.int32().optional(),
  };
  const text =
    '12,9223372036854775807,-0.25,1234567890123456789012.5,1,2020-01-01T00:00:00Z,,AQI=,"[1,2]",,\n5,-1,1e3,0,false,1577836800000,a,,,x,7\n';
  const { rows, reasons } = read(cols, text, { header: false });
  assert.deepEqual(reasons, []);
  assert.deepEqual(
    rows.map((row) => ({ ...row, dec: String(row.dec) })),
    [
      {
        i: 12,
        i64: 2n ** 63n - 1n,
        f: -0.25,
        dec: "1234567890123456789012.50",
        yes: true,
        at: 1577836800000,
        one: "b",
        bin: Uint8Array.of(1, 2),
        list: [1, 2],
        s: "",
        n: null,
      },
      {
        i: 5,
        i64: -1n,
        f: 1000,
        dec: "0.00",
        yes: false,
        at: 1577836800000,
        one: "a",
        bin: null,
        list: null,
        s: "x",
        n: 7,
      },
    ],
  );
});

test("bad records are dead rows, and an unclosed quote costs its own line only", () => {
  const lines = ["1,2", "1", "1,2,3", "x,2", ",2", '"1"x,2', "true,0", '"1,2', "5,6"];
  const { rows, reasons, counts } = read({ a: t.int(), b: t.float64() }, lines.join("\n"), { header: false });
  assert.deepEqual(rows, [
    { a: 1, b: 2 },
    { a: 5, b: 6 },
  ]);
  assert.deepEqual(reasons, [
    "2: the record has 1 fields, 2 are expected",
    "3: the record has 3 fields, 2 are expected",
    '4: column "a" expects int, got string "x"',
    '5: column "a" is missing and neither optional nor defaulted',
    "6: there is text behind a closing quote",
    '7: column "a" expects int, got string "true"',
    "8: a quote is opened and never closed",
  ]);
  assert.equal(counts.lines, 9);
});

test("a day that its month does not have, and a number beyond all doubles, are refused", () => {
  const text = "2026-02-30T00:00:00Z,1\n2024-02-29T00:00:00Z,1e999\n2024-02-29T00:00:00Z,-0\n,Infinity\n";
  const { rows, reasons } = read({ at: t.timestamp().optional(), f: t.float64() }, text, { header: false });
  assert.deepEqual(rows, [{ at: Date.UTC(2024, 1, 29), f: -0 }]);
  assert.deepEqual(reasons, [
    '1: column "at" expects timestamp, got string "2026-02-30T00:00:00Z"',
    '2: column "f": 1e999 is beyond the largest float64',
    '4: column "f" expects float64, got string "Infinity"',
  ]);
});

test("an unclosed quote in a long file stays within the limit", () => {
  const rest = "1,2\n".repeat(1000);
  const { rows, reasons } = read({ a: t.string(), b: t.string() }, `"1,2\n${rest}`, {
    header: false,
    lineBytesMax: 500,
  });
  assert.equal(rows.length, 1000);
  assert.match(reasons.join(), /^1: a quote is opened/);
});

test("a header's names are matched by preference; the rest goes to the open column", () => {
  const cols = { at: t.string().from("time", "date"), rest: t.open() };
  const { rows } = read(cols, "date;time;x y\n1;2;3\n4;;\n", { delimiter: ";" });
  assert.deepEqual(
    rows.map((row) => [row.at, (row.rest as OpenRow).toJSON()]),
    [
      ["2", { date: "1", "x y": "3" }],
      ["4", {}],
    ],
  );
  const { counts } = read({ time: t.string() }, "date,time\n1,2\n");
  assert.equal(counts.unknown, 1);
});

const cell = fc.oneof(
  fc.constantFrom("", "1", "-2.5", "true", "2020-01-01T00:00:00Z", 'x"y', "a,b", "c\nd", "e\r\n", "\r", "é😀"),
  fc.constantFrom("1e999", "-0", "-0.0", "1E5", "1e-400", "+1", ".5", "5.", "9007199254740993", "Infinity", "0x10"),
  fc.constantFrom("2026-02-30T00:00:00Z", "2024-02-29", "2026-01-01T24:00:00Z", "2026-06-30T23:59:60Z", "-1", "1e3"),
  fc.string({ maxLength: 8 }),
);
const written = fc
  .tuple(cell, fc.boolean())
  .map(([value, quote]) => (quote || /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value));
const record = fc.oneof(
  { weight: 4, arbitrary: fc.array(written, { minLength: 6, maxLength: 6 }).map((cells) => cells.join(",")) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('"', ",", "a", "\n", "\r", "1"), maxLength: 10 }) },
);
const input = fc
  .tuple(fc.array(record, { maxLength: 15 }), fc.constantFrom("\n", "\r\n"))
  .map(([records, end]) => `n,s,f,z,at,big${end}${[...records, ...records].join(end)}`);

test("decoder = twin, wherever the input is cut", () => {
  const schema = schemaOf({
    f: t.float64().optional().from("n"),
    s: t.string(),
    b: t.bool().default(true).from("z"),
    at: t.timestamp().optional(),
    big: t.int64().optional(),
    rest: t.open(),
  });
  const show = (rows: Record<string, unknown>[]) =>
    rows.map((row) => ({ ...row, rest: (row.rest as OpenRow).entries() }));
  fc.assert(
    fc.property(
      input,
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      (text, sizes, rowsMax) => {
        const bytes = Buffer.from(text);
        const decoder = csvDecoder({ schema, rowsMax });
        for (let from = 0, k = 0; from < bytes.length; k++) {
          const to = from + (sizes[k % sizes.length] as number);
          decoder.push(bytes.subarray(from, to));
          from = to;
        }
        decoder.end();
        const decoded = decoder.take();
        const twin = csvTwin(schema, text, true);
        assert.deepEqual(
          decoded.flatMap((one) => one.dead.map((row) => [row.line, row.reason])),
          [...twin.dead],
        );
        assert.deepEqual(show(decoded.flatMap(({ batch }) => rowsOf(batch))), show(rowsOf(twin.batch)));
        const { lines, rows, dead, blank, continued } = decoder.counts;
        assert.equal(rows + dead + blank + continued, lines);
        assert.equal(lines, text.split("\n").length - (text.endsWith("\n") ? 1 : 0));
        assert.equal(decoded.at(-1)?.position, bytes.length);
      },
    ),
    { numRuns },
  );
});

const WEATHER = new URL("../../../../../shared/data/weather/public/", import.meta.url);

test("weather: 263,046 rows", { skip: !existsSync(WEATHER) && "../shared/data is not here" }, () => {
  const cols = {
    wsid: t.string(),
    year: t.int32(),
    month: t.int32(),
    day: t.int32(),
    hour: t.int32(),
    temperature: t.float64(),
    dewpoint: t.float64(),
    pressure: t.float64(),
    wind_direction: t.int32(),
    wind_speed: t.float64(),
    sky_condition: t.int32().optional(),
    one_hour_precip: t.float64(),
    six_hour_precip: t.float64(),
  };
  const bytes = gunzipSync(readFileSync(new URL("raw-4cities-2008-2012.csv.gz", WEATHER)));
  const decoder = csvDecoder({ schema: schemaOf(cols), header: false });
  decoder.push(bytes);
  decoder.end();
  assert.deepEqual([decoder.counts.rows, decoder.counts.dead], [263_046, 0]);
  let sum = 0;
  for (const { batch } of decoder.take()) for (const value of (batch.columns[5] as Float64Vector).values) sum += value;
  let expected = 0;
  for (const line of bytes.toString().trimEnd().split("\n")) expected += Number(line.split(",")[5]);
  assert.equal(sum, expected);
});
