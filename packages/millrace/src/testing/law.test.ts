import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../plan/app.js";
import { stream, table, tumble } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { exerciseText, law } from "./index.js";

const orders = stream(
  "orders",
  { at: t.timestamp(), region: t.string(), amount: t.float64() },
  { time: "at", delay: "5s", partitions: 3 },
);
const perRegion = orders
  .by("region")
  .window(tumble("1m"))
  .agg((a) => ({ orders: a.count(), total: a.sum("amount"), last: a.last("amount") }))
  .view("per_region");
const shop = app(import.meta, "shop", [perRegion]);

test("the law holds for a window over disordered rows", async (context) => {
  const exercise = await law(
    shop,
    async (h) => {
      const row = (second: number, region: string, amount: number) => ({
        at: Date.UTC(2026, 0, 1, 0, 0, second),
        region,
        amount,
      });
      await h.push(orders, [row(5, "eu", 0.1), row(59, "us", 4), row(40, "eu", 0.2), row(61, "eu", 1)], {
        partition: 0,
      });
      await h.push(orders, [row(30, "eu", 0.3), row(70, "us", 1e308), row(2, "eu", 9)], { partition: 2 });
      await h.watermark("2026-01-01T00:05:00Z");
    },
    {
      check: async (h) => {
        assert.equal((await h.read(perRegion)).length, 4);
      },
    },
  );
  assert(exercise.crashes > 0 && exercise.lateRows > 0 && exercise.epochs > 20);
  context.diagnostic(exerciseText(exercise));
});

test("a program that reads the order of arrival is told by the law", async () => {
  const seen = stream("seen", { at: t.timestamp(), k: t.string() }, { time: "at" });
  const names = table("names", { k: t.string(), name: t.string() }, { key: ["k"] });
  const named = seen.lookup(names, { on: { k: "k" } }, (e, n) => ({ k: e.k, name: n.name })).stream("named");
  let calls = 0;
  const unruly = app(import.meta, "unruly", [named]);
  await assert.rejects(
    law(unruly, async (h) => {
      // An input that is not the same each time stands for a program that breaks the law.
      await h.push(names, [{ k: "a", name: `run ${calls++}` }]);
      await h.push(seen, [{ at: 0, k: "a" }]);
    }),
    /"interpreted" gives another answer .*- a "run 0".*\+ a "run 1"/s,
  );
});
