import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../base/clock.js";
import { Decimal } from "../base/decimal.js";
import { TIME_MAX } from "../base/time.js";
import type { App, Stream } from "../plan/api.js";
import { app } from "../plan/app.js";
import { stream, tumble } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { fieldsOf, readView } from "./answer.js";
import type { Configuration } from "./configuration.js";
import { CONFIGURATIONS } from "./configuration.js";
import { Program } from "./program.js";
import { DAY, printRow } from "./scenario/row-text.js";
import type { TwinAggregate, TwinEntry, TwinRow } from "./twin.js";
import { twinRows } from "./twin.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_101);
const RUNS = process.env.MILLRACE_TEST === "all" ? 1500 : 150;
const PARTITIONS = 3;

const KEYS = ["k", "g", "f", "d", "b"] as const;
const AGGREGATES = [
  ...(["k", "g", "x", "d", "b", "at"] as const).flatMap((column) =>
    (["countDistinct", "min", "max", "first", "last"] as const).map((kind) => ({ kind, column })),
  ),
  ...(["g", "x", "d", "b"] as const).flatMap((column) => (["sum", "mean"] as const).map((kind) => ({ kind, column }))),
  ...(["g", "y", "x", "d", "b"] as const).flatMap((column) =>
    (["variance", "stddev"] as const).map((kind) => ({ kind, column })),
  ),
  { kind: "count", column: "k" } as const,
];

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 4, nil: null });
const row = fc.record({
  at: fc.integer({ min: 0, max: 200 }).map((seconds) => DAY + seconds * 1000),
  k: optional(fc.constantFrom("a", "b", "", "😀", "a b")),
  g: optional(fc.integer({ min: -3, max: 3 })),
  f: optional(fc.constantFrom(0, -0, 0.5, 1e300)),
  x: optional(
    fc.oneof(
      fc.constantFrom(0.1, 0.2, 0.3, 1e308, -1e308, 1e-300, -0, 5e-324, 1e16),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
  ),
  d: optional(fc.bigInt({ min: -500n, max: 500n }).map((unscaled) => new Decimal(unscaled, 2))),
  b: optional(fc.constantFrom(0n, 1n, 9007199254740993n, -9007199254740993n)),
});

const shape = fc.record({
  keep: fc.option(fc.record({ m: fc.integer({ min: 2, max: 4 }), r: fc.integer({ min: 0, max: 1 }) }), { nil: null }),
  add: fc.integer({ min: -5, max: 5 }),
  key: fc.subarray([...KEYS]),
  sizeMs: fc.constantFrom(null, 10_000, 60_000),
  late: fc.constantFrom("drop", "updates", "forever", "30s"),
  aggs: fc.subarray(AGGREGATES, { minLength: 1, maxLength: 5 }),
  delay: fc.constantFrom("0s", "7s", "60s"),
});
type Shape = typeof shape extends fc.Arbitrary<infer X> ? X : never;

const input = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        partition: fc.integer({ min: 0, max: PARTITIONS - 1 }),
        rows: fc.array(row, { minLength: 1, maxLength: 9 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        partition: fc.integer({ min: 0, max: PARTITIONS - 1 }),
        mark: fc.integer({ min: 0, max: 200 }).map((seconds) => DAY + seconds * 1000),
      }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);
type Input = typeof input extends fc.Arbitrary<infer X> ? X : never;

/** The program of a shape, in the fluent API; names are only known at run time, hence the loose types. */
function programOf({ keep, add, key, sizeMs, late, aggs, delay }: Shape): App {
  const source = stream(
    "s",
    {
      at: t.timestamp(),
      k: t.string().optional(),
      g: t.int().optional(),
      f: t.float64().optional(),
      x: t.float64().optional(),
      d: t.decimal(10, 2).optional(),
      b: t.int64().optional(),
    },
    { time: "at", delay: delay as "0s", partitions: PARTITIONS },
  );
  const filtered = keep === null ? source : source.filter((e, p) => e.g === null || Math.abs(e.g) % p.m !== p.r, keep);
  const rows = filtered.with((e, p) => ({ y: (e.g ?? 0) / 4 + p.add }), { add }) as unknown as Stream<
    Record<string, number>
  >;
  const build = (a: unknown): Record<string, never> =>
    Object.fromEntries(
      aggs.map(({ kind, column }, i) => [`a${i}`, (a as Record<string, (name: string) => never>)[kind]?.(column)]),
    ) as Record<string, never>;
  if (sizeMs === null)
    return app(import.meta, "twin", [
      rows
        .by(...(key as string[]))
        .agg(build, { keep: "forever" })
        .view("v"),
    ]);
  const options =
    late === "drop"
      ? {}
      : late === "updates"
        ? { emit: "updates" as const }
        : { emit: "updates" as const, late: { correct: late as "forever" } };
  return app(import.meta, "twin", [
    rows
      .by(...(key as string[]))
      .window(tumble(`${sizeMs}ms`), options)
      .agg(build)
      .view("v"),
  ]);
}

function twinOf({ keep, add, key, sizeMs, late, aggs, delay }: Shape): TwinAggregate {
  const passes = (g: number | null): boolean => keep === null || g === null || Math.abs(g) % keep.m !== keep.r;
  return {
    time: "at",
    delayMs: Number.parseInt(delay, 10) * 1000,
    rows: (e) => (passes(e.g as number | null) ? { ...e, y: ((e.g as number | null) ?? 0) / 4 + add } : null),
    key,
    sizeMs,
    correctMs: late === "forever" ? Number.POSITIVE_INFINITY : late === "30s" ? 30_000 : 0,
    aggs: aggs.map((agg, i) => ({ ...agg, name: `a${i}` })),
  };
}

/** Runs the program; returns what each partition got. */
async function feed(program: Program, pushes: Input): Promise<TwinEntry[][]> {
  const partitions: TwinEntry[][] = Array.from({ length: PARTITIONS }, () => []);
  const { crash, mode } = program.configuration;
  for (const push of pushes) {
    const entries = partitions[push.partition] as TwinEntry[];
    if ("rows" in push) {
      await program.runtime.push("s", push.rows, { partition: push.partition });
      entries.push(...push.rows.map((each) => ({ row: each as TwinRow })));
    } else {
      await program.runtime.log.mark([
        { stream: "s", partition: push.partition, watermark: push.mark, appendTime: DAY, reason: "test" },
      ]);
      entries.push({ mark: push.mark });
    }
    if (mode === "live") await program.settle();
    if (crash) await program.crash();
  }
  await program.runtime.watermark(TIME_MAX);
  await program.settle();
  return partitions;
}

async function check(wanted: Shape, pushes: Input, configuration: Configuration): Promise<number> {
  const program = await Program.open(programOf(wanted), new VirtualClock(), configuration);
  try {
    const partitions = await feed(program, pushes);
    const fields = fieldsOf(program.plan, "v") ?? [];
    const line = (each: TwinRow): string => printRow(each, fields);
    const found = readView(program, "v").map(line).sort();
    assert.deepEqual(found, twinRows(partitions, twinOf(wanted)).map(line).sort());
    return found.length;
  } finally {
    await program.close();
  }
}

test("random programs over random rows answer as their slow twin, under every configuration", async (context) => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(shape, input, fc.constantFrom(...CONFIGURATIONS), async (wanted, pushes, configuration) => {
      rows += await check(wanted, pushes, configuration);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  context.diagnostic(`${RUNS} programs, ${rows} rows of views compared`);
  assert(rows > RUNS, "the programs made hardly any rows");
});
