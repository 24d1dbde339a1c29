/**
 * The matcher against `evaluate`, on random rules and events; and that a broken part of it would be noticed.
 * Runs: MILLRACE_RUNS (default 300).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Batch } from "../../batch/batch.js";
import type { RowAccess } from "../../plan/rules/evaluate.js";
import { evaluate, textsOf } from "../../plan/rules/evaluate.js";
import type { Expr, PatternPart } from "../../plan/rules/expr.js";
import { x } from "../../plan/rules/x.js";
import { schemaOf, t } from "../../schema/builder.js";
import type { Value } from "../../schema/types.js";
import { ndjsonDecoder } from "../../source/ndjson.js";
import { AnchoredLiterals } from "./anchored-literals.js";
import { KeywordFilter } from "./keyword-filter.js";
import { LiteralSearch } from "./literal-search.js";
import { RuleMatcher } from "./matcher.js";
import { Caller } from "./routes.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);

/** "Alias" stands for declared columns that have other names in the input. */
const schema = schemaOf({
  line: t.int().from("$line"),
  Image: t.string().optional().from("Alias"),
  Count: t.int().optional(),
  rest: t.open(),
});
const NAMES = ["Image", "Alias", "Count", "Channel", "EventID", "CommandLine", "data.User", "Tags"];

type Event = Readonly<Record<string, Value>>;

/** Pieces that make texts and literals alike, so that many tests hold; some change their length with their case. */
const piece = fc.constantFrom(
  ...["\\", "cmd", ".exe", "PowerShell", " -enc ", "/", "a", "B", "K", "\u212a", "\u0130", "ΑΣ", "ß", "😀", "é"],
  ...["sekurlsa::", "kerberos::ptt", "10.0.0.7", "4688", "x\ny", '"q"', "C:\\Windows\\", "whoami", "::1"],
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
const scalar = fc.oneof(
  { weight: 6, arbitrary: text as fc.Arbitrary<Value> },
  fc.constantFrom<Value>(1, 7, 4688, 10, -3, 2.5, 9007199254740993n, true, false, ""),
);
const value = fc.oneof({ weight: 8, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }));
const event: fc.Arbitrary<Event> = fc.record(
  {
    Image: text,
    Alias: text,
    Count: fc.integer({ min: -3, max: 9 }),
    Channel: fc.constantFrom("Security", "security", "Sysmon"),
    EventID: fc.constantFrom<Value>(1, 10, "1"),
    CommandLine: value,
    "data.User": value,
    Tags: value,
  },
  { requiredKeys: [] },
);

const cased = fc.boolean();
const part: fc.Arbitrary<PatternPart> = fc.oneof(
  { weight: 3, arbitrary: text as fc.Arbitrary<PatternPart> },
  fc.constantFrom<PatternPart>({ any: true }, { one: true }),
);
const pattern = fc.constantFrom(
  ...[
    /cmd\.exe/,
    /powershell/i,
    /^C:\\/,
    /(cmd|whoami) -enc/,
    /[Ww]hoami+/,
    /(?:sekurlsa|kerberos)::/,
    /a.?B/s,
    /\d{4}/,
  ],
  ...[
    /(a)\1/,
    /x\sy/,
    /(?=K)k|K/i,
    /(PowerShell ?)+-enc/,
    /c(?:md){1,2}|é/,
    /[^\\]+$/,
    /(?!.*cmd)whoami/,
    /(.exe|\.EXE)$/,
  ],
);
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });

const textTest = (tests: ReturnType<typeof x.anyField>): fc.Arbitrary<Expr> =>
  fc.oneof(
    fc.tuple(text, cased).map(([v, c]) => tests.eq(v, { cased: c })),
    fc.tuple(text, cased).map(([v, c]) => tests.contains(v, { cased: c })),
    fc.tuple(text, cased).map(([v, c]) => tests.startsWith(v, { cased: c })),
    fc.tuple(text, cased).map(([v, c]) => tests.endsWith(v, { cased: c })),
    fc.tuple(fc.array(part, { maxLength: 4 }), cased).map(([v, c]) => tests.like(v, { cased: c })),
    pattern.map((v) => tests.matches(v)),
  );

const leaf: fc.Arbitrary<Expr> = fc.oneof(
  { weight: 8, arbitrary: names.chain((list) => textTest(x.field(...list))) },
  { weight: 2, arbitrary: textTest(x.anyField()) },
  names.chain((list) => {
    const field = x.field(...list);
    return fc.oneof(
      fc
        .constantFrom<number | bigint | boolean>(1, 7, 4688, 2.5, 1e20, 9007199254740993n, true)
        .map((v) => field.eq(v)),
      fc.constantFrom(x.field(...list).exists(), field.absent(), field.cidr("10.0.0.0/8"), field.cidr("::/0")),
      fc.constantFrom(field.lt(5), field.gte(7), field.timePart("year", "gte", 1970)),
      fc.tuple(names, cased).map(([other, c]) => field.containsField(other, { cased: c })),
    );
  }),
);
const route = fc.constantFrom(
  x.field("Channel").eq("security"),
  x.all(x.field("Channel").eq("Sysmon"), x.any(x.field("EventID").eq(1), x.field("EventID").eq(10))),
  x.all(x.field("Channel").exists(), x.not(x.field("EventID").eq(10))),
  x.always(true),
);
const { condition } = fc.letrec<{ condition: Expr }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: "condition" },
    leaf,
    fc.array(tie("condition"), { maxLength: 4 }).map((of) => x.all(...of)),
    fc.array(tie("condition"), { maxLength: 4 }).map((of) => x.any(...of)),
    tie("condition").map(x.not),
  ) as fc.Arbitrary<Expr>,
}));
const rule = fc
  .array(fc.tuple(route, condition), { minLength: 1, maxLength: 2 })
  .map((branches) => ({ when: x.any(...branches.map(([routed, rest]) => x.all(routed, rest))) }));

