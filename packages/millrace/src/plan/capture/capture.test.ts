import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../../base/errors.js";
import type { Captured } from "./capture.js";
import { captureLambda, describeWhy, openReads } from "./capture.js";
import { singleColumn } from "./distinct.js";

// biome-ignore lint/suspicious/noExplicitAny: lambdas here are written without a row type, as text is all that counts
type Any = any;
type Fn = (...args: Any[]) => unknown;

/** From text, so that the test says exactly what the runtime sees. */
const made = (text: string): Fn => new Function(`return (${text})`)() as Fn;
const capture = (text: string, params?: Record<string, unknown>, arity = 1): Captured =>
  captureLambda(made(text), { arity, params });
const refused = (
  fn: unknown,
  pattern: RegExp,
  options: { arity?: number; params?: Record<string, unknown> } = {},
): MillraceError => {
  let error: unknown;
  try {
    captureLambda(fn, { arity: options.arity ?? 1, params: options.params });
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof MillraceError, `not refused: ${String(fn).slice(0, 80)}`);
  assert.match(`${error.message}\n${error.hint}`, pattern);
  assert.ok((error.hint ?? "").length > 20, `no advice: ${error.message}`);
  return error;
};

test("what breaks the law is refused, by name and with advice", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["async (e) => e.a", /cannot be `async`/],
    ["async function (e) { await e.a }", /cannot be `async`/],
    ["e => e.list.map(async (x) => x)", /function inside a lambda cannot be `async`/],
    ["function* (e) { yield e.a }", /generator/],
    ["function (e) { return this.a }", /cannot use `this`/],
    ["e => e.a > Math.random()", /`Math.random`.*replay/s],
    ["e => { const { random } = Math; return random() }", /cannot pass `Math` around/],
    ["e => e.at > Date.now() - 1000", /`Date.now`.*timestamp column/s],
    ['e => readFileSync("names.txt").includes(e.a)', /`readFileSync`.*pass the value as a parameter/s],
    ["e => fs.existsSync(e.a)", /`fs.existsSync`.*outside the row/s],
    ["e => randomUUID() + e.a", /`randomUUID`/],
    ["e => new Date().getTime() > e.at", /`new Date\(\)`.*when it is computed/s],
    ["e => Date()", /`Date\(\)`/],
    ["e => new Date(e.at).getHours()", /not a column value.*Date\.UTC/s],
    ["e => Date.parse(e.text)", /`Date.parse\(e.text\)`.*machine's own.*\+ "Z"/s],
    ["e => Date.parse('2026-01-01T00:00')", /without a zone/],
    ["e => Date.parse(`${e.day}-01`)", /without a zone/],
    ["e => Date.parse(e.day + '2026-01-01')", /without a zone/],
    ["e => e.list.map(Date.parse)", /`Date.parse`.*without a zone/],
    ["e => new Date(e.text).getTime()", /machine's time zone/],
    ["e => e.x.toLocaleString()", /toLocaleString.*toFixed/s],
    ["e => e.x.toLocaleString('en-US')", /toLocaleString/],
    ["e => e.name.toLocaleUpperCase()", /toLocaleUpperCase.*toUpperCase/s],
    ["e => e.name?.localeCompare(e.b)", /localeCompare.*</s],
    ["e => e.list.toSorted((a, b) => a.localeCompare(b))", /localeCompare/],
    ["e => new Intl.NumberFormat().format(e.x)", /`Intl.NumberFormat`.*language/s],
    ["e => performance.now()", /`performance.now`/],
    ["e => process.env.LIMIT", /`process.env`.*parameter/s],
    ["e => fetch(e.url)", /`fetch`/],
    ["e => import('x')", /import/],
    ["e => { setTimeout(() => 1, 10); return 1 }", /`setTimeout`.*nothing else/s],
    ["e => globalThis.x", /`globalThis.x`/],
    ["e => eval(e.code)", /`eval`/],
    ["e => new Function(e.code)", /`Function`/],
    ["e => crypto.randomUUID()", /`crypto.randomUUID`/],
    ["e => class {}", /class/],
    ["e => (count = 1)", /assigns to `count`/],
    ["e => { count++; return true }", /assigns to `count`/],
    ["e => { [a.b] = [1]; return 1 }", /writes to `a.b`/],
    ["e => { seen[e.id] = 1; return true }", /writes to `seen\[e.id\]`/],
    ["e => { seen.add(e.id); return true }", /changes `seen` with .add/],
    ["e => { list.push(e.id); return true }", /changes `list` with .push/],
    ["e => { e.a = 1; return e }", /writes to `e.a`.*row/s],
    ["e => { const row = e; row.a += 1; return 1 }", /writes to `row.a`/],
    ["e => { delete e.a; return 1 }", /deletes `e.a`/],
    ["({ list }) => list.sort()", /changes `list` with .sort.*toSorted/s],
    ["e => Object.assign(e, { a: 1 })", /changes `e` with Object.assign/],
    ["e => { for (e.a of [1]); return 1 }", /writes to `e.a`/],
  ];
  for (const [text, pattern] of cases) refused(made(text), pattern);
  refused(made("(e, p) => { p.min = 3; return 1 }"), /parameters are fixed/, { params: { min: 1 } });
});

