import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { App, NamedStream, Node, Stream } from "../plan/api.js";
import { app } from "../plan/app.js";
import { stream, tumble, union } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { CONFIGURATIONS } from "./configuration.js";
import { law } from "./law.js";
import { DAY } from "./scenario/row-text.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_102);
const RUNS = process.env.MILLRACE_TEST === "all" ? 1500 : 120;

interface Row {
  readonly at: number;
  readonly k: string;
  readonly x: number;
}
type Rows = Stream<Row>;

/** A step of a pipeline; each keeps the columns, so that they may follow one another in any order. */
type Step =
  | { readonly kind: "filter" | "throwing" | "with"; readonly by: number }
  | { readonly kind: "flatMap"; readonly times: number }
  | { readonly kind: "late" | "self" }
  | { readonly kind: "union"; readonly left: readonly Step[]; readonly right: readonly Step[] }
  | { readonly kind: "publish" };

const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "steps" }),
  step: fc.oneof(
    { maxDepth: 2, depthIdentifier: "steps" },
    fc.record({ kind: fc.constantFrom("filter", "throwing", "with"), by: fc.integer({ min: 2, max: 4 }) }),
    fc.record({ kind: fc.constant("flatMap"), times: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constantFrom("late", "self") }),
    fc.record({ kind: fc.constant("publish") }),
    fc.record({ kind: fc.constant("union"), left: tie("steps"), right: tie("steps") }),
  ) as fc.Arbitrary<Step>,
}));

const pushes = fc.array(
  fc.record({
    to: fc.integer({ min: 0, max: 1 }),
    partition: fc.integer({ min: 0, max: 2 }),
    rows: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 90 }),
        k: fc.constantFrom("a", "b", "c"),
        x: fc.integer({ min: -4, max: 9 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Builds a pipeline over two streams, with whatever it publishes on the way. */
class Pipeline {
  readonly outputs: Node[] = [];
  readonly sources: readonly NamedStream<string, Row>[] = ["one", "two"].map((name) =>
    stream(
      name,
      { at: t.timestamp(), k: t.string(), x: t.int() },
      { time: "at", delay: name === "one" ? "5s" : "0s", partitions: 3 },
    ),
  );

  build(of: Rows, todo: readonly Step[]): Rows {
    return todo.reduce<Rows>((rows, step) => this.#step(rows, step), of);
  }

  #step(rows: Rows, step: Step): Rows {
    switch (step.kind) {
      case "filter":
        return rows.filter((e, p) => e.x % p.by !== 0, { by: step.by });
      case "throwing":
        return rows.filter((e, p) => e.k.repeat(e.x + p.by) !== "aaa", { by: step.by });
      case "with":
        return rows.with((e, p) => ({ x: e.x + p.by }), { by: step.by }).typed({ x: t.int() });
      case "flatMap":
        return rows
          .flatMap((e, p) => Array.from({ length: p.times }, (_, i) => ({ at: e.at, k: e.k, x: e.x + 100 * i })), {
            times: step.times,
          })
          .typed({ at: t.timestamp(), k: t.string(), x: t.int() });
      case "late":
        return rows.late();
      case "self":
        return union(
          rows,
          rows.with((e) => ({ k: `${e.k}!` })),
        );
      case "union":
        return union(this.build(rows, step.left), this.build(rows, step.right));
      case "publish": {
        const published = rows.stream(`out_${this.outputs.length}`);
        this.outputs.push(published);
        return published;
      }
    }
  }
}

function programOf(pipeline: Pipeline, todo: readonly Step[], merged: boolean): App {
  const [one, two] = pipeline.sources as unknown as [Rows, Rows];
  const rows = pipeline.build(merged ? union(one, two) : one, todo);
  const latest = rows.by("k").latest({ keep: "forever" }).view("latest");
  const ends = rows
    .by("k")
    .agg((a) => ({ n: a.count(), first: a.first("x"), last: a.last("x"), sum: a.sum("x") }), { keep: "forever" })
    .filter((r) => r.n !== 3)
    .view("ends");
  const windows = rows
    .by("k")
    .window(tumble("10s"), { emit: "updates", late: { correct: "forever" } })
    .agg((a) => ({ n: a.count(), last: a.last("x") }))
    .view("windows");
  return app(import.meta, "law", [...pipeline.outputs, latest, ends, windows]);
}

test("the law holds for random pipelines of branches, unions, late rows and rows that throw", async (context) => {
  let epochs = 0;
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.boolean(),
      pushes,
      fc.constantFrom(...CONFIGURATIONS),
      async (todo, merged, given, configuration) => {
        const pipeline = new Pipeline();
        const program = programOf(pipeline, todo, merged);
        const exercise = await law(
          program,
          async (h) => {
            for (const { to, partition, rows } of given)
              await h.push(
                pipeline.sources[merged ? to : 0] as Rows & { name: string },
                rows.map((row) => ({ ...row, at: DAY + row.at * 1000 })),
                { partition },
              );
            await h.watermark(DAY + 200_000);
          },
          { configurations: [configuration] },
        );
        epochs += exercise.epochs;
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
  context.diagnostic(`${RUNS} programs, ${epochs} epochs`);
  assert(epochs > RUNS);
});
