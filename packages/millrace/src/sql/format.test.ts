import assert from "node:assert/strict";
import { test } from "node:test";
import { formatResult } from "./format.js";

const columns = [
  { name: "name", type: "VARCHAR" },
  { name: "n", type: "BIGINT" },
  { name: "n", type: "INTEGER[]" },
];
const rows = [
  ['a,"b"\r\nc', 1, [1, 2]],
  ["", 22, null],
  [null, null, []],
];

test("CSV quotes what RFC 4180 says, and tells null from empty", () => {
  assert.equal(formatResult("csv", columns, rows), 'name,n,n\r\n"a,""b""\r\nc",1,"[1,2]"\r\n"",22,\r\n,,[]\r\n');
});

test("JSON and NDJSON keep columns of the same name apart", () => {
  const objects = [
    { name: 'a,"b"\r\nc', n: 1, n_2: [1, 2] },
    { name: "", n: 22, n_2: null },
    { name: null, n: null, n_2: [] },
  ];
  assert.deepEqual(JSON.parse(formatResult("json", columns, rows)), objects);
  assert.deepEqual(
    formatResult("ndjson", columns, rows)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
    objects,
  );
});

test("a table is aligned, numbers to the right, and shows no control characters", () => {
  const text = formatResult(
    "table",
    [
      { name: "word", type: "VARCHAR" },
      { name: "count", type: "BIGINT" },
    ],
    [
      ["a\u001b[31m\n", 1],
      ["länger", 1000],
      ["x".repeat(200), null],
    ],
  );
  const lines = text.split("\n");
  assert.equal(lines[1], `${"-".repeat(80)}  -----`);
  assert.equal(lines[2]?.trimEnd(), `${"a\ufffd[31m\\n".padEnd(80)}      1`);
  assert.equal(lines[3], `${"länger".padEnd(80)}   1000`);
  assert.equal(lines[4], `${"x".repeat(79)}…   NULL`);
  assert.equal(lines[5], "(3 rows)");
});

test("columns stay in line whatever the script, int64 beyond 2^53 too, and no text turns the line round", () => {
  const text = formatResult(
    "table",
    [
      { name: "n", type: "BIGINT" },
      { name: "word", type: "VARCHAR" },
      { name: "d", type: "DECIMAL(12,3)" },
    ],
    [
      [1, "漢字", "1.500"],
      ["9223372036854775807", "e\u0301😀", "-10.000"],
      [null, "a\u202eb", null],
    ],
  );
  assert.deepEqual(text.split("\n").slice(2, 5), [
    "                  1  漢字    1.500",
    "9223372036854775807  e\u0301😀   -10.000",
    "               NULL  a\ufffdb      NULL",
  ]);
});
