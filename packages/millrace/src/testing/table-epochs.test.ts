import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../base/clock.js";
import { rowsOf } from "../batch/read.js";
import { localTasks } from "../engine/run/local-tasks.js";
import type { EntrySlice, TaskHandle } from "../engine/run/messages.js";
import { app } from "../plan/app.js";
import { stream, table } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";
import { DAY } from "./scenario/row-text.js";

const names = table("names", { id: t.string(), name: t.string() }, { key: ["id"] });
const list = stream("s", { at: t.timestamp(), id: t.string() }, { time: "at" })
  .lookup(names, { on: { id: "id" }, kind: "left" }, (e, n) => ({ id: e.id, name: n?.name ?? "?" }))
  .stream("list");
const program = app(import.meta, "slices", [list]);

test("an epoch takes the rows of a table that are its own, not the whole chunk they are stored in", async () => {
  const running = await Program.open(program, new VirtualClock(), { ...BASE, mode: "history" });
  try {
    const { runtime, plan, disk } = running;
    const values = ["one", "two", "three"];
    const named = values.map((name) => ({ id: "x", name }));
    const rows = values.map((_, second) => ({ at: DAY + second, id: "x" }));
    await runtime.push("names", named, {});
    await runtime.push("s", rows, {});
    const slice = (of: string, from: number): EntrySlice => {
      const [ref] = runtime.log.entries(of, 0, 0, 3);
      assert(ref !== undefined && ref.to === 3);
      return { ref, from, to: from + 1 };
    };
    const [task] = localTasks(plan, { workers: 1, interpreted: false }, disk) as readonly [TaskHandle];
    const found: unknown[] = [];
    for (const epoch of [1, 2, 3]) {
      const first = [slice("names", epoch - 1)];
      const { published } = await task.run({ epoch, first, slices: [slice("s", epoch - 1)], hunts: [], marks: {} });
      found.push(...published.flatMap((each) => each.rows).flatMap(({ batch }) => rowsOf(batch)));
    }
    assert.deepEqual(
      found,
      values.map((name) => ({ id: "x", name })),
    );
  } finally {
    await running.close();
  }
});
