/**
 * `run --once` killed at random moments and run again, until it ends: then views, streams and dead letters are, byte for
 * byte, those of a run that nothing happened to. MILLRACE_SEED sets the moments; MILLRACE_TEST=all kills more often.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, watch } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Random } from "../base/random.js";
import type { Running } from "./workshop.test.module.js";
import { ndjson, salesOf, Workshop } from "./workshop.test.module.js";

/** Windows, a table looked up, rows made of rows, a stream with `keep`, and rows that an operator refuses. */
const DEPOT = `import { app, stream, t, table, tumble } from "millrace";

const shops = table("shops", { shop: t.string(), town: t.string() }, { key: ["shop"] });
const sales = stream(
  "sales",
  { at: t.timestamp(), id: t.int64(), shop: t.string(), amount: t.float64() },
  { time: "at", delay: "2s" },
);
const placed = sales.lookup(shops, { on: { shop: "shop" }, kind: "left" }, (e, s) => ({
  id: e.id,
  shop: e.shop,
  town: s?.town ?? "nowhere",
  amount: e.amount,
}));
const parts = placed.flatMap((e) =>
  Array.from({ length: 1 + Number(e.id % 3n) }, (_, part) => ({
    town: e.town,
    part,
    id: e.id,
    tenth: e.amount / 10,
    mark: "*".repeat(e.amount === 500 ? -1 : 1),
  })),
);
const towns = parts
  .by("town", "part")
  .agg((a) => ({ parts: a.count(), tenths: a.sum("tenth"), mean: a.mean("tenth"), last: a.last("id"), mark: a.max("mark") }), {
    keep: "forever",
  })
  .view("towns");
const minutes = placed
  .by("town")
  .window(tumble("1m"))
  .agg((a) => ({ sales: a.count(), total: a.sum("amount") }))
  .view("minutes");
const large = placed
  .filter((e) => e.amount >= 900)
  .map((e) => ({ id: e.id, town: e.town, cents: e.amount * 100 }))
  .stream("large", { keep: "1h" });

export default app(import.meta, "depot", [towns, minutes, large]);
`;

const ROWS = [9000, 5000, 3000] as const;
/** More rows than an epoch takes: each shop moves many times before it is where it stays. */
const SHOPS = Array.from({ length: 650 }, (_, k) => ({
  shop: `s${k % 12}`,
  town: k < 620 ? `old ${k}` : `town ${k % 5}`,
}));
const RUN = "app.ts --in sales=a.ndjson,b.ndjson.gz,c.ndjson --in shops=shops.ndjson --epoch-rows 15";

/** All that a run answers, in an order of its own: a published stream counts as a set. */
const ANSWERS = [
  "select 'towns' as what, concat_ws('|', town, part, parts, tenths, mean, last, mark) as row from towns",
  `select 'minutes', concat_ws('|', town, "windowStart", "windowEnd", sales, total) from minutes`,
  "select 'large', concat_ws('|', id, town, cents) from large",
  `select 'dead', concat_ws('|', source, stream, "partition", "offset", line, operator, reason, bytes) from dead_letters`,
  `select 'sales', concat_ws('|', _partition, _offset, id, "at", shop, amount) from sales`,
].join(" union all ");

