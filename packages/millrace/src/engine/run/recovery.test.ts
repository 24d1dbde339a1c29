/** Recovery: bounded, from what can be read, and with each worker given only what is its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nodeDisk } from "../../base/node-disk.js";
import { Random } from "../../base/random.js";
import { FaultDisk } from "../../log/segment/fault-disk.js";
import { app } from "../../plan/app.js";
import { stream, tumble } from "../../plan/define.js";
import { t } from "../../schema/builder.js";
import { snapshotDue } from "../epoch/snapshot-policy.js";
import { FileSnapshots } from "../epoch/snapshots.js";
import { Machine, rowsIn } from "../machine.test.module.js";
import type { Runtime } from "../runtime.js";
import type { EngineOptions } from "./engine.js";
import { localTasks } from "./local-tasks.js";
import type { TaskHandle } from "./messages.js";

const START = Date.UTC(2026, 0, 1);
const clicks = stream(
  "clicks",
  { at: t.timestamp(), user: t.string(), n: t.int() },
  { time: "at", partitions: 2, delay: "1h" },
);
const program = app(import.meta, "recovery_test", [
  clicks
    .by("user")
    .agg((a) => ({ sum: a.sum("n"), last: a.last("n") }), { keep: "forever" })
    .view("users"),
  clicks
    .by("user")
    .window(tumble("1m"))
    .agg((a) => ({ n: a.count() }))
    .view("minutes"),
]);

const USERS = 40;

async function push(runtime: Runtime, from: number, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, k) => ({
    at: START + (from + k) * 1000,
    user: `u${(from + k) % USERS}`,
    n: from + k,
  }));
  await runtime.push("clicks", rows, { partition: (from / 10) % 2 });
  await runtime.settle();
}

/** The answers to rows [0, count), from a machine on which nothing ever happened. */
async function undisturbed(count: number): Promise<unknown> {
  const runtime = await new Machine().started(program);
  for (let from = 0; from < count; from += 10) await push(runtime, from, 10);
  return answers(runtime);
}

async function answers(runtime: Runtime): Promise<unknown> {
  await runtime.watermark(START + 10_000_000);
  await runtime.settle();
  return [await rowsIn(runtime, "users"), await rowsIn(runtime, "minutes")];
}

const FOLDER = "/data/state";

function fileMachine(options: Partial<EngineOptions> = {}): {
  machine: Machine;
  disk: FaultDisk;
  files(): Promise<string[]>;
} {
  const disk = new FaultDisk(new Random(1));
  const booted = disk.boot();
  const warn = (text: string): void => void machine.warnings.push(text);
  const machine = new Machine({ snapshots: new FileSnapshots(booted, FOLDER, warn) }, options);
  return { machine, disk, files: async () => (await booted.list(FOLDER)).map((name) => `${FOLDER}/${name}`) };
}

describe("a damaged snapshot", () => {
  test("is passed over with a warning: the older one and the journal give the same state", async () => {
    const { machine, disk, files } = fileMachine();
    const runtime = await machine.started(program);
    for (let from = 0; from < 80; from += 10) {
      await push(runtime, from, 10);
      if (from === 20 || from === 50) await runtime.engine.snapshot();
    }
    assert.equal(runtime.engine.recoveryInputs["clicks/0"], 20, "the log is kept from the older snapshot on");
    await runtime.crash();
    const [, newest] = await files();
    disk.damage(newest as string, 300, 1);
    const again = machine.runtime(program);
    assert.equal((await again.start()).replayedEpochs, 5);
    assert.match(
      machine.warnings.join(),
      /6\.state is damaged: a record fails its checksum, at byte \d+; it is passed over/,
    );
    await push(again, 80, 10);
    assert.deepEqual(await answers(again), await undisturbed(90));
    await again.close();
  });

  test("that was the only one is passed over: the journal is whole till there are two", async () => {
    const { machine, disk, files } = fileMachine();
    const runtime = await machine.started(program);
    for (let from = 0; from < 50; from += 10) {
      await push(runtime, from, 10);
      if (from === 20) await runtime.engine.snapshot();
    }
    assert.deepEqual(runtime.engine.recoveryInputs, {});
    await runtime.crash();
    disk.damage((await files())[0] as string, 30, 1);
    const again = machine.runtime(program);
    assert.equal((await again.start()).replayedEpochs, 5);
    assert.deepEqual(await answers(again), await undisturbed(50));
    await again.close();
  });

  test("and the older one too: the start says what is missing and what to do, and --rebuild does it", async () => {
    const { machine, disk, files } = fileMachine();
    const runtime = await machine.started(program);
    for (const from of [0, 10, 20]) {
      await push(runtime, from, 10);
      await runtime.engine.snapshot();
    }
    await runtime.crash();
    for (const path of await files()) disk.damage(path, 30, 1);
    const failed = machine.runtime(program);
    await assert.rejects(failed.start(), {
      code: "DATA_DIR",
      message: /the journal lacks epochs after 0/,
      hint: /--rebuild/,
    });
    const rebuilt = await machine.started(program, { rebuild: true });
    await rebuilt.settle();
    assert.deepEqual(await answers(rebuilt), await undisturbed(30));
    await rebuilt.close();
  });
});

