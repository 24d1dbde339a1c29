/** Beginning anew: decided before anything is changed, and finished by the next start wherever it is stopped. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { app } from "../../plan/app.js";
import { stream } from "../../plan/define.js";
import { t } from "../../schema/builder.js";
import { SimulatedCrash } from "../../testing/faults.js";
import { Machine, rowsIn } from "../machine.test.module.js";
import type { Runtime } from "../runtime.js";

const HOUR = 3_600_000;

/** `factor` makes another program; `keep` of its input lets history go; `more` gives the view another column. */
function shop({ factor = 1, more = false, keep = false } = {}) {
  const sales = stream(
    "sales",
    { at: t.timestamp(), shop: t.string(), cents: t.int() },
    { time: "at", ...(keep ? { keep: "1h" } : {}) },
  );
  const by = sales.by("shop");
  const totals = more
    ? by.agg((a) => ({ total: a.sum("cents"), sales: a.count() }), { keep: "forever" }).view("totals")
    : by.agg((a) => ({ total: a.sum("cents") }), { keep: "forever" }).view("totals");
  const large = sales
    .filter((e, p) => e.cents * p.factor >= 500, { factor })
    .map((e) => ({ shop: e.shop, cents: e.cents }))
    .stream("large", { keep: "1h" });
  return app(import.meta, "shop", [totals, large]);
}

function sales(from: number, count: number): { at: number; shop: string; cents: number }[] {
  return Array.from({ length: count }, (_, k) => ({
    at: Date.UTC(2026, 0, 1) + (from + k) * 1000,
    shop: `s${(from + k) % 3}`,
    cents: (from + k) * 100,
  }));
}

/** Ten sales, their results committed and saved, and the old half of what is published given back. */
async function shortened(machine: Machine, program = shop()): Promise<void> {
  const runtime = await machine.started(program);
  for (let k = 0; k < 10; k++) {
    await runtime.push("sales", sales(k, 1));
    await runtime.settle();
    machine.clock.advance(HOUR / 5);
  }
  machine.clock.advance(HOUR / 2);
  await runtime.engine.snapshot();
  await runtime.retain();
  assert.ok(machine.log.bounds("large", 0).start > 0, "nothing was given back");
  await runtime.close();
}

async function answers(runtime: Runtime): Promise<{ totals: unknown; large: number[] }> {
  const large = (await rowsIn(runtime, "large")).map(({ cents }) => cents as number);
  return { totals: await rowsIn(runtime, "totals"), large };
}

function totalsOf(rows: ReturnType<typeof sales>): { shop: string; total: number }[] {
  const own = (shop: string): number => rows.reduce((sum, row) => sum + (row.shop === shop ? row.cents : 0), 0);
  return ["s0", "s1", "s2"].map((shop) => ({ shop, total: own(shop) }));
}

const TOTALS = totalsOf(sales(0, 10));

describe("a published stream that retention has shortened", () => {
  test("is computed anew by --rebuild, its offsets going on where retention left off", async () => {
    const machine = new Machine();
    await shortened(machine);
    const { start } = machine.log.bounds("large", 0);
    const runtime = await machine.started(shop(), { rebuild: true });
    assert.equal(machine.log.bounds("large", 0).end, start, "what was published before is gone");
    await runtime.settle();
    assert.deepEqual(await answers(runtime), { totals: TOTALS, large: [500, 600, 700, 800, 900] });
    assert.deepEqual(machine.log.bounds("large", 0), { start, end: start + 5 });
    assert.equal(runtime.status().streams.find(({ name }) => name === "large")?.rows, 5);
    await runtime.close();
    const again = await machine.started(shop());
    await again.push("sales", sales(10, 1));
    await again.settle();
    assert.deepEqual((await answers(again)).large, [500, 600, 700, 800, 900, 1000]);
    await again.close();
  });

  test("is computed anew when the program changed, views in another form too", async () => {
    const machine = new Machine();
    await shortened(machine);
    const runtime = machine.runtime(shop({ factor: 2, more: true }));
    assert.equal((await runtime.start()).rebuilt, true);
    await runtime.settle();
    assert.deepEqual(await answers(runtime), {
      totals: [
        { shop: "s0", total: 1800, sales: 4 },
        { shop: "s1", total: 1200, sales: 3 },
        { shop: "s2", total: 1500, sales: 3 },
      ],
      large: [300, 400, 500, 600, 700, 800, 900],
    });
    await runtime.close();
  });
});

describe("nothing is changed", () => {
  for (const [what, program, rebuild] of [
    ["--rebuild", shop({ keep: true }), true],
    ["a changed program", shop({ keep: true, factor: 2 }), false],
  ] as const)
    test(`by ${what} where the log no longer reaches back, and it is said from when it does`, async () => {
      const machine = new Machine();
      await shortened(machine, shop({ keep: true }));
      const { start } = machine.log.bounds("sales", 0);
      assert.ok(start > 0);
      const since = new Date(Date.UTC(2026, 0, 1) + (start * HOUR) / 5).toISOString().slice(0, 16);
      await assert.rejects(machine.started(program, { rebuild }), (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, "RETENTION");
        assert.match(error.message, new RegExp(`"sales" partition 0 begins at offset ${start}, taken in at ${since}`));
        assert.match(error.hint, /Nothing was changed/);
        return true;
      });
      const before = await machine.started(shop({ keep: true }));
      assert.deepEqual((await answers(before)).totals, TOTALS);
      assert.equal(before.engine.commit.epoch, 10);
      await before.close();
    });

  test("by a program whose tasks can't be made", async () => {
    const machine = new Machine();
    await shortened(machine);
    const runtime = machine.runtime(shop({ factor: 2 }), {
      tasks: async () => {
        throw new SimulatedCrash("while a worker loads the program");
      },
    });
    await assert.rejects(runtime.start(), SimulatedCrash);
    const before = await machine.started(shop());
    assert.deepEqual((await answers(before)).totals, TOTALS);
    assert.equal(before.engine.commit.epoch, 10);
    await before.close();
  });
});

describe("stopped anywhere on the way", () => {
  for (const [what, program, rebuild] of [
    ["--rebuild", shop(), true],
    ["a changed program", shop({ factor: 2 }), false],
  ] as const)
    test(`${what} is finished by the next start, without being told again`, async (context) => {
      const expected = rebuild ? [5, 6, 7, 8, 9] : [3, 4, 5, 6, 7, 8, 9];
      let stops = 0;
      for (let at = 1; ; at++) {
        const machine = new Machine();
        await shortened(machine);
        let calls = 0;
        machine.fault = (call) => {
          if (++calls === at) throw new SimulatedCrash(`at ${call}`);
        };
        const stopped = await machine.started(program, { rebuild }).then(
          (runtime) =>
            runtime.settle().then(
              () => false,
              () => true,
            ),
          () => true,
        );
        machine.fault = () => {};
        if (!stopped) break;
        stops++;
        const runtime = await machine.started(program);
        await runtime.settle();
        const { totals, large } = await answers(runtime);
        assert.deepEqual(totals, TOTALS, `stopped at write ${at}`);
        // Where it was stopped before anything was forgotten, what retention gave back stays given back.
        assert.deepEqual(large, expected.map((k) => k * 100).slice(-large.length), `stopped at write ${at}`);
        if (runtime.engine.commit.epoch !== 10) assert.equal(large.length, expected.length, `stopped at write ${at}`);
        await runtime.close();
      }
      context.diagnostic(`exercised stops=${stops}`);
      assert.ok(stops > 5, `${stops}`);
    });
});
