import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanNode } from "../../plan/nodes/node.js";
import { exchangesBefore } from "./levels.js";

type Draft = { readonly kind: string; readonly input?: Draft; readonly inputs?: readonly Draft[] };

test("a node's level is the most exchanges on any way to it", () => {
  const source: Draft = { kind: "stream" };
  const filtered: Draft = { kind: "filter", input: source };
  const first: Draft = { kind: "aggregate", input: filtered };
  const table: Draft = { kind: "tableWith", input: first };
  const second: Draft = { kind: "aggregate", input: table };
  const both: Draft = { kind: "union", inputs: [filtered, first, second] };
  const third: Draft = { kind: "aggregate", input: both };
  const view: Draft = { kind: "view", input: third };
  const nodes = [source, filtered, first, table, second, both, third, view] as unknown as PlanNode[];
  const before = exchangesBefore(nodes);
  assert.deepEqual(
    nodes.map((node) => before.get(node)),
    [0, 0, 0, 1, 1, 2, 2, 3],
  );
});