describe("killed at random moments", () => {
  let workshop: Workshop;
  let undisturbed: string;
  let took: number;
  before(async () => {
    workshop = new Workshop({
      "app.ts": DEPOT,
      "a.ndjson": `${ndjson(salesOf(ROWS[0], 1))}not a sale\n`,
      "b.ndjson.gz": gzipSync(`{"id": "nor this"}\n${ndjson(salesOf(ROWS[1], 2))}`),
      "c.ndjson": ndjson(salesOf(ROWS[2], 3)),
      "shops.ndjson": ndjson(SHOPS),
    });
    const started = Date.now();
    await workshop.runOnce(`${RUN} --data undisturbed`);
    took = Date.now() - started;
    undisturbed = await answersOf("undisturbed");
  });
  after(() => workshop.remove());

  async function answersOf(data: string): Promise<string> {
    const sql = `select * from (${ANSWERS}) order by all`;
    const { code, out, err } = await workshop.millrace(["sql", "--data", data, "--format", "csv", sql]);
    assert.equal(code, 0, err);
    return out;
  }

  /** By time, from loading to the end; at one of the store's writes; or while a snapshot is written. */
  function killLater(running: Running, data: string, random: Random): () => void {
    const kill = (): void => {
      running.child.kill("SIGKILL");
    };
    const dice = random.next();
    if (dice < 0.4) {
      const timer = setTimeout(kill, took * (0.1 + 0.6 * random.next()));
      return () => clearTimeout(timer);
    }
    const folder = workshop.path(data, dice < 0.8 ? "store" : "state");
    mkdirSync(folder, { recursive: true });
    let left = dice < 0.8 ? random.int(20, 1500) : random.int(1, 8);
    const watcher = watch(folder, () => {
      if (--left === 0) kill();
    });
    return () => watcher.close();
  }

  test("the undisturbed run counts every row, in the town where its shop is", async () => {
    const [counted] = await workshop.rows(
      "undisturbed",
      "select cast(sum(sales) as int) as sales, count(distinct town)::int as towns, bool_or(town like 'old%') as old from minutes",
    );
    const late = ROWS.reduce((sum, rows) => sum + Math.floor(rows / 97), 0);
    const all = ROWS.reduce((sum, rows) => sum + rows, 0);
    assert.deepEqual([counted.towns, counted.old], [6, false]);
    assert.ok(counted.sales < all && counted.sales > all - 2 * late, `${counted.sales} of ${all}`);
    const [dead] = await workshop.rows(
      "undisturbed",
      "select count(*)::int as n, count(operator)::int as refused from dead_letters",
    );
    assert.ok(dead.refused > 0 && dead.n - dead.refused === 2, JSON.stringify(dead));
  });

  const share = process.env.MILLRACE_TEST === "all" ? 4 : 1;
  for (const [what, kills, workers] of [
    ["with one worker", 10, [1]],
    ["with another number of workers at each start", 6, [2, 1, 3]],
  ] as const)
    test(`${what} it ends as if nothing had happened`, async (context) => {
      const random = new Random(Number(process.env.MILLRACE_SEED ?? 71) + workers.length);
      const done = { kills: 0, saved: 0, recoveries: 0, ends: 0 };
      for (let life = 0; done.kills < kills * share; life++) {
        const data = `killed-${workers.length}-${life}`;
        for (let ended = false; !ended; ) {
          const count = workers[done.kills % workers.length] as number;
          const running = workshop.start(`run ${RUN} --workers ${count} --data ${data} --once`.split(" "));
          const stop = done.kills < kills * share ? killLater(running, data, random) : () => {};
          const { signal, code, err } = await running.ended;
          stop();
          if (/^Recovered: /m.test(err)) done.recoveries++;
          const saved = existsSync(workshop.path(data, "state")) ? readdirSync(workshop.path(data, "state")) : [];
          if (signal === "SIGKILL" && saved.length > 0) done.saved++;
          if (signal === "SIGKILL") done.kills++;
          else {
            assert.equal(code, 0, err);
            ended = true;
          }
        }
        done.ends++;
        assert.equal(await answersOf(data), undisturbed, `life ${life}`);
      }
      const doctor = await workshop.millrace(`doctor --data killed-${workers.length}-0`);
      assert.deepEqual([doctor.code, doctor.out.trimEnd().split("\n").at(-1)], [0, "sound"], doctor.out);
      context.diagnostic(
        `exercised kills=${done.kills} saved=${done.saved} recoveries=${done.recoveries} ends=${done.ends}`,
      );
      assert.ok(done.recoveries > 0, "nothing was run again");
    });
});
