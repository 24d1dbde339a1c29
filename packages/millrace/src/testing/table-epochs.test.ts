import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../base/clock.js";
import { app } from "../plan/app.js";
import { stream, table } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { readPublished } from "./answer.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";
import { DAY } from "./scenario/row-text.js";

const names = table("names", { id: t.string(), name: t.string() }, { key: ["id"] });
const list = stream("s", { at: t.timestamp(), id: t.string() }, { time: "at" })
  .lookup(names, { on: { id: "id" }, kind: "left" }, (e, n) => ({ id: e.id, name: n?.name ?? "?" }))
  .stream("list");
const program = app(import.meta, "slices", [list]);

test("an epoch takes the rows of a table that are its own, not the whole chunk they are stored in", async () => {
  const running = await Program.open(program, new VirtualClock(), { ...BASE, mode: "history", epochRows: 2 });
  try {
    const { runtime } = running;
    await runtime.push(
      "names",
      ["one", "two", "three"].map((name) => ({ id: "x", name })),
      {},
    );
    await runtime.push(
      "s",
      [0, 1, 2].map((second) => ({ at: DAY + second, id: "x" })),
      {},
    );
    assert(await runtime.engine.step());
    await runtime.engine.snapshot();
    await running.crash();
    await running.settle();
    const found = await readPublished(running, "list");
    assert.deepEqual(
      found.map(({ name }) => name),
      ["one", "two", "three"],
    );
  } finally {
    await running.close();
  }
});
