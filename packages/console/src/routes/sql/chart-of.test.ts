/** Which results can be drawn, and how. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartOf } from "./chart-of.js";

const answer = (columns: [string, string][], rows: unknown[][]) => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
  truncated: false,
  epoch: 1,
});

test("numbers over time, in order of time", () => {
  const drawn = chartOf(
    answer(
      [
        ["n", "BIGINT"],
        ["at", "TIMESTAMP"],
      ],
      [
        [2, "2025-03-11T14:01:00Z"],
        ["1", "2025-03-11T14:00:00Z"],
        [3, null],
      ],
    ),
  );
  assert.deepEqual(drawn?.series[0]?.values, [1, 2]);
  assert.deepEqual([drawn?.names, (drawn?.x[1] as number) - (drawn?.x[0] as number)], [undefined, 60]);
});

test("numbers by name are bars; without numbers there is nothing", () => {
  const drawn = chartOf(
    answer(
      [
        ["level", "VARCHAR"],
        ["n", "BIGINT"],
      ],
      [["high", 4]],
    ),
  );
  assert.deepEqual([drawn?.names, drawn?.series[0]?.bars, drawn?.series[0]?.values], [["high"], true, [4]]);
  assert.equal(chartOf(answer([["a", "VARCHAR"]], [["x"]])), null);
  assert.equal(chartOf(answer([["n", "BIGINT"]], [[1]])), null);
  assert.equal(chartOf(answer([["n", "BIGINT"]], [])), null);
});
