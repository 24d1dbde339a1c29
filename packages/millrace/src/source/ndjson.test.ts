import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../batch/batch.js";
import type { OpenRow } from "../batch/open.js";
import { openValue } from "../batch/open.js";
import { rowsOf } from "../batch/read.js";
import type { OpenVector } from "../batch/vector.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Cols } from "../schema/types.js";
import type { Decoded, DecoderOptions } from "./decoder.js";
import { ndjsonDecoder } from "./ndjson.js";

function decode(cols: Cols, text: string | Uint8Array, options: Partial<DecoderOptions> = {}): Decoded[] {
  const decoder = ndjsonDecoder({ schema: schemaOf(cols), ...options });
  decoder.push(Buffer.from(text));
  decoder.end();
  const { lines, rows, dead, blank } = decoder.counts;
  assert.equal(rows + dead + blank, lines);
  return decoder.take();
}

/** All rows as plain objects (open columns as JSON) and all reasons. */
function read(cols: Cols, text: string | Uint8Array, options: Partial<DecoderOptions> = {}) {
  const decoded = decode(cols, text, options);
  return {
    rows: decoded.flatMap(({ batch }) => rowsOf(batch)),
    reasons: decoded.flatMap(({ dead }) => dead.map((row) => `${row.line}: ${row.reason}`)),
  };
}

function attributesOf(batch: Batch): Record<string, unknown> {
  const { attributes } = batch.columns[batch.schema.fields.findIndex((f) => f.type.kind === "open")] as OpenVector;
  return Object.fromEntries(
    attributes.map((a) => [`${a.name}:${a.kind}`, [...a.rows].map((row, j) => [row, openValue(a, j)])]),
  );
}

test("every declared type is read exactly", () => {
  const cols = {
    bool: t.bool(),
    i32: t.int32(),
    int: t.int(),
    i64: t.int64(),
    f: t.float64(),
    dec: t.decimal(20, 3),
    s: t.string(),
    one: t.oneOf("a", "b"),
    at: t.timestamp(),
    ns: t.timestampNs(),
    bin: t.binary(),
    list: t.list(t.int64()),
    st: t.struct({ x: t.int().optional(), y: t.string() }),
  };
  const line =
    '{"bool":true,"i32":-5,"int":"4624","i64":-9223372036854775808,"f":0.1,"dec":12345678901234567.125,"s":"a\\u00e9\\ud83d\\ude00\\n",' +
    '"one":"b","at":"2020-02-29T23:59:60.5+02:00","ns":1588205199123456789,"bin":"AQID","list":[1,9007199254740993],"st":{"y":"z","q":1}}';
  assert.deepEqual(read(cols, line.replace("59:60.5", "59:59.5")).reasons, []);
  const row = read(cols, line.replace("59:60.5", "59:59.5")).rows[0] as Record<string, unknown>;
  assert.equal(String(row.dec), "12345678901234567.125");
  delete row.dec;
  assert.deepEqual(row, {
    bool: true,
    i32: -5,
    int: 4624,
    i64: -9223372036854775808n,
    f: 0.1,
    s: "aé😀\n",
    one: "b",
    at: Date.UTC(2020, 1, 29, 21, 59, 59, 500),
    ns: 1588205199123456789n,
    bin: Uint8Array.of(1, 2, 3),
    list: [1n, 9007199254740993n],
    st: { x: null, y: "z" },
  });
});

