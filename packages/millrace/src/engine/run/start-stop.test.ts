/** Whatever start has opened is closed again when it fails or is stopped on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeDisk } from "../../base/node-disk.js";
import { app } from "../../plan/app.js";
import { stream } from "../../plan/define.js";
import { t } from "../../schema/builder.js";
import { fullDisk, Machine, rowsIn } from "../machine.test.module.js";
import type { Runtime } from "../runtime.js";
import { localTasks } from "./local-tasks.js";
import type { TaskHandle } from "./messages.js";

const START = Date.UTC(2026, 0, 1);
const ticks = stream("ticks", { at: t.timestamp(), n: t.int() }, { time: "at" });
const program = app(import.meta, "start_stop", [
  ticks
    .by("n")
    .agg((a) => ({ seen: a.count() }), { keep: "forever" })
    .view("seen"),
]);

const ROWS = 20;

/** A machine with a journal of one epoch a row. */
async function withJournal(): Promise<Machine> {
  const machine = new Machine({}, { epochRows: 1, snapshotEpochs: 1000 });
  const runtime = await machine.started(program);
  await runtime.push(
    "ticks",
    Array.from({ length: ROWS }, (_, n) => ({ at: START + n, n })),
  );
  await runtime.settle();
  await runtime.crash();
  return machine;
}

interface Watched {
  readonly runtime: Runtime;
  readonly epochs: number[];
  open(): number;
}

/** A runtime whose tasks are counted, and call back at every epoch. */
function watched(machine: Machine, workers: number, onRun: (epoch: number) => Promise<void> = async () => {}): Watched {
  const epochs: number[] = [];
  let open = 0;
  const { plan } = machine.runtime(program);
  const tasks = async (): Promise<TaskHandle[]> =>
    localTasks(plan, { workers, interpreted: false }, nodeDisk).map((task, k) => {
      open++;
      return {
        run: async (work) => {
          if (k === 0) epochs.push(work.epoch);
          await onRun(work.epoch);
          return task.run(work);
        },
        save: () => task.save(),
        load: (pieces, watermarks) => task.load(pieces, watermarks),
        close: async () => {
          open--;
        },
      };
    });
  return { runtime: machine.runtime(program, { tasks }), epochs, open: () => open };
}

async function goesOn(machine: Machine): Promise<void> {
  const runtime = await machine.started(program, { workers: 2 });
  await runtime.settle();
  assert.equal((await rowsIn(runtime, "seen")).length, ROWS);
  await runtime.close();
}

test("a start that fails in the middle of its recovery leaves no task", async () => {
  const machine = await withJournal();
  const { runtime, open } = watched(machine, 3, async (epoch) => {
    if (epoch === 7) throw fullDisk();
  });
  await assert.rejects(runtime.start(), { code: "DISK" });
  assert.equal(open(), 0);
  assert.equal(runtime.status().ready, false);
  await runtime.close();
  await goesOn(machine);
});

for (const how of ["stop", "close"] as const)
  test(`${how} in the middle of a start gives it up after the epoch that runs`, async () => {
    const machine = await withJournal();
    let stopped: Promise<void> | null = null;
    const { runtime, epochs, open } = watched(machine, 2, async (epoch) => {
      if (epoch === 5) stopped ??= how === "stop" ? runtime.engine.stop() : runtime.close();
    });
    await assert.rejects(runtime.start(), { code: "REQUEST", message: /stopped while it started/ });
    await stopped;
    assert.deepEqual(epochs, [1, 2, 3, 4, 5]);
    assert.deepEqual([open(), runtime.status().ready], [0, false]);
    await goesOn(machine);
  });

test("stop while the tasks are being made, before the start, and twice", async () => {
  const machine = await withJournal();
  const making = watched(machine, 2);
  const starting = making.runtime.start();
  const stopping = making.runtime.engine.stop();
  await assert.rejects(starting, { code: "REQUEST" });
  await Promise.all([stopping, making.runtime.engine.stop()]);
  assert.deepEqual([making.open(), making.epochs], [0, []]);
  const never = watched(machine, 2);
  await never.runtime.close();
  await assert.rejects(never.runtime.start(), { code: "REQUEST" });
  assert.equal(never.open(), 0);
  await goesOn(machine);
});
