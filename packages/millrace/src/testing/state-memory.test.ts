import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../base/clock.js";
import type { StateUse } from "../engine/operators/operator.js";
import { app } from "../plan/app.js";
import { stream, tumble } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";
import { DAY } from "./scenario/row-text.js";

const visits = stream("visits", { at: t.timestamp(), who: t.string(), page: t.string() }, { time: "at" });
const perSecond = visits
  .by("who")
  .window(tumble("1s"))
  .agg((a) => ({ pages: a.countDistinct("page"), first: a.first("page"), sum: a.count() }))
  .filter((r) => r.sum > 1)
  .view("per_second");
const kept = visits
  .filter((e) => e.page === "/kept")
  .by("who")
  .agg((a) => ({ n: a.count() }), { keep: "forever" })
  .view("kept");
const program = app(import.meta, "memory", [perSecond, kept]);

const ROUNDS = process.env.MILLRACE_TEST === "all" ? 200 : 40;
const KEYS = 4000;

test("state is of the keys that are open: not of those that were, nor of strings that no row kept", async () => {
  const running = await Program.open(program, new VirtualClock(), { ...BASE, epochRows: 1_000_000 });
  const use: StateUse[][] = [];
  running.runtime.engine.onCommit((_, results) => {
    const [state] = results.map((result) => result.state);
    use.push([state?.["per_second/window"] as StateUse, state?.["kept/agg"] as StateUse]);
  });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const rows = Array.from({ length: KEYS }, (_, k) => ({
        at: DAY + round * 1000,
        who: `visitor ${round} ${k}`,
        page: k === round ? "/kept" : `/page/${round}/${k}`,
      }));
      await running.runtime.push("visits", rows, {});
      await running.settle();
    }
    const peak = (k: number): number => Math.max(...use.map((each) => each[k]?.bytes ?? 0));
    const last = use[use.length - 1] as readonly StateUse[];
    assert.equal(last[0]?.rows, KEYS);
    assert.equal(last[1]?.rows, ROUNDS);
    // One window is open, and at most as many groups again wait to be forgotten.
    assert(peak(0) < 6e6, `${ROUNDS * KEYS} keys, one window of ${KEYS} open: ${peak(0)} bytes`);
    assert(peak(1) < 30_000, `${ROUNDS} of ${ROUNDS * KEYS} strings are keys: ${peak(1)} bytes`);
  } finally {
    await running.close();
  }
});
