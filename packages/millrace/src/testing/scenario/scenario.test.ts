import assert from "node:assert/strict";
import { test } from "node:test";
import { field } from "../../schema/column-type.js";
import { completed } from "./complete.js";
import { DAY, parseRow, printRow, splitCells, timeOf, timeText } from "./row-text.js";
import { parseScenario } from "./scenario.js";

const TEXT = `# clicks are counted [AG1]
program
  const s = stream("s", {}, { time: "at" });
  outputs s
push s@2
  00:10 "a b" {"x": [1, 2]}
expect s
  1
# a comment
expect s
counter late/s 4
rescale 3
`;

test("a scenario is its title, its program and its steps with their lines", () => {
  const scenario = parseScenario("x.scn", TEXT);
  assert.equal(scenario.title, "clicks are counted");
  assert.equal(scenario.tag, "AG1");
  assert.deepEqual(
    scenario.program.map(({ line }) => line),
    [3, 4],
  );
  assert.deepEqual(
    scenario.steps.map(({ kind, line }) => [kind, line]),
    [
      ["push", 5],
      ["expect", 7],
      ["expect", 10],
      ["counter", 11],
      ["rescale", 12],
    ],
  );
  assert.deepEqual(scenario.steps[0], {
    kind: "push",
    line: 5,
    stream: "s",
    partition: 2,
    rows: [{ text: '00:10 "a b" {"x": [1, 2]}', line: 6 }],
  });
});

test("what was found takes the place of what was expected", () => {
  const found = new Map([
    [7, ["2", "3"]],
    [10, ["4"]],
    [11, ["5"]],
  ]);
  const text = completed(TEXT, parseScenario("x.scn", TEXT), found);
  assert.equal(
    text.slice(text.indexOf("expect")),
    "expect s\n  2\n  3\n# a comment\nexpect s\n  4\ncounter late/s 5\nrescale 3\n",
  );
});

test("what is no scenario is refused with its line", () => {
  const at = (text: string): unknown => {
    try {
      parseScenario("x.scn", text);
    } catch (error) {
      return (error as { at?: string }).at;
    }
    return undefined;
  };
  assert.equal(at("program\n"), "x.scn:1");
  assert.equal(at("# title [AG1]\npush s\n"), "x.scn:2");
  assert.equal(at("# title [AG1]\nprogram\n  outputs s\njump 3\n"), "x.scn:4");
  assert.equal(at("# title [AG1]\nprogram\n  outputs s\ncrash\n  1 2\n"), "x.scn:4");
  assert.equal(at("# title [AG1]\nprogram\n  outputs s\nrescale three\n"), "x.scn:4");
});

test("rows are read and written in one canonical text", () => {
  assert.deepEqual(splitCells('a "b \\" c" {"x":"} "} [1, [2]] .'), ["a", '"b \\" c"', '{"x":"} "}', "[1, [2]]", "."]);
  const fields = [
    field("a", { kind: "timestamp" }),
    field("b", { kind: "string" }, true),
    field("c", { kind: "float64" }),
    field("d", { kind: "int64" }),
  ];
  for (const line of [
    "00:10 ada -0 9007199254740993",
    "01:02:03.004 . NaN -1",
    '2025-12-31T00:00:00.000Z "." 1e+300 0',
    '00:00 "" Infinity 5',
  ])
    assert.equal(printRow(parseRow(line, fields), fields), line);
  assert.throws(() => parseRow("00:10 ada x 1", fields), /column "c": x is not a float64/);
  assert.throws(() => parseRow("00:10 ada", fields), /2 values for 4 columns \(a b c d\)/);
  assert.equal(timeOf("00:10"), DAY + 10_000);
  assert.equal(timeText(timeOf("26:00:00")), "2026-01-02T02:00:00.000Z");
});