test("what says its zone and its language is the same everywhere", () => {
  for (const text of [
    "e => Date.parse('2026-01-01T00:00:00Z') < e.at",
    "e => Date.parse('2026-01-01')",
    "e => Date.parse('1 Jan 2026 00:00 GMT')",
    "e => Date.parse(e.text + 'Z')",
    "e => Date.parse(e.day + 'T' + e.clock + '+02:00')",
    "e => Date.parse(`${e.day}T00:00:00Z`)",
    "e => { const text = `${e.day}T00:00:00Z`; return Date.parse(text) }",
    "e => { const Date = { parse: (s) => s.length }; return Date.parse(e.text) }",
    "e => e.name.toLocaleUpperCase('tr')",
  ])
    capture(text);
});

test("what has no text to read is refused", () => {
  refused(Math.max, /built-in function `max`/);
  refused(((e: Any) => e.a).bind(null), /bound function/);
  refused(class A {}, /class `A`/);
  refused(made(`e => e.a${" + e.a".repeat(3_000)}`), /nested too deeply/);
  refused(7, /expected a lambda, but got a number/);
});

test("a refusal quotes the line and underlines the construct", () => {
  const fn = made("(e) => {\n    const limit = 3;\n    return e.at > Date.now() - limit;\n  }");
  const error = refused(fn, /Date\.now/);
  assert.equal(
    error.message,
    "a lambda cannot use `Date.now`: the answer would depend on when it is computed, and a replay would differ\n\n" +
      "  3 | return e.at > Date.now() - limit;\n" +
      "    |               ^^^^^^^^",
  );
  assert.throws(() => captureLambda(fn, { arity: 1, at: "filter, app.ts:12" }), {
    at: "filter, app.ts:12",
    code: "PROGRAM",
  });
});

test("a parameter nobody passes is refused", () => {
  refused(made("(e, p) => e.a > p.min"), /asks for `p`.*given one row and no parameters.*\{ min: 100 \}/s);
  refused(made("(e, p, q) => e.a > q"), /asks for `q`.*one object of parameters/s, { params: {} });
  assert.deepEqual(capture("(e, scale = 2) => e.a * scale").captured, []);
});

test("locals may change, and so may state where the operator says so", () => {
  for (const text of [
    "e => { let n = 0; for (const c of e.name) n += c.length; return n }",
    "e => { const seen = new Set(); for (const t of e.tags) seen.add(t); return seen.size }",
    "e => { const o = {}; o.a = e.a; return Object.assign(o, { b: 1 }) }",
    "e => e.price.add(e.tax)",
    "e => RATE.add(e.price)",
  ])
    capture(text);
  captureLambda(made("(s, e, c) => { s.n += 1; c.emit({ n: s.n }); }"), { arity: 3, writable: [0] });
  assert.throws(() => capture("(s, e) => { e.n += 1; }", undefined, 2), MillraceError);
});

test("captured names are those from outside, imports under vitest by their own name", () => {
  assert.deepEqual(capture("e => e.a > MIN && norm(e.b) === MIN").captured, ["MIN", "norm"]);
  assert.deepEqual(capture("e => (0, __vi_import_0__.norm)(e.b) > __vi_import_1__.MIN").captured, ["norm", "MIN"]);
  const closed = capture(
    "(e, p) => p.names.includes(e.b) ? Math.max(e.a, NaN) : [Date.UTC(e.y), undefined, parseInt(e.b)].length",
    { names: ["a"] },
  );
  assert.deepEqual([closed.captured, closed.closed, closed.recognised], [[], true, true]);
  assert.deepEqual(capture("e => { const Math = { max: f }; return Math.max(e.a) }").captured, ["f"]);
});

