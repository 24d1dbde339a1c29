import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../plan/app.js";
import { stream, tumble } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { harness } from "./harness.js";

const orders = stream(
  "orders",
  { at: t.timestamp(), region: t.string(), amount: t.float64() },
  { time: "at", delay: "5s" },
);
const perRegion = orders
  .by("region")
  .window(tumble("1m"))
  .agg((a) => ({ orders: a.count(), total: a.sum("amount") }))
  .view("per_region");
const shop = app(import.meta, "shop", [perRegion]);

test("a window closes by the watermark, a late row is set aside, and a crash loses nothing", async () => {
  const h = await harness(shop, { workers: 2 });
  await h.push(orders, [
    { at: "2026-01-01T00:00:05Z", region: "eu", amount: 3 },
    { at: "2026-01-01T00:00:59Z", region: "eu", amount: 4 },
  ]);
  assert.deepEqual(await h.read(perRegion), []);
  await h.watermark("2026-01-01T00:01:00Z");
  assert.deepEqual(await h.read(perRegion), [
    { region: "eu", windowStart: Date.UTC(2026, 0, 1), windowEnd: Date.UTC(2026, 0, 1, 0, 1), orders: 2, total: 7 },
  ]);
  await h.push(orders, [{ at: "2026-01-01T00:00:10Z", region: "eu", amount: 9 }]);
  assert.equal((await h.read(orders.late())).length, 1);
  await h.crash();
  assert.equal((await h.get(perRegion, { region: "eu", windowStart: Date.UTC(2026, 0, 1) }))?.orders, 2);
  await h.close();
});

test("a pushed time that no calendar has is refused, and nothing of its push is in the log", async () => {
  const h = await harness(shop);
  const push = (at: string) =>
    h.push(orders, [
      { at: "2026-02-28T00:00:00Z", region: "eu", amount: 1 },
      { at, region: "eu", amount: 1 },
    ]);
  await assert.rejects(push("2026-02-30T00:00:00Z"), {
    code: "DECODE",
    message: 'column "at" expects timestamp, got string "2026-02-30T00:00:00Z"',
  });
  await assert.rejects(push("2026-02-28T23:59:60Z"), { code: "DECODE" });
  assert.equal((await h.read(orders)).length, 0);
  await h.close();
});

test("takes as many rows at once as there are, or none of them when one does not fit", async () => {
  const large = orders.filter((e) => e.amount >= 0).stream("large");
  const h = await harness(app(import.meta, "shop", [large]), { epochRows: 1_000_000 });
  const rows = Array.from({ length: 200_000 }, (_, n) => ({ at: n, region: `r${n % 5}`, amount: n }));
  await assert.rejects(h.push(orders, [...rows, { at: 0, region: "r", amount: "much" as unknown as number }]), {
    code: "DECODE",
  });
  assert.equal((await h.read(large)).length, 0);
  await h.push(orders, rows);
  assert.equal((await h.read(large)).length, 200_000);
  assert.equal((await h.read(orders.filter((e) => e.amount < 150_000))).at(-1)?.amount, 149_999);
  await h.close();
});
