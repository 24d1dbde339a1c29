import assert from "node:assert/strict";
import test from "node:test";
import { evaluate, x } from "millrace";
import { buildCondition, parseCondition, selectNames } from "./condition.js";
import { RuleProblem } from "./problem.js";

/** Evaluates a condition with these identifiers true, all others of a, b, sel_1, sel_2, _hidden false. */
function holds(condition: string, ...trueNames: string[]): boolean {
  const names = ["a", "b", "sel_1", "sel_2", "_hidden"];
  const identifiers = new Map(names.map((name) => [name, x.field(name).exists()]));
  const row = { get: (name: string) => (trueNames.includes(name) ? "" : null), strings: () => [] };
  return evaluate(buildCondition(parseCondition(condition), identifiers), row);
}

test("operators and precedence", () => {
  const table: [string, string[], boolean][] = [
    ["a", ["a"], true],
    ["a and b", ["a"], false],
    ["a or b", ["b"], true],
    ["a or b and sel_1", ["a"], true],
    ["(a or b) and sel_1", ["a"], false],
    ["not a and b", ["b"], true],
    ["not (a and b)", ["a"], true],
    ["not not a", ["a"], true],
    ["a AND NOT b", ["a"], true],
    ["((a))", ["a"], true],
    ["a and not 1 of sel_*", ["a", "sel_2"], false],
    ["a and not all of sel_*", ["a", "sel_2"], true],
    ["all of sel_*", ["sel_1", "sel_2"], true],
    ["any of sel_*", ["sel_1"], true],
    ["1 of them", ["_hidden"], false],
    ["1 of them", ["b"], true],
    ["all of them", ["a", "b", "sel_1", "sel_2"], true],
    ["1 of _*", ["_hidden"], true],
    ["1 of *", ["_hidden"], false],
    ["1 of sel_1", ["sel_1"], true],
    ["1 OF THEM", ["a"], true],
  ];
  for (const [condition, names, expected] of table)
    assert.equal(holds(condition, ...names), expected, `${condition} with ${names}`);
});

test("patterns have stars anywhere", () => {
  const names = ["selection_main_img", "filter_main", "selection.x", "_main_img"];
  assert.deepEqual(selectNames("*_main*", names), ["selection_main_img", "filter_main"]);
  assert.deepEqual(selectNames("sel*img", names), ["selection_main_img"]);
  assert.deepEqual(selectNames("selection.x", names), ["selection.x"]);
});

test("mistakes are named", () => {
  const table: [string, RegExp][] = [
    ["", /empty/],
    ["a and", /ends where/],
    ["a b", /unexpected "b"/],
    ["(a", /"\)" is missing/],
    ["a)", /unexpected "\)"/],
    ["nothing", /"nothing", which the detection does not define/],
    ["1 of nothing*", /fits no search identifier/],
    ["2 of sel_*", /only 1, any and all/],
    ["1 of", /needs a search identifier/],
    ["sel_*", /needs "1 of"/],
    ["a | count() by b > 5", /aggregations in conditions are deprecated/],
    ["a | near b", /deprecated/],
    ["a & b", /unexpected "&"/],
    [`${"(".repeat(100)}a${")".repeat(100)}`, /nested deeper/],
    [`${"not ".repeat(100)}a`, /nested deeper/],
  ];
  for (const [condition, reason] of table)
    assert.throws(
      () => holds(condition),
      (error) => error instanceof RuleProblem && reason.test(error.message),
      condition,
    );
});
