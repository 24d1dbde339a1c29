import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf } from "../../batch/build.js";
import { rowsOf } from "../../batch/read.js";
import { app, outputsOf } from "../../plan/app.js";
import { stream, tumble } from "../../plan/define.js";
import type { AggregateNode } from "../../plan/nodes/node.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { t } from "../../schema/builder.js";
import type { Rows } from "../rows.js";
import { AggregateOperator, GROUPS_INPUT, ROWS_INPUT } from "./aggregate.js";
import { CombineOperator } from "./combine.js";

const program = app(import.meta, "combine", [
  stream("s", { at: t.timestamp(), k: t.string(), x: t.float64() }, { time: "at" })
    .by("k")
    .window(tumble("1m"))
    .agg((a) => ({ n: a.count(), mean: a.mean("x"), first: a.first("x"), top: a.max("x"), d: a.countDistinct("x") }))
    .view("v"),
]);
const plan = new ResolvedPlan({ app: program.name, url: program.url, outputs: outputsOf(program) });
const node = plan.nodes.find((each) => each.kind === "aggregate") as AggregateNode;
const spec = plan.aggregate(node);
const context = { dead() {}, count() {} };

const BATCH = 8500;

/** Rows `from` up to `from + BATCH` of one partition, over two windows, with a key that repeats every `keys` rows. */
function rows(from: number, keys: number): Rows {
  const values = Array.from({ length: BATCH }, (_, i) => ({ k: `k${(from + i) % keys}`, x: ((from + i) % 97) / 10 }));
  const time = new Int32Array(2 * BATCH);
  for (let i = 0; i < BATCH; i++) time[2 * i] = (from + i) % 120_000;
  const batch = batchOf(plan.neededSchema(node.input), values);
  const origin = { stream: "s", partition: 0 };
  return { batch, time, lateBy: null, origin, base: from, index: null, via: [], sub: null };
}

/** Epochs of two batches each, by a combiner or straight into the aggregate. */
class Run {
  readonly aggregate = new AggregateOperator("v/window", spec, [], context);
  rows = 0;
  groups = 0;
  readonly #combine = new CombineOperator(
    "v/window",
    spec,
    {
      push: (given) => {
        this.rows += given.batch.length;
        this.aggregate.push(given, ROWS_INPUT);
      },
    },
    {
      push: (given) => {
        this.groups += given.batch.length;
        this.aggregate.push(given, GROUPS_INPUT);
      },
    },
    context,
  );

  epoch(batches: readonly Rows[], combined: boolean): void {
    for (const batch of batches)
      if (combined) this.#combine.push(batch);
      else this.aggregate.push(batch, ROWS_INPUT);
    this.#combine.flush();
  }

  state(): string[] {
    const groups = [...this.aggregate.checkpoint()].flatMap((saved) => rowsOf(saved.rows));
    return groups.map((group) => JSON.stringify({ ...group, d: [...(group.d as number[])].sort() })).sort();
  }
}

test("groups travel where keys repeat, rows where they hardly do; the state is the same either way", () => {
  const [combined, plain] = [new Run(), new Run()];
  const travelled: (readonly [rows: number, groups: number])[] = [];
  const epochs = [50, 50, 1e9, ...new Array<number>(16).fill(50), 50];
  for (const [epoch, keys] of epochs.entries()) {
    const batches = [rows(2 * BATCH * epoch, keys), rows(2 * BATCH * epoch + BATCH, keys)];
    combined.epoch(batches, true);
    plain.epoch(batches, false);
    travelled.push([combined.rows, combined.groups]);
    combined.rows = 0;
    combined.groups = 0;
  }
  // Fifty keys in one window; all of an epoch's in the third, where it is noticed; then rows, until it is tried again.
  assert.deepEqual(travelled.slice(0, 3), [
    [0, 50],
    [0, 50],
    [0, 2 * BATCH],
  ]);
  assert.deepEqual(
    travelled.slice(3, -1),
    new Array(16)
      .fill([2 * BATCH, 0])
      .slice(1)
      .concat([[0, 50]]),
  );
  const [found, expected] = [combined.state(), plain.state()];
  assert.equal(found.length, expected.length);
  assert.equal(
    found.find((group, k) => group !== expected[k]),
    undefined,
  );
});
