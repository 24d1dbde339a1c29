/**
 * Computed columns of fixed types: whatever values a lambda gives them, compiled loop and interpreter agree on what the
 * next step sees, what comes out, and which rows are refused why.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../base/clock.js";
import { columnType } from "../batch/arbitrary.test.js";
import type { App, Stream } from "../plan/api.js";
import { app } from "../plan/app.js";
import { stream } from "../plan/define.js";
import { t } from "../schema/builder.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import { answerOf } from "./answer.js";
import { colsOf } from "./columns.test.module.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_104);
const RUNS = process.env.MILLRACE_TEST === "all" ? 1000 : 100;

/** Values as a lambda may write them; those of no column type only give dead letters. */
const literal = fc.constantFrom(
  ...[
    "null",
    "undefined",
    "true",
    "0",
    "-0",
    "1",
    "1.5",
    "NaN",
    "Infinity",
    "2147483648",
    "9007199254740992",
    "-1e300",
  ],
  ...["5n", "9007199254740993n", "9223372036854775808n", "'text'", "''", "'red'", "'12.5'", "'2026-01-01T00:00:00Z'"],
  ...[
    "'2026-02-30T00:00:00Z'",
    "'\\\\ud800'",
    "[]",
    "[1, null]",
    "['a']",
    "[[1n]]",
    "({})",
    "({ f0: 1, f1: 'x', no: 2 })",
  ],
  ...["e.x", "e.s", "e.b", "e.d", "e.l", "e.x * 2", "e.s + '!'", "e.d.add(e.d)", "[...e.l, e.x]", "e.l.at(0)"],
);

/** Some that fit. */
const FITTING: Readonly<Partial<Record<ColumnType["kind"], readonly string[]>>> = {
  bool: ["true", "e.x > 1"],
  int32: ["1", "-0", "e.i"],
  int: ["1", "5n", "e.i * 2"],
  int64: ["5n", "1", "e.b"],
  float64: ["e.x", "NaN", "-0", "e.i / 3"],
  decimal: ["0", "'0'", "e.i > 3 ? '1' : 1"],
  string: ["e.s", "'x'", "'\\ud800'"],
  oneOf: ["'red'", "e.s"],
  timestamp: ["'2026-01-01T00:00:00Z'", "1.5", "e.i"],
  timestampNs: ["1", "e.b"],
  list: ["[]", "e.l"],
};
const textFor = (type: ColumnType): fc.Arbitrary<string> => {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...(FITTING[type.kind] ?? ["null"])) }, literal);
};

const wanted = fc.record({
  columns: fc.array(
    fc.tuple(columnType, fc.boolean()).chain(([type, nullable]) => {
      return fc.record({
        type: fc.constant(type),
        nullable: fc.constant(nullable),
        values: fc.array(textFor(type), { minLength: 1, maxLength: 3 }),
      });
    }),
    { minLength: 1, maxLength: 3 },
  ),
  kind: fc.constantFrom("with", "map"),
  /** Called with a cursor, or written out over the columns. */
  opaque: fc.boolean(),
  /** Columns that go on. */
  read: fc.boolean(),
});
type Wanted = typeof wanted extends fc.Arbitrary<infer X> ? X : never;

// biome-ignore lint/suspicious/noExplicitAny: made of text
type Lambda = (e: any) => any;
const lambda = (text: string): Lambda => new Function(`return (${text})`)() as Lambda;

function programOf({ columns, kind, opaque, read }: Wanted): App {
  const s = stream(
    "s",
    {
      at: t.timestamp(),
      i: t.int(),
      x: t.float64().optional(),
      s: t.string().optional(),
      b: t.int64(),
      d: t.decimal(6, 2),
      l: t.list(t.int()),
    },
    { time: "at" },
  );
  const fields: Field[] = columns.map(({ type, nullable }, k) => field(`v${k}`, type, nullable));
  const entries = columns.map(({ values }, k) => {
    return `v${k}: ${values.slice(1).reduce((rest, value, j) => `e.i % ${j + 2} === 0 ? ${value} : ${rest}`, values[0] as string)}`;
  });
  const object = `{ i: e.i, ${entries.join(", ")} }`;
  const make = lambda(opaque ? `e => { for (;;) return ${object}; }` : `e => (${object})`);
  const made = (s as unknown as Stream<Record<string, number>>)
    [kind as "with"](make)
    .typed({ i: t.int(), ...colsOf(fields) });
  // What the next step sees of each value: -0, bigints, dates and decimals told apart.
  const seen = fields.map(
    ({ name }) => `s${name}: \`\${typeof e.${name}} \${e.${name}} \${Object.is(e.${name}, -0)}\``,
  );
  const next = made.map(lambda(`e => ({ i: e.i, ${seen.join(", ")} })`));
  return app(import.meta, "typed", read ? [next.stream("seen"), made.stream("out")] : [next.pick("i").stream("seen")]);
}

async function answer(of: Wanted, interpreted: boolean): Promise<{ text: string; compiled: number }> {
  const program = await Program.open(programOf(of), new VirtualClock(), {
    ...BASE,
    interpreted,
    epochRows: 1,
  });
  try {
    const rows = Array.from({ length: 7 }, (_, i) => ({
      at: i,
      i,
      x: i % 3 === 0 ? null : i / 2,
      s: i % 4 === 0 ? null : ["red", "b", ""][i % 3],
      b: BigInt(i) ** 22n,
      d: `${i}.25`,
      l: Array.from({ length: i % 3 }, (__, k) => k * 1000),
    }));
    await program.runtime.push("s", rows);
    await program.settle();
    const compiled = program.runtime.engine.commit.counters["batches/compiled"] ?? 0;
    return { text: await answerOf(program), compiled };
  } finally {
    await program.close();
  }
}

test("whatever a lambda gives a column of a fixed type, compiled and interpreted agree", async () => {
  let refused = 0;
  let compiled = 0;
  await fc.assert(
    fc.asyncProperty(wanted, async (of) => {
      const [slow, fast] = [await answer(of, true), await answer(of, false)];
      assert.equal(fast.text, slow.text);
      compiled += fast.compiled;
      refused += slow.text.split("\n").filter((line) => line.startsWith("engine ")).length;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  assert.ok(compiled > RUNS, `${compiled} compiled batches`);
  assert.ok(refused > RUNS / 2 && refused < RUNS * 12, `${refused} refused rows`);
});
