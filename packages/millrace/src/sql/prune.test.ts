import assert from "node:assert/strict";
import { test } from "node:test";
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import { rangeOf, timeBounds } from "./prune.js";

const T0 = Date.UTC(2026, 0, 1);
const at = (text: string): string => `'2026-01-01 ${text}'::TIMESTAMP`;

test("comparisons of the time column bound it, from outside", () => {
  assert.deepEqual(rangeOf(`(t0c1 >= ${at("00:00:00")})`, "t0c1"), { min: T0, max: TIME_MAX });
  assert.deepEqual(rangeOf(`(t0c1 < ${at("00:00:01.5")})`, "t0c1"), { min: TIME_MIN, max: T0 + 1501 });
  assert.deepEqual(rangeOf(`(t0c1 = ${at("00:00:00.123456")})`, "t0c1"), { min: T0 + 123, max: T0 + 124 });
  assert.deepEqual(rangeOf(`(t0c1 BETWEEN ${at("00:00:00")} AND ${at("00:00:02")})`, "t0c1"), {
    min: T0,
    max: T0 + 2001,
  });
  assert.deepEqual(
    rangeOf(`((t0c2 = ') AND (') AND ((t0c1 > ${at("00:00:00")}) AND (t0c1 <= ${at("00:00:02")})))`, "t0c1"),
    { min: T0, max: T0 + 2001 },
  );
});

test("what is not plainly a bound of that column is none", () => {
  const all = { min: TIME_MIN, max: TIME_MAX };
  for (const filter of [
    "",
    `((t0c1 > ${at("00:00:00")}) OR (t0c2 = 1))`,
    `(NOT (t0c1 > ${at("00:00:00")}))`,
    `(t0c11 > ${at("00:00:00")})`,
    `(date_trunc('hour', t0c1) > ${at("00:00:00")})`,
    `(t0c2 = '((x) AND (t0c1 > ''2026-01-01 00:00:00''::TIMESTAMP))')`,
    "(t0c1 > t0c2)",
    `((t0c1 > ${at("00:00:00")}) IS NULL)`,
    `(t0c1 != ${at("00:00:00")})`,
    "(t0c1 > '290000-01-01 00:00:00'::TIMESTAMP)",
    "(t0c1 < '-infinity'::TIMESTAMP)",
  ])
    assert.deepEqual(rangeOf(filter, "t0c1"), all, filter);
});

test("a table read twice has the hull of its bounds, and none when one scan has no filter", () => {
  const scan = { name: "MILLRACE_SCAN ", children: [], extra_info: { Projections: ["t3c0", "t3c1"] } };
  const filtered = (text: string): object => ({
    name: "FILTER",
    children: [scan],
    extra_info: { Expression: `(t3c0 = ${at(text)})` },
  });
  const plan = (...children: object[]): string => JSON.stringify([{ name: "HASH_JOIN", children, extra_info: {} }]);
  const columns = new Map([[3, "t3c0"]]);
  assert.deepEqual(timeBounds(plan(filtered("00:00:01"), filtered("00:00:03")), "millrace_scan", columns).get(3), {
    min: T0 + 1000,
    max: T0 + 3001,
  });
  assert.deepEqual(timeBounds(plan(filtered("00:00:01"), scan), "millrace_scan", columns).get(3), {
    min: TIME_MIN,
    max: TIME_MAX,
  });
});
