/**
 * Every value comes out as it went in: rows of random schemas go through operators, exchange, state, log and store, and
 * are read from a view and a published stream, compiled and interpreted, in memory and on disk.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../base/clock.js";
import type { Row } from "../batch/arbitrary.test.js";
import { plainRows, plainValue, rowOf, schema } from "../batch/arbitrary.test.js";
import { batchOf } from "../batch/build.js";
import type { App, Stream } from "../plan/api.js";
import { app } from "../plan/app.js";
import { stream } from "../plan/define.js";
import { t } from "../schema/builder.js";
import type { Col, Cols } from "../schema/types.js";
import { readPublished, readView } from "./answer.js";
import { colsOf } from "./columns.test.module.js";
import type { Configuration } from "./configuration.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_103);
const RUNS = process.env.MILLRACE_TEST === "all" ? 400 : 40;

const CRASH = { crash: true, snapshotRows: 2, workers: 2 };
const CONFIGURATIONS: readonly Configuration[] = [
  BASE,
  { ...BASE, name: "interpreted", interpreted: true },
  { ...BASE, name: "crash", ...CRASH },
  { ...BASE, name: "segment log, crash", log: "segment", ...CRASH },
  { ...BASE, name: "segment log, interpreted, history", log: "segment", interpreted: true, mode: "history" },
];

/** Columns are only known at run time, hence the loose types. */
type Rows = Stream<Record<string, string>>;

/** What the rows go through on their way; none may change them. */
const STEPS: Readonly<Record<string, (rows: Rows, cols: Cols) => Rows>> = {
  kept: (rows) => rows.filter((e) => e.k !== "none"),
  /** Passed through. */
  spread: (rows) => rows.map((e) => ({ ...e })),
  /** Opaque: every value is read, made anew and checked. */
  copied: (rows, cols) => rows.map((e) => Object.assign({}, e)).typed(cols) as unknown as Rows,
  listed: (rows, cols) => rows.flatMap((e) => [Object.assign({}, e)]).typed(cols) as unknown as Rows,
  /** The compiled loop gives the batch to the interpreter. */
  throwing: (rows) => rows.filter((e) => (e.k as string).repeat(e.k === "thrown" ? -1 : 1) !== ""),
};

const program = schema.chain((of) =>
  fc.record({
    of: fc.constant(of),
    steps: fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 3 }),
    pushes: fc.array(fc.array(rowOf(of), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
  }),
);
type Wanted = typeof program extends fc.Arbitrary<infer X> ? X : never;

function programOf({ of, steps }: Wanted): App {
  const cols: Cols = { at: t.timestamp(), k: t.string(), ...colsOf(of.fields) };
  const source = stream("s", cols as { at: Col<number, "timestamp"> }, { time: "at", partitions: 2 });
  const rows = steps.reduce(
    (before, name) => (STEPS[name] as (rows: Rows, cols: Cols) => Rows)(before, cols),
    source as unknown as Rows,
  );
  return app(import.meta, "values", [rows.stream("out"), rows.by("k").latest({ keep: "forever" }).view("v")]);
}

async function run(wanted: Wanted, configuration: Configuration): Promise<{ view: unknown[]; published: unknown[] }> {
  const running = await Program.open(programOf(wanted), new VirtualClock(), configuration);
  try {
    const rows = wanted.pushes.flat();
    const push = async (pushed: readonly Row[], partition: number): Promise<void> => {
      await running.runtime.push("s", [...pushed, { ...pushed[0], k: "thrown" }], { partition });
      if (configuration.mode === "live") await running.settle();
      if (configuration.crash) await running.crash();
    };
    let at = 1;
    for (const [p, part] of wanted.pushes.entries())
      await push(
        part.map((row) => ({ at, k: String(at++), ...row })),
        p % 2,
      );
    // Older rows of the same keys: the view's rows are written once more, from the state.
    await push(
      rows.map((_, k) => ({ at: 0, k: String(k + 1), ...rows[rows.length - 1 - k] })),
      0,
    );
    await running.settle();
    const strip = (read: readonly Row[]): unknown[] =>
      read
        .filter((row) => row.k !== "thrown" && row.at !== 0)
        .sort((a, b) => (a.at as number) - (b.at as number))
        .map(({ at: _at, k: _k, ...row }) => plainValue(row));
    return { view: strip(readView(running, "v")), published: strip(await readPublished(running, "out")) };
  } finally {
    await running.close();
  }
}

test("rows of any schema come out as they went in, whatever they go through", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.constantFrom(...CONFIGURATIONS), async (wanted, configuration) => {
      const expected = plainRows(batchOf(wanted.of, wanted.pushes.flat()));
      const { view, published } = await run(wanted, configuration);
      assert.deepEqual(published, expected, `stream, ${configuration.name}`);
      assert.deepEqual(view, expected, `view, ${configuration.name}`);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
