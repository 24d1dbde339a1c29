/** `run --once` killed at random moments and run again ends as if nothing had happened. */
import assert from "node:assert/strict";
import { mkdirSync, watch } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Random } from "../base/random.js";
import type { Running } from "./workshop.test.module.js";
import { answersOf, ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const ROWS = [30_000, 20_000, 10_000] as const;
const RUN = "app.ts --in sales=a.ndjson,b.ndjson.gz,c.ndjson --epoch-rows 500";

describe("killed at random moments", () => {
  let workshop: Workshop;
  let undisturbed: string;
  let took: number;
  before(async () => {
    workshop = new Workshop({
      "app.ts": TILL,
      "a.ndjson": `${ndjson(salesOf(ROWS[0], 1))}not a sale\n`,
      "b.ndjson.gz": gzipSync(ndjson(salesOf(ROWS[1], 2))),
      "c.ndjson": ndjson(salesOf(ROWS[2], 3)),
    });
    const started = Date.now();
    await workshop.runOnce(`${RUN} --data undisturbed`);
    took = Date.now() - started;
    undisturbed = await answersOf(workshop, "undisturbed");
  });
  after(() => workshop.remove());

  /** By time, from loading to the first commits; or at one of the store's writes. */
  function killLater(running: Running, store: string, k: number, random: Random): () => void {
    const kill = (): void => {
      running.child.kill("SIGKILL");
    };
    if (k % 3 === 0) {
      const timer = setTimeout(kill, took * (0.1 + 0.7 * random.next()));
      return () => clearTimeout(timer);
    }
    let left = random.int(20, 150);
    const watcher = watch(store, () => {
      if (--left === 0) kill();
    });
    return () => watcher.close();
  }

  test("the undisturbed run counts every row", async () => {
    const [{ sales, total }] = await workshop.rows(
      "undisturbed",
      "select cast(sum(sales) as int) as sales, sum(total) as total from shops",
    );
    const all = ROWS.flatMap((rows, k) => salesOf(rows, k + 1));
    assert.equal(sales, all.length);
    assert.equal(
      total,
      all.reduce((sum, { amount }) => sum + amount, 0),
    );
  });

  for (const [workers, wanted] of [
    [1, 6],
    [2, 3],
  ] as const)
    test(`workers ${workers}: the last run ends with the same`, async (context) => {
      const random = new Random(70 + workers);
      let data = "";
      const begin = (k: number): void => {
        data = `killed${workers}-${k}`;
        mkdirSync(workshop.path(data, "store"), { recursive: true });
      };
      begin(0);
      let kills = 0;
      let recoveries = 0;
      // A machine that is busy with something else may kill too early for anything to recover, or too late to kill.
      for (let k = 0; k < wanted || (recoveries === 0 && k < 4 * wanted); k++) {
        const running = workshop.start(`run ${RUN} --workers ${workers} --data ${data} --once`.split(" "));
        const stop = killLater(running, workshop.path(data, "store"), k, random);
        const { signal, code, err } = await running.ended;
        stop();
        if (/^Recovered: /m.test(err)) recoveries++;
        if (signal === "SIGKILL") kills++;
        else {
          assert.equal(code, 0, err);
          assert.equal(await answersOf(workshop, data), undisturbed);
          begin(k + 1);
        }
      }
      if (/^Recovered: /m.test((await workshop.runOnce(`${RUN} --workers ${workers} --data ${data}`)).err))
        recoveries++;
      context.diagnostic(`exercised kills=${kills} recoveries=${recoveries}`);
      assert.ok(kills > 0 && recoveries > 0, "nothing was killed in the middle");
      assert.equal(await answersOf(workshop, data), undisturbed);
      const doctor = await workshop.millrace(`doctor --data ${data}`);
      assert.deepEqual([doctor.code, doctor.out.trimEnd().split("\n").at(-1)], [0, "sound"]);
    });
});
