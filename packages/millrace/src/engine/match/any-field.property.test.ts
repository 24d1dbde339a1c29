/** The matcher of many rules over a batch against `evaluate`, rule by rule and row by row. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { batchOf } from "../../batch/build.js";
import type { RowAccess } from "../../plan/rules/evaluate.js";
import { evaluate, textsOf } from "../../plan/rules/evaluate.js";
import type { Expr } from "../../plan/rules/expr.js";
import type { FieldTests, TextTests } from "../../plan/rules/x.js";
import { x } from "../../plan/rules/x.js";
import { schemaOf, t } from "../../schema/builder.js";
import type { Value } from "../../schema/types.js";
import { RuleMatcher } from "./matcher.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_101);
const RUNS = 400 * Number(process.env.MILLRACE_RUNS ?? 1);

const schema = schemaOf({
  EventID: t.int().optional().from("event_id"),
  Image: t.string().optional(),
  tags: t.list(t.string().optional()).optional(),
  sizes: t.list(t.int()).optional(),
  file: t.string().from("$file").default("cmd a 7"),
  rest: t.open(),
});

type Event = Readonly<Record<string, unknown>>;

const text = fc.constantFrom("cmd.exe", "CMD.EXE", "a", "", "7", "x7y", "10.0.0.1", "2026-01-01T10:00:00Z", "Ärger");
const number = fc.constantFrom(0, 7, 1, -1.5, 4624, 2 ** 60);
const scalar: fc.Arbitrary<unknown> = fc.oneof(text, number, fc.boolean(), fc.constantFrom(7n, 2n ** 62n));
const item = fc.oneof(text, fc.constantFrom(7, 1, -1.5, true, null));
const list: fc.Arbitrary<unknown> = fc.array(fc.oneof(item, fc.array(item, { maxLength: 2 })), { maxLength: 3 });
const event: fc.Arbitrary<Event> = fc.record(
  {
    EventID: fc.constantFrom(null, 1, 7, 4624),
    Image: fc.option(text),
    tags: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
    sizes: fc.option(fc.array(fc.constantFrom(1, 7), { maxLength: 3 })),
    rest: fc.dictionary(fc.constantFrom("p", "q", "process.name"), fc.oneof(scalar, list), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { noNullPrototype: true },
);

const names = fc.subarray(["EventID", "event_id", "Image", "tags", "sizes", "p", "q", "process.name", "file", "none"], {
  minLength: 1,
  maxLength: 2,
});
const textTest: fc.Arbitrary<(tests: TextTests) => Expr> = fc.oneof(
  fc
    .tuple(fc.oneof(text, fc.constantFrom(7, 4624, 7n, true)), fc.boolean())
    .map(([value, cased]) => (on: TextTests) => {
      return on.eq(value, { cased });
    }),
  fc.tuple(fc.constantFrom("contains", "startsWith", "endsWith"), text, fc.boolean()).map(
    ([how, value, cased]) =>
      (on: TextTests) =>
        on[how as "contains"](value, { cased }),
  ),
  fc.constantFrom(
    (on: TextTests) => on.like(["c", { any: true }, "e"]),
    (on: TextTests) => on.like([{ any: true }]),
    (on: TextTests) => on.like([{ one: true }]),
    (on: TextTests) => on.matches(/7/),
    (on: TextTests) => on.test({ kind: "absent" }),
  ),
);
const fieldTest: fc.Arbitrary<(tests: FieldTests) => Expr> = fc.oneof(
  textTest,
  fc.constantFrom(
    (on: FieldTests) => on.exists(),
    (on: FieldTests) => on.absent(),
    (on: FieldTests) => on.gt(1),
    (on: FieldTests) => on.lte(7),
    (on: FieldTests) => on.cidr("10.0.0.0/8"),
    (on: FieldTests) => on.timePart("hour", "eq", 10),
  ),
  fc.tuple(names, fc.boolean()).map(
    ([other, cased]) =>
      (on: FieldTests) =>
        on.containsField(other, { cased }),
  ),
);
const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(names, fieldTest).map(([of, make]) => make(x.field(...of))),
    textTest.map((make) => make(x.anyField())),
    fc.array(tie("expr"), { maxLength: 3 }).map((operands) => x.all(...operands)),
    fc.array(tie("expr"), { maxLength: 3 }).map((operands) => x.any(...operands)),
    tie("expr").map((operand) => x.not(operand)),
  ),
}));

/** The event as a rule sees it: declared columns by name and alias, then open attributes; `$file` is not the event's. */
function accessOf(of: Event): RowAccess {
  const { rest, ...declared } = of as { rest: Record<string, Value> } & Record<string, Value>;
  const values = new Map(Object.entries({ ...rest, ...declared, event_id: of.EventID as Value }));
  return {
    get: (name) => values.get(name) ?? null,
    *strings() {
      for (const value of values.values()) yield* textsOf(value);
    },
  };
}

test("rules over a batch match what each matches by itself over each row", () => {
  let matches = 0;
  fc.assert(
    fc.property(fc.array(expr, { minLength: 1, maxLength: 8 }), fc.array(event, { maxLength: 12 }), (rules, events) => {
      const found = new RuleMatcher(rules.map((when) => ({ when }))).match(batchOf(schema, events));
      const expected = events.flatMap((of, row) =>
        rules.flatMap((when, rule) => (evaluate(when, accessOf(of)) ? [[row, rule]] : [])),
      );
      assert.deepEqual(
        [...found.rows].map((row, k) => [row, found.rules[k]]),
        expected,
      );
      matches += expected.length;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  assert.ok(matches > RUNS);
});
