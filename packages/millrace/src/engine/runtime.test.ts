/** What fails beside the processing is said, counted and tried again, and never stops or loses anything. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { app } from "../plan/app.js";
import { stream } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { fullDisk, Machine, rowsIn } from "./machine.test.module.js";
import type { Runtime } from "./runtime.js";
import type { Work } from "./troubles.js";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const reading = { at: t.timestamp(), sensor: t.string(), value: t.int() };
const readings = stream("readings", reading, { time: "at", partitions: 2, keep: "1h", idle: "1m" });
const plant = app(import.meta, "plant", [
  readings
    .by("sensor")
    .agg((a) => ({ sum: a.sum("value") }), { keep: "forever" })
    .view("sums"),
  readings.filter((e) => e.value > 2).stream("high", { keep: "1h" }),
]);

async function push(runtime: Runtime, ...values: readonly number[]): Promise<void> {
  const rows = values.map((value) => ({ at: START + value, sensor: "a", value }));
  await runtime.push("readings", rows);
}

function trouble(runtime: Runtime, work: Work): { failures: number; failing: boolean } | null {
  const found = runtime.status().troubles.find((each) => each.work === work);
  return found === undefined ? null : { failures: found.failures, failing: found.since !== null };
}

/** Until nothing is under way any more: the loop that is live works in turns of its own. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function answers(runtime: Runtime): Promise<{ sum: unknown; high: unknown[] }> {
  const [row] = await rowsIn(runtime, "sums");
  return { sum: row?.sum, high: (await rowsIn(runtime, "high")).map(({ value }) => value) };
}

describe("live", () => {
  test("a retention that fails is tried again, later each time, while rows go on being processed", async () => {
    const machine = new Machine();
    const runtime = await machine.started(plant);
    runtime.live();
    await push(runtime, 1, 2);
    await quiet();
    let tried = 0;
    machine.fault = (call) => {
      if (call !== "log.retain") return;
      tried++;
      throw fullDisk();
    };
    for (const [advanceMs, expected] of [
      [60_000, 1],
      [1000, 2],
      [1000, 2],
      [1000, 3],
      [4000, 4],
    ] as const) {
      machine.clock.advance(advanceMs);
      await quiet();
      assert.equal(tried, expected);
    }
    assert.deepEqual(trouble(runtime, "retention"), { failures: 4, failing: true });
    await push(runtime, 3);
    await quiet();
    assert.deepEqual(await answers(runtime), { sum: 6, high: [3] });
    assert.deepEqual([runtime.status().ready, runtime.status().failure], [true, null]);
    machine.fault = () => {};
    machine.clock.advance(60_000);
    await quiet();
    assert.deepEqual(trouble(runtime, "retention"), { failures: 4, failing: false });
    assert.match(
      machine.warnings[0] as string,
      /^giving back old rows failed, and is tried again in 1 s: the disk is full/,
    );
    assert.deepEqual(
      machine.warnings.map((text) => / in (\d) s|works again/.exec(text)?.[1] ?? "again"),
      ["1", "2", "8", "again"],
    );
    await runtime.close();
  });

  test("idle partitions are marked as soon as the log takes marks again", async () => {
    const machine = new Machine();
    const runtime = await machine.started(plant);
    runtime.live();
    await push(runtime, 5);
    await quiet();
    machine.fault = (call) => {
      if (call === "log.mark") throw fullDisk();
    };
    machine.clock.advance(61_000);
    await quiet();
    machine.clock.advance(15_000);
    await quiet();
    assert.equal(trouble(runtime, "idle")?.failing, true);
    assert.equal(runtime.status().failure, null);
    assert.equal(machine.log.bounds("readings", 1).end, 0);
    machine.fault = () => {};
    machine.clock.advance(15_000);
    await quiet();
    assert.equal(trouble(runtime, "idle")?.failing, false);
    assert.equal(machine.log.bounds("readings", 1).end, 1);
    await runtime.close();
  });

  test("a snapshot that fails is tried again, and what it would have let go of is kept till then", async () => {
    const machine = new Machine({}, { epochRows: 1, snapshotRows: 2 });
    const runtime = await machine.started(plant);
    runtime.live();
    await push(runtime, 1, 2);
    await quiet();
    const saved = runtime.engine.recoveryInputs;
    machine.fault = (call) => {
      if (call === "snapshots.save") throw fullDisk();
    };
    await push(runtime, 3, 4, 5);
    await quiet();
    assert.deepEqual(trouble(runtime, "snapshot"), { failures: 1, failing: true });
    assert.deepEqual(runtime.engine.recoveryInputs, saved);
    machine.clock.advance(2 * HOUR);
    await quiet();
    assert.equal(machine.log.bounds("readings", 0).start, 2, "retention stays behind the last snapshot");
    await runtime.crash();
    const again = await machine.started(plant);
    assert.equal((await answers(again)).sum, 15);
    again.live();
    await push(again, 6);
    await quiet();
    assert.equal((await answers(again)).sum, 21);
    machine.fault = () => {};
    machine.clock.advance(60_000);
    await quiet();
    assert.deepEqual(trouble(again, "snapshot"), { failures: 1, failing: false });
    assert.equal(again.engine.recoveryInputs["readings/0"], 6);
    await again.close();
  });

  test("a listener that throws, or rejects, hurts no other and not the engine", async () => {
    const machine = new Machine();
    const runtime = await machine.started(plant);
    const heard: number[] = [];
    runtime.engine.onCommit(() => {
      throw new TypeError("no such thing");
    });
    const stop = runtime.engine.onCommit(async () => {
      throw new TypeError("nor that");
    });
    runtime.engine.onCommit(({ epoch }) => heard.push(epoch));
    runtime.live();
    for (const value of [1, 2, 3]) {
      await push(runtime, value);
      await quiet();
    }
    assert.deepEqual(heard, [1, 2, 3]);
    assert.deepEqual(trouble(runtime, "listener"), { failures: 6, failing: true });
    assert.equal((await answers(runtime)).sum, 6);
    assert.match(machine.warnings[0] as string, /^a listener to commits failed: no such thing$/);
    stop();
    await runtime.close();
  });
});

describe("a disk that refuses a commit", () => {
  for (const refused of ["log.append", "store.commit"])
    test(`by ${refused}: the epoch waits and is committed once when there is room; rows are taken meanwhile`, async () => {
      const machine = new Machine({}, { epochRows: 2 });
      const runtime = await machine.started(plant);
      const commits: number[] = [];
      runtime.engine.onCommit(({ epoch }) => commits.push(epoch));
      await push(runtime, 3, 4);
      await runtime.settle();
      await push(runtime, 5, 6);
      let room = false;
      let tried = 0;
      machine.fault = (call) => {
        if (call !== refused || room) return;
        tried++;
        throw fullDisk();
      };
      runtime.live();
      await quiet();
      machine.clock.advance(1000);
      await quiet();
      machine.clock.advance(2000);
      await quiet();
      assert.equal(tried, 3);
      assert.deepEqual(trouble(runtime, "commit"), { failures: 3, failing: true });
      assert.deepEqual([runtime.engine.blocked, runtime.status().failure, runtime.status().epoch], [true, null, 1]);
      await assert.rejects(runtime.settle(), { code: "DISK" });
      await runtime.engine.snapshot();
      assert.deepEqual(runtime.engine.recoveryInputs, {}, "a state that is ahead of its commit is not saved");
      room = true;
      await push(runtime, 7);
      machine.clock.advance(60_000);
      await quiet();
      assert.deepEqual(await answers(runtime), { sum: 25, high: [3, 4, 5, 6, 7] });
      assert.deepEqual(commits, [1, 2, 3]);
      assert.equal(trouble(runtime, "commit")?.failing, false);
      await runtime.crash();
      const again = await machine.started(plant);
      assert.deepEqual(await answers(again), { sum: 25, high: [3, 4, 5, 6, 7] });
      await again.close();
    });

  test("but made it all the same: it is not made twice", async () => {
    const machine = new Machine();
    const runtime = await machine.started(plant);
    await push(runtime, 3, 4);
    machine.after = (call) => {
      if (call === "store.commit") throw fullDisk();
    };
    await assert.rejects(runtime.settle(), { code: "DISK" });
    machine.after = () => {};
    await runtime.settle();
    assert.deepEqual(await answers(runtime), { sum: 7, high: [3, 4] });
    await runtime.close();
  });

  test("for another reason than the disk's, the engine says why it stopped, and the next start goes on", async () => {
    const machine = new Machine();
    const runtime = await machine.started(plant);
    machine.fault = (call) => {
      if (call === "store.commit") throw new TypeError("something else");
    };
    runtime.live();
    await push(runtime, 3, 4);
    await quiet();
    assert.deepEqual([runtime.status().ready, runtime.status().failure], [false, "something else"]);
    await assert.rejects(runtime.settle(), /something else/);
    machine.fault = () => {};
    await runtime.close();
    const again = await machine.started(plant);
    await again.settle();
    assert.deepEqual(await answers(again), { sum: 7, high: [3, 4] });
    await again.close();
  });
});