function batchesOf(events: readonly Event[]): readonly Batch[] {
  const decoder = ndjsonDecoder({ schema, rowsMax: 40 });
  const replacer = (_name: string, v: unknown): unknown => (typeof v === "bigint" ? `#${v}#` : v);
  for (const each of events)
    decoder.push(Buffer.from(`${JSON.stringify(each, replacer).replace(/"#(\d+)#"/g, "$1")}\n`));
  decoder.end();
  return decoder.take().map(({ batch }) => batch);
}

function access(each: Event): RowAccess {
  // The declared column takes one of its names; the other stays an attribute that nobody can ask for.
  const image = each.Image ?? each.Alias ?? null;
  const texts = Object.entries({
    ...each,
    Image: image,
    Alias: each.Image === undefined ? null : (each.Alias ?? null),
  });
  return {
    get: (name) => (name === "Image" || name === "Alias" ? image : (each[name] ?? null)),
    strings: () => texts.flatMap(([, v]) => [...textsOf(v as Value)]),
  };
}

/** "event:rule" of every match. */
function byMatcher(matcher: RuleMatcher, events: readonly Event[]): string[] {
  let before = 0;
  return batchesOf(events).flatMap((batch) => {
    const { rows, rules } = matcher.match(batch);
    const found = Array.from(rows, (row, k) => `${before + row}:${rules[k]}`);
    before += batch.length;
    return found;
  });
}

function byTwin(rules: readonly { readonly when: Expr }[], events: readonly Event[]): string[] {
  return events.flatMap((each, row) =>
    rules.flatMap(({ when }, number) => (evaluate(when, access(each)) ? [`${row}:${number}`] : [])),
  );
}

const rules = fc.array(rule, { minLength: 1, maxLength: 12 });
const events = fc.array(event, { minLength: 1, maxLength: 60 });
const agrees = fc.property(rules, events, (set, all) => {
  assert.deepEqual(byMatcher(new RuleMatcher(set), all), byTwin(set, all));
});

test("the matcher finds what evaluate finds, for random rules and events", () => {
  fc.assert(agrees, { numRuns });
});

test("a matcher made after another, over some of its rules, finds the same as one made anew", () => {
  fc.assert(
    fc.property(rules, rules, events, (old, fresh, all) => {
      const before = new RuleMatcher(old);
      byMatcher(before, all);
      const kept = [...old.filter((_rule, k) => k % 2 === 0), ...fresh];
      const after = new RuleMatcher(kept, before);
      assert.deepEqual(byMatcher(after, all), byTwin(kept, all));
      assert.deepEqual(byMatcher(before, all), byTwin(old, all), "the one before goes on");
    }),
    { numRuns: Math.ceil(numRuns / 3) },
  );
});

test("columns of values that hardly repeat, and one batch after another", () => {
  const matcher = new RuleMatcher([
    { when: x.field("CommandLine").contains("17-enc") },
    { when: x.all(x.field("Channel").eq("Security"), x.anyField().contains("sekurlsa::7")) },
    { when: x.field("CommandLine").endsWith("\u212a3") },
  ]);
  const all = Array.from({ length: 900 }, (_, k) => ({
    Channel: k % 3 === 0 ? "security" : "Sysmon",
    CommandLine: `cmd ${k}-ENC${k % 50 === 3 ? " k3" : ""}`,
    Tags: k % 100 === 0 ? [`x SEKURLSA::${k}`, k] : `t${k}`,
  }));
  const decoder = ndjsonDecoder({ schema });
  decoder.push(Buffer.from(all.map((each) => `${JSON.stringify(each)}\n`).join("")));
  decoder.end();
  const batch = decoder.take()[0]?.batch as Batch;
  const found = matcher.match(batch);
  const pairs = Array.from(found.rows, (row, k) => `${row}:${found.rules[k]}`);
  const twin = all.flatMap((each, row) => {
    const hits = [
      each.CommandLine.includes("17-ENC"),
      each.Channel === "security" && String(each.Tags).includes("A::7"),
    ];
    return [...hits, each.CommandLine.endsWith("k3")].flatMap((hit, number) => (hit ? [`${row}:${number}`] : []));
  });
  assert.deepEqual(pairs, twin);
  assert.ok(twin.length > 20);
  assert.deepEqual(matcher.match(batch), found);
});

/** Ways to break the matcher, each of which the property must notice. */
const CANARIES: readonly (readonly [string, object, string, (...args: never[]) => unknown])[] = [
  ["no literal is found anywhere in a text", LiteralSearch.prototype, "find", () => {}],
  ["no literal is found at an end", AnchoredLiterals.prototype, "endings", () => {}],
  ["the keyword filter lets nothing through", KeywordFilter.prototype, "candidates", () => new Set()],
  ["no branch is called", Caller.prototype, "called", () => []],
];

for (const [what, prototype, method, broken] of CANARIES)
  test(`canary: ${what}`, (context) => {
    context.mock.method(prototype as Record<string, () => unknown>, method, broken as () => unknown);
    assert.ok(fc.check(agrees, { numRuns: 1000 }).failed);
  });
