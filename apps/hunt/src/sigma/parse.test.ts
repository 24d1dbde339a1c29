import assert from "node:assert/strict";
import test from "node:test";
import { loadDocuments } from "./load.js";
import { parseDocument } from "./parse.js";
import { RuleProblem } from "./problem.js";

function parse(text: string) {
  const [document] = loadDocuments({ path: "r.yml", text }).documents;
  assert.ok(document !== undefined);
  return parseDocument(document);
}

const HEAD = "title: T\nlogsource: {product: windows, category: process_creation}\n";

test("maps, lists of maps, keywords and their modifiers", () => {
  const rule = parse(`${HEAD}detection:
  map: {A|contains|all: [x, y], B: 1}
  maps: [{A: x}, {B: null}]
  words: [foo, 7]
  word: bar
  marked: {'|all': [foo, bar]}
  mixed: [foo, {A: x}]
  condition: [map, 1 of word*]
  timeframe: 5m
`);
  assert.equal(rule.kind, "rule");
  if (rule.kind !== "rule") return;
  const shape = (name: string) =>
    JSON.stringify(rule.identifiers.get(name), (key, value) => (key === "at" ? undefined : value));
  const item = (field: string | null, values: unknown[], modifiers: string[] = []) => ({
    kind: "item",
    field,
    modifiers,
    values,
  });
  assert.equal(
    shape("map"),
    JSON.stringify({ kind: "all", of: [item("A", ["x", "y"], ["contains", "all"]), item("B", [1])] }),
  );
  assert.equal(shape("maps"), JSON.stringify({ kind: "any", of: [item("A", ["x"]), item("B", [null])] }));
  assert.equal(shape("words"), JSON.stringify(item(null, ["foo", 7])));
  assert.equal(shape("word"), JSON.stringify(item(null, ["bar"])));
  assert.equal(shape("marked"), JSON.stringify(item(null, ["foo", "bar"], ["all"])));
  assert.equal(shape("mixed"), JSON.stringify({ kind: "any", of: [item(null, ["foo"]), item("A", ["x"])] }));
  assert.deepEqual([...rule.identifiers.keys()], ["map", "maps", "words", "word", "marked", "mixed"]);
  assert.deepEqual(rule.conditions, ["map", "1 of word*"]);
  assert.equal(rule.id, "r.yml:1", "a rule without id and name is called by its place");
});

test("filters and correlations are told apart from rules", () => {
  const filter = parse(`${HEAD}filter: {rules: [one, two], sel: {A: x}, condition: sel}\n`);
  assert.deepEqual(filter.kind === "filter" ? [filter.rules, [...filter.identifiers.keys()]] : [], [
    ["one", "two"],
    ["sel"],
  ]);
  assert.equal(parse("title: C\ncorrelation: {type: event_count}\n").kind, "correlation");
});

test("what is missing or malformed is named", () => {
  const table: [string, RegExp][] = [
    ["title: x\n", /neither detection, filter, correlation nor vars/],
    ["logsource: {product: windows}\ndetection: {a: {b: c}, condition: a}\n", /title is missing/],
    ["title: x\ndetection: {a: {b: c}, condition: a}\n", /logsource must be a map/],
    [
      "title: x\nlogsource: {definition: y}\ndetection: {a: {b: c}, condition: a}\n",
      /needs a product, a category or a service/,
    ],
    [`${HEAD}detection: {a: {b: c}}\n`, /condition is missing/],
    [`${HEAD}detection: {condition: a}\n`, /no search identifier/],
    [`${HEAD}detection: {a: {b: c}, condition: 7}\n`, /must be text/],
    [`${HEAD}detection: {a: [], condition: a}\n`, /empty list/],
    [`${HEAD}detection: {a: {}, condition: a}\n`, /empty map/],
    [`${HEAD}detection: {a: {b: []}, condition: a}\n`, /empty list of values/],
    [`${HEAD}detection: {a: {b: {c: d}}, condition: a}\n`, /neither text, number, boolean nor null/],
    [`${HEAD}level: severe\ndetection: {a: {b: c}, condition: a}\n`, /level "severe"/],
    [`${HEAD}filter: {sel: {A: x}, condition: sel}\n`, /must list the rules/],
  ];
  for (const [text, reason] of table)
    assert.throws(
      () => parse(text),
      (error) => error instanceof RuleProblem && reason.test(error.message),
      text,
    );
});