/** Tasks that tell how many rows of state they have taken up, before they run. */
function listeningTasks(runtime: Runtime, workers: number, taken: number[]): () => Promise<TaskHandle[]> {
  return async () =>
    localTasks(runtime.plan, { workers, interpreted: false }, nodeDisk).map((task, k) => ({
      run: async (work) => {
        if (taken[k] === undefined) {
          taken[k] = 0;
          for await (const { keys } of task.save()) taken[k] += keys;
        }
        return task.run(work);
      },
      save: () => task.save(),
      load: (pieces, watermarks) => task.load(pieces, watermarks),
      close: () => task.close(),
    }));
}

test("each worker is given the keys that are its own, once, whatever number of workers saved them", async () => {
  const { machine } = fileMachine();
  const sizes = [2, 2, 3, 1, 4];
  let from = 0;
  for (const workers of sizes) {
    const taken: number[] = [];
    const draft = machine.runtime(program);
    const runtime = machine.runtime(program, { tasks: listeningTasks(draft, workers, taken) });
    assert.equal((await runtime.start()).replayedEpochs, from === 0 ? 0 : 1);
    // A key of the running sums for each user, and one for each user and minute in which it was seen.
    const rows = Array.from({ length: Math.max(0, from - 10) }, (_, k) => k);
    const minutes = new Set(rows.map((k) => `${k % USERS} ${Math.floor(k / 60)}`)).size;
    await push(runtime, from, 60);
    assert.equal(
      taken.reduce((sum, own) => sum + own),
      Math.min(USERS, rows.length) + minutes,
    );
    await runtime.engine.snapshot();
    from += 60;
    await push(runtime, from, 10);
    from += 10;
    await runtime.crash();
  }
  const last = await machine.started(program, { workers: 2 });
  assert.equal(machine.warnings.length, 0);
  const [users] = (await answers(last)) as [{ user: string; sum: number }[]];
  const all = Array.from({ length: from }, (_, n) => n);
  for (const { user, sum } of users)
    assert.equal(
      sum,
      all.filter((n) => `u${n % USERS}` === user).reduce((a, b) => a + b, 0),
      user,
    );
  await last.close();
});

describe("a snapshot is due", () => {
  const limits = { rows: 1000, epochs: 10, runMs: 500 };
  const due = (rows: number, epochs: number, runMs: number, saveMs = 0): boolean =>
    snapshotDue({ rows, epochs, runMs }, limits, saveMs);

  test("by rows, by epochs and by the time that recovery would take", () => {
    assert.deepEqual(
      [due(999, 9, 499), due(1000, 1, 0), due(1, 10, 0), due(1, 1, 500), due(0, 0, 0)],
      [false, true, true, true, false],
    );
  });

  test("less often where saving takes long, so that processing is not held up", () => {
    assert.deepEqual([due(5000, 50, 600, 200), due(5000, 50, 800, 200), due(1, 1, 800, 200)], [false, true, true]);
  });

  for (const [what, options, epochMs] of [
    ["epochs", { snapshotEpochs: 4 }, 0],
    ["time", { snapshotRunMs: 100 }, 30],
    ["rows", { snapshotRows: 40 }, 0],
  ] as const)
    test(`so that recovery is bounded, by ${what}`, async () => {
      const { machine } = fileMachine(options);
      const slow = (): Runtime => {
        const { plan } = machine.runtime(program);
        const tasks = async (): Promise<TaskHandle[]> =>
          localTasks(plan, { workers: 1, interpreted: false }, nodeDisk).map((task) =>
            slowed(task, () => machine.clock.advance(epochMs)),
          );
        return machine.runtime(program, { tasks });
      };
      let runtime = slow();
      await runtime.start();
      const replayed: number[] = [];
      for (let from = 0; from < 300; from += 10) {
        await push(runtime, from, 10);
        if (from % 70 !== 60) continue;
        await runtime.crash();
        runtime = slow();
        replayed.push((await runtime.start()).replayedEpochs);
      }
      // Seven epochs between crashes, a snapshot after every fourth, what was run again counted in.
      assert.deepEqual(replayed, [3, 2, 1, 0]);
      await runtime.close();
    });
});

function slowed(task: TaskHandle, onRun: () => void): TaskHandle {
  return {
    run: (work) => {
      onRun();
      return task.run(work);
    },
    save: () => task.save(),
    load: (pieces, watermarks) => task.load(pieces, watermarks),
    close: () => task.close(),
  };
}

test("a snapshot waits for the epoch before it and holds up the one after it", async () => {
  const machine = new Machine({}, { epochRows: 10 });
  const done: string[] = [];
  let running = 0;
  const { plan } = machine.runtime(program);
  const tasks = async (): Promise<TaskHandle[]> =>
    localTasks(plan, { workers: 1, interpreted: false }, nodeDisk).map((task) => ({
      ...slowed(task, () => {}),
      run: async (work) => {
        running++;
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        const result = await task.run(work);
        running--;
        done.push(`epoch ${work.epoch}`);
        return result;
      },
      async *save() {
        assert.equal(running, 0, "an epoch ran while the state was saved");
        for await (const piece of task.save()) {
          await new Promise((resolve) => setImmediate(resolve));
          assert.equal(running, 0, "an epoch ran while the state was saved");
          yield piece;
        }
        done.push("saved");
      },
    }));
  const runtime = machine.runtime(program, { tasks });
  await runtime.start();
  await runtime.push(
    "clicks",
    Array.from({ length: 30 }, (_, n) => ({ at: START + n, user: "u", n })),
  );
  const { engine } = runtime;
  await Promise.all([engine.step(), engine.snapshot(), engine.step(), engine.snapshot(), engine.step()]);
  assert.deepEqual(done, ["epoch 1", "saved", "epoch 2", "saved", "epoch 3"]);
  await runtime.crash();
});
