import assert from "node:assert/strict";
import { test } from "node:test";
import { t } from "../schema/builder.js";
import type { Node } from "./api.js";
import { app, outputsOf } from "./app.js";
import { stream, union } from "./define.js";
import { ResolvedPlan } from "./resolve.js";

const columns = { at: t.timestamp(), k: t.string(), x: t.int() };
const plan = (...outputs: Node[]): ResolvedPlan =>
  new ResolvedPlan({ app: "a", url: import.meta.url, outputs: outputsOf(app(import.meta, "a", outputs)) });

function parts(least = 1, unread: object = {}): Record<"counts" | "sums" | "kept", Node> {
  const s = stream("s", { ...columns, ...unread }, { time: "at", partitions: 3 });
  const u = stream("u", columns, { time: "at" });
  const large = s.filter((e, p) => e.x > p.least, { least });
  return {
    counts: union(large.pick("at", "k", "x"), u)
      .by("k")
      .agg((a) => ({ n: a.count() }), { keep: "forever" })
      .view("counts"),
    sums: large
      .by("k")
      .agg((a) => ({ total: a.sum("x") }), { keep: "forever" })
      .view("sums"),
    kept: u.filter((e) => e.x < 3).stream("kept"),
  };
}

test("the order in which an app lists its outputs does not change the plan", () => {
  const { counts, sums, kept } = parts();
  const { hash } = plan(counts, sums, kept);
  for (const outputs of [
    [kept, sums, counts],
    [sums, counts, kept],
  ])
    assert.equal(plan(...outputs).hash, hash);
  assert.equal(plan(...Object.values(parts())).hash, hash, "built once more");
});

test("an operator that feeds two outputs has one name, whatever their order", () => {
  const { counts, sums } = parts();
  const names = [plan(counts, sums), plan(sums, counts)].map((each) =>
    each.nodes.filter(({ kind }) => kind === "filter").map((node) => each.id(node)),
  );
  assert.deepEqual(names, [["counts/filter"], ["counts/filter"]]);
});

test("what changes results changes the plan", () => {
  const { counts, sums, kept } = parts();
  const { hash } = plan(counts, sums, kept);
  const others = [
    plan(counts, sums),
    plan(counts, kept),
    plan(...Object.values(parts(2))),
    plan(...Object.values(parts(1, { y: t.int().optional() }))),
    plan(...Object.values(parts(1, { y: t.int().default(1) }))),
    plan(...Object.values(parts(1, { y: t.int().default(2) }))),
  ].map((each) => each.hash);
  assert.equal(new Set([hash, ...others]).size, others.length + 1);
});