test("what does not fit is a dead row with batch/check's words, and the rows around it live", () => {
  const cols = { n: t.int(), s: t.string().optional(), at: t.timestamp().optional(), f: t.float64().default(1) };
  const lines = [
    '{"n":1}',
    '{"n":1.5}',
    '{"n":9007199254740993}',
    '{"n":"x"}',
    '{"s":"a"}',
    '{"n":2,"s":5}',
    '{"n":2,"at":"2020-09-18 13:05:52"}',
    '{"n":2,"f":"1"}',
    '{"n":2,"n":7}',
    "",
    "  ",
    "[1]",
    "{oops",
    '{"n":3,"s":"\\q"}',
    '{"n":1e1}',
    '{"n":9',
  ];
  const { rows, reasons } = read(cols, lines.join("\n"));
  assert.deepEqual(
    rows.map((row) => row.n),
    [1, 7, 10],
  );
  assert.deepEqual(reasons.slice(0, 7), [
    '2: column "n" expects int, got number 1.5',
    '3: column "n": 9007199254740993 does not fit int; t.int64() holds all 64 bits, as bigint.',
    '4: column "n" expects int, got string "x"',
    '5: column "n" is missing and neither optional nor defaulted',
    '6: column "s" expects string, got number 5',
    '7: column "at" expects timestamp, got "2020-09-18 13:05:52", which has no zone: write "Z" or an offset such as "+02:00" behind it, name another field with .from(), or take it as t.string() and make the time in the program',
    '8: column "f" expects float64, got string "1"',
  ]);
  assert.match(reasons[7] as string, /^12: not JSON: a JSON object is expected \(byte 0 of the line\)/);
  assert.match(reasons[8] as string, /^13: not JSON: a name in quotes is expected \(byte 1/);
  assert.equal(reasons.length, 11);
});

test("columns take their first candidate that is there; the others, and all else, stay in the open column", () => {
  const cols = {
    at: t.string().from("@timestamp", "EventTime"),
    host: t.string().optional().from("Hostname", "host.name"),
    rest: t.open(),
  };
  const lines = [
    '{"EventTime":"e","@timestamp":"t","Hostname":null,"host":{"name":"h","ip":["1",2]},"k":9223372036854775807,"big":9223372036854775808}',
    '{"at":"own","EventTime":"e","x":1.5,"y":2.0,"z":true,"n":null,"o":{},"host":"plain","deep":{"a":{"b":-0}}}',
    '{"at":"third","x":"text"}',
  ];
  const [{ batch } = { batch: null }] = decode(cols, lines.join("\r\n"));
  assert.ok(batch !== null);
  assert.deepEqual(
    rowsOf(batch).map(({ at, host }) => [at, host]),
    [
      ["t", "h"],
      ["own", "plain"],
      ["third", null],
    ],
  );
  assert.deepEqual(attributesOf(batch), {
    "EventTime:string": [
      [0, "e"],
      [1, "e"],
    ],
    "big:string": [[0, "9223372036854775808"]],
    "deep.a.b:float64": [[1, -0]],
    "host.ip:json": [[0, '["1",2]']],
    "k:int64": [[0, 9223372036854775807n]],
    "x:float64": [[1, 1.5]],
    "x:string": [[2, "text"]],
    "y:int64": [[1, 2]],
    "z:bool": [[1, true]],
  });
});

test("a day that its month does not have, and a number beyond all doubles, are refused", () => {
  const cols = { at: t.timestamp().optional(), f: t.float64().optional(), l: t.list(t.float64()).optional() };
  const lines = [
    '{"at":"2026-02-30T00:00:00Z"}',
    '{"at":"2025-02-29"}',
    '{"at":"2024-02-29T24:00:00Z"}',
    '{"at":"2026-04-31T10:00:00.5+02:00"}',
    '{"at":"2026-06-30T23:59:60Z"}',
    '{"f":1e999}',
    '{"f":-1e999}',
    '{"f":-0.0}',
    '{"l":[1,1e309]}',
    '{"f":1e-400}',
  ];
  const { rows, reasons } = read(cols, lines.join("\n"));
  const noTime = (text: string) => `column "at" expects timestamp, got string "${text}"`;
  assert.deepEqual(reasons, [
    `1: ${noTime("2026-02-30T00:00:00Z")}`,
    `2: ${noTime("2025-02-29")}`,
    `4: ${noTime("2026-04-31T10:00:00.5+02:00")}`,
    `5: ${noTime("2026-06-30T23:59:60Z")}`,
    '6: column "f": 1e999 is beyond the largest float64',
    '7: column "f": -1e999 is beyond the largest float64',
    '9: column "l": 1e309 is beyond the largest float64',
  ]);
  assert.deepEqual(rows, [
    { at: Date.UTC(2024, 2, 1), f: null, l: null },
    { at: null, f: -0, l: null },
    { at: null, f: 0, l: null },
  ]);
});

test("an open number that no number holds is kept as its text", () => {
  const [{ batch } = { batch: null }] = decode({ rest: t.open() }, '{"a":1e999,"b":-0,"c":-0.0,"d":-0e9,"e":-0.5}');
  assert.deepEqual(attributesOf(batch as Batch), {
    "a:string": [[0, "1e999"]],
    "b:float64": [[0, -0]],
    "c:float64": [[0, -0]],
    "d:float64": [[0, -0]],
    "e:float64": [[0, -0.5]],
  });
});

test("an object where a scalar is declared is an error only without another candidate", () => {
  const cols = { host: t.string().optional().from("Hostname"), rest: t.open() };
  const { rows, reasons } = read(cols, '{"host":{"name":"a"}}\n{"host":{"name":"b"},"Hostname":"c"}');
  assert.deepEqual(reasons, ['1: column "host" expects string, got object [object Object]']);
  assert.equal(rows[0]?.host, "c");
  assert.equal(((rows[0] as { rest: unknown }).rest as OpenRow).text("host.name"), "b");
});

test("lines may differ in their blanks", () => {
  const { rows, reasons } = read(
    { a: t.int(), b: t.int() },
    '{"a":1,"b":2}\n{"a": 3, "b" :\t4}\n{ "a":5,"b":  6 }\n{"a":7,"b":8 }',
  );
  assert.deepEqual(reasons, []);
  assert.deepEqual(
    rows.map(({ a, b }) => [a, b]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  );
});

test("a nested object said again keeps all its members", () => {
  const line = '{"o":{"a":[],"b":"x","c":{"d":1,"e":2}},"z":1}\n';
  const [{ batch } = { batch: null }] = decode({ rest: t.open() }, line + line + line);
  for (const values of Object.values(attributesOf(batch as Batch))) assert.equal((values as unknown[]).length, 3);
  assert.deepEqual(Object.keys(attributesOf(batch as Batch)), [
    "o.a:json",
    "o.b:string",
    "o.c.d:int64",
    "o.c.e:int64",
    "z:int64",
  ]);
});

test("line, file and position come from the source", () => {
  const cols = {
    n: t.int(),
    line: t.int().from("$line"),
    file: t.string().from("$file"),
    at: t.int().from("$position"),
  };
  const { rows } = read(cols, '{"n":1}\n\nbad\n{"n":2}', { file: "a.ndjson", position: 100, line: 10 });
  assert.deepEqual(rows, [
    { n: 1, line: 11, file: "a.ndjson", at: 100 },
    { n: 2, line: 14, file: "a.ndjson", at: 113 },
  ]);
  assert.throws(() => decode({ line: t.string().from("$line") }, ""), /must be t.int/);
  assert.throws(() => decode({ a: t.int().from("x"), b: t.int().from("x") }, ""), /both come from "x"/);
});

test("unknown fields are counted where there is no open column", () => {
  const decoder = ndjsonDecoder({ schema: schemaOf({ n: t.int() }) });
  decoder.push(Buffer.from('{"n":1,"a":2,"b":{"c":[1,{"x":"}"}]}}\n{"n":2,"a":null,"b":"\\""}\n'));
  decoder.end();
  assert.deepEqual(
    decoder.take().flatMap(({ batch }) => rowsOf(batch)),
    [{ n: 1 }, { n: 2 }],
  );
  assert.equal(decoder.counts.unknown, 3);
});

test("a projection gives the same values of less", () => {
  const cols = { at: t.string().from("T"), n: t.int(), rest: t.open() };
  const text = '{"T":"t","n":1,"a":"x","b":{"c":5,"d":6}}\n{"at":"u","T":"v","n":"bad","a":"y"}\n';
  const [all] = decode(cols, text, { projection: { columns: ["at", "rest"], attributes: ["b.c", "T"] } });
  assert.deepEqual(
    all?.batch.schema.fields.map((f) => f.name),
    ["at", "rest"],
  );
  assert.deepEqual(attributesOf(all?.batch as Batch), { "T:string": [[1, "v"]], "b.c:int64": [[0, 5]] });
  const [some] = decode(cols, text, { projection: { columns: ["rest"], attributes: ["T", "a"] } });
  assert.deepEqual(attributesOf(some?.batch as Batch), {
    "T:string": [[1, "v"]],
    "a:string": [
      [0, "x"],
      [1, "y"],
    ],
  });
});

test("a name said twice keeps the last value, at any depth, and over kinds", () => {
  const [{ batch } = { batch: null }] = decode(
    { rest: t.open() },
    '{"a":1,"b":{"x":1,"y":2},"a":"s","b":{"y":3,"\\u0079":4}}\n{"a":1,"a":null}\n',
  );
  assert.deepEqual(attributesOf(batch as Batch), { "a:string": [[0, "s"]], "b.y:int64": [[0, 4]] });
});