test("columns read", () => {
  const cases: readonly (readonly [string, readonly string[] | "all"])[] = [
    ["e => e.a + e['b'] + e?.c", ["a", "b", "c"]],
    ["({ a, b: x = 3, 'c d': y }) => a", ["a", "b", "c d"]],
    ["({ a, ...rest }) => a", "all"],
    ["e => ({ ...e, x: 1 })", "all"],
    ["e => e[e.k]", "all"],
    ["e => norm(e)", "all"],
    ["e => JSON.stringify(e)", "all"],
    ["e => { const { a, b: { c } } = e; return a }", ["a", "b"]],
    ["e => { const r = e; return r.z.y }", ["z"]],
    ["e => { let r = e; r = f(r); return r.z }", "all"],
    ["function (e) { return arguments[0].a }", "all"],
    ["(...rows) => rows[0].a", "all"],
    ["e => e.toString()", "all"],
    ["e => e.list.map(e => e.x)", ["list"]],
    ["e => e !== null && !e ? 1 : e.a", ["a"]],
    ["e => { if (e) return e.b; return 0 }", ["b"]],
    ["(e = {}) => e.q", ["q"]],
    ["() => 1", []],
    ["e => { for (const k of e.tags) if (k === e.k) return true; return false }", ["tags", "k"]],
  ];
  for (const [text, expected] of cases) {
    const columns = capture(text).reads[0]?.columns;
    assert.deepEqual(columns === "all" ? "all" : [...(columns ?? [])], expected, text);
  }
  const join = capture("(a, b, p) => a.x > b.y && p.limit.max > 1", { limit: { max: 1 } }, 2);
  assert.deepEqual(
    join.reads.map((reads) => [...(reads.columns as Set<string>)]),
    [["x"], ["y"]],
  );
  assert.deepEqual([...(join.paramsRead as Set<string>)], ["limit"]);
});

test("open attributes read", () => {
  const cases: readonly (readonly [string, readonly string[] | "all"])[] = [
    ["e => e.rest.text('Image')?.endsWith('x') === true && e.rest.has(\"B\")", ["Image", "B"]],
    ["e => e.a", []],
    ["e => e.rest.text(e.a)", "all"],
    ["e => e.rest.names().length", "all"],
    ["e => ({ rest: e.rest })", "all"],
    ["e => ({ ...e })", "all"],
    ["({ rest }) => rest.int64('X')", ["X"]],
    ["e => { const { rest: r } = e; const s = r; return s.bool('Y') }", ["Y"]],
  ];
  for (const [text, expected] of cases) {
    const names = openReads(capture(text), 0, "rest");
    assert.deepEqual(names === "all" ? "all" : [...names], expected, text);
  }
});

test("what is not analysed says why, and where", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["e => { let n = 0; for (const c of e.name) n++; return n }", /`n` is assigned more than once/],
    ["e => { for (const c of e.name) return c; return 0 }", /forof/],
    [
      "e => e.a > MIN",
      /`MIN` \(line 1, column 12 of the lambda\): `MIN` comes from outside the lambda; pass it as a parameter/,
    ],
    ["e => e.list.sort === 1 ? new Set(e.list) : 1", /`new`/],
    ["e => e[e.k]", /which column/],
    ["({ a, ...rest }) => rest", /rest of a row/],
    ["e => e.a.frobnicate()", /`\.frobnicate\(\)` is not one that is analysed/],
  ];
  for (const [text, pattern] of cases) {
    const { why, recognised } = capture(text);
    assert.ok(why !== null && !recognised, text);
    assert.match(describeWhy(why), pattern);
  }
});

test("one string column decides: evaluate once per distinct value", () => {
  assert.equal(singleColumn(capture("e => e.path.toLowerCase().endsWith('.exe')")), "path");
  assert.equal(singleColumn(capture("(e, p) => p.names.includes(e.user)", { names: [] })), "user");
  assert.equal(singleColumn(capture("e => { let n = 0; for (const c of e.cmd) if (c === 'x') n++; return n }")), "cmd");
  for (const text of ["e => e.a + e.b", "e => f(e.a)", "e => 1", "e => ({ ...e })", "e => e.rest.text('X')"])
    assert.equal(singleColumn(capture(text)), undefined, text);
});
