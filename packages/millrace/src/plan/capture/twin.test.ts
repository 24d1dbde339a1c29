/** The twin: on random rows, the printed expression gives what the lambda gives natively, throws included, and of the type inferred. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decimal } from "../../base/decimal.js";
import { schemaOf, t } from "../../schema/builder.js";
import type { ColumnType } from "../../schema/column-type.js";
import { typeText } from "../../schema/column-type.js";
import { captureLambda } from "./capture.js";
import { inferType } from "./infer.js";
import type { PrintTarget } from "./print.js";
import { printBody, printExpression, printLiteral } from "./print.js";
import { jsKind, kindOf, typeOfValue } from "./static-type.js";

const PARAMS = {
  min: 2,
  big: 5n,
  word: "a",
  names: ["a", "Été", ""],
  map: { a: 1, b: null },
  limits: { low: -1, deep: { x: "q" } },
  twice: (x: number) => x * 2,
};

/** All closed and recognised: over one row, or two of which the second may be missing. */
const LAMBDAS = `
e => e.num > 100
e => e.num * 2 - -e.num
e => -(-e.num)
e => -(e.num ** 2) === 0 ? 1 : 2
e => (-e.num) ** 2
e => 2 ** (3 ** 0.5) ** 2
e => (1 - 2) - (3 - e.num)
e => e.num / 0 === Infinity || Object.is
e => 1 / e.num
e => e.num % 3
e => e.num | 0
e => (e.num >>> 1) + (e.num << 2) + ~e.num
e => typeof e.opt
e => typeof (e.opt + 1) + typeof e.opt
e => void e.num
e => !e.str
e => !!e.str && e.str.length > 1
e => e.opt ?? "none"
e => (e.opt ?? null) || "none"
e => e.opt && e.opt.length
e => e.opt?.length
e => e.opt?.trim().toUpperCase().length
e => (e.opt?.trim()).length
e => e.opt?.[0]?.charCodeAt(0)
e => e.str[e.num]
e => e.opt === null ? -0 : e.num
e => e.opt == null
e => e.num === e.num
e => e.num == e.str
e => \`a\${e.num}b\${e.opt}\\\`\\\${e}\\n\`
e => e.str + e.num + e.opt
e => e.num + 1 + e.str
e => e.str.replace(/[aeiou]/gi, "*").slice(-3)
e => e.str.replaceAll("a", "$&$&")
e => e.str.split("").map((c) => c + e.num)
e => e.str.normalize("NFD").length
e => e.str.at(-1) ?? e.str.padStart(4, "\\u2028")
e => [...e.str].length + e.list.length
e => e.list.filter((x) => x !== null && x > e.num).map((x, i) => x * i)
e => e.list.some((x) => e.list.every((y) => y === x || y === null))
e => e.list.reduce((a, b) => a + (b ?? 0), 0)
e => e.list.find((x) => x === 3)?.toFixed(1)
e => e.list.map(String).join("|")
e => e.list.filter(Boolean).concat([1, ...e.list])
e => e.list.toSorted((a, b) => (b ?? 0) - (a ?? 0))
e => Math.max(...e.list)
e => Math.hypot(e.num, 3) + Math.PI
e => Math.sign(e.num) === 0 ? 1 / Math.sign(e.num) : 0
e => Number(e.str) + parseInt(e.str, 10) + Number.MAX_SAFE_INTEGER
e => [isNaN(e.num), Number.isInteger(e.num), Boolean(e.str), String(e.opt)]
e => Date.UTC(e.num, 1, 2)
e => e.big + 1n
e => e.big * (-e.big) ** 2n
e => e.big > e.num
e => BigInt.asIntN(8, e.big)
e => Number(e.big) + e.num
e => e.big + e.num
e => e.dec.add(e.dec).mul(e.dec).toString()
e => e.dec.cmp(e.dec.add(e.dec)) < 0
e => e.geo.lat + e.geo["lon"]
e => e.geo.name?.length ?? e.geo.lat
e => ({ a: e.num, "b c": e.opt, "quote\\"d": [e.str, { n: e.list }] })
e => ({ ...e, num: 1, ...e.geo })
({ num, opt: o = "never", geo: { lat } }) => [num, o, lat]
e => { const x = e.num * 2; const { lat, lon: l = 9 } = e.geo; return x > lat ? l : x }
e => { const n = e.opt; if (n === null) return "gone"; const m = n.length; return m > 1 ? n : { m } }
e => { if (e.num > 1) { return 1 } else if (e.num < -1) { const q = e.num; return q } return e.str }
e => { const [a, b = "z"] = e.str.split("a"); return [a, b] }
function (e) { "use strict"; return e.num > 0 ? (e.str, 1) : 1 }
(e, p) => e.num > p.min && p.names.includes(e.str)
(e, p) => p.map[e.str] ?? p.limits.deep.x.repeat(2)
(e, p) => p.twice(e.num) + p.limits.low
(e, p) => e.list.map(p.twice)
(e, { min, limits: { deep } }) => [min, deep.x, e.num]
(e, p) => ({ ...p.limits, w: p.word in p.map })
(e, p) => e.big > p.big ? p.nothing : p.nothing?.at
e => e.list[0] ?? e.list.at(-1)
e => e.str.split(",").map((part) => part.split("=").map((s) => ({ s, e: e.num })))
e => /^[\\d/]+$/u.test(e.str) || e.str.search(/\\//) >= 0
e => e.str.toLowerCase().includes("é") && encodeURIComponent("é")
e => JSON.stringify({ a: e.list, b: e.opt })
e => Object.keys(e.geo).concat(Object.entries({ a: e.num }).map((pair) => pair[0]))
e => e.num.toFixed(2) + (5).toString(2) + 1.5.toFixed(0)
e => (e.opt ? e.str : e.num) ? "y" : "n"
e => e.num < 0 ? -0 : e.num > 0 ? NaN : undefined
e => e.list.length === 0 ? [] : [[e.num], [undefined, null]]`
  .trim()
  .split("\n");
const UNANALYSED = new Set([
  "e => e.num / 0 === Infinity || Object.is",
  'function (e) { "use strict"; return e.num > 0 ? (e.str, 1) : 1 }',
]);

const JOINS = `
(a, s) => s?.name
(a, s) => s?.name.length
(a, s) => s?.geo?.lat.toFixed(1) ?? a.str
(a, s) => s === null ? a.num : s.name
(a, s) => s && s.name
(a, s) => !s
(a, s) => (s ? s.name : undefined) + a.str
(a, s) => { const n = s?.name; return n === undefined ? null : n.trim() }
(a, s, p) => ({ ...a, station: s?.name, far: p.min < (s?.geo?.lat ?? 0) })`
  .trim()
  .split("\n");

const text = fc.oneof(
  fc.constantFrom("", "a", "aA,b=1", "12", "été", "a\u2028`${x}\\", "\ud800", "/"),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const number = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 3, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.1),
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
);
const rows = fc.record({
  num: number,
  str: text,
  opt: fc.option(text),
  big: fc.bigInt({ min: -300n, max: 300n }),
  list: fc.array(fc.option(number), { maxLength: 4 }),
  dec: fc.integer({ min: -999, max: 999 }).map((n) => new Decimal(BigInt(n), 2)),
  geo: fc.record({ lat: number, lon: number, name: fc.option(text) }),
});
const stations = fc.option(fc.record({ name: text, geo: fc.option(fc.record({ lat: number })) }));

const target: PrintTarget = {
  column: (row, name) => `rows[${row}][${printLiteral(name)}]`,
  param: (path) => `params${path.map((name) => `[${printLiteral(name)}]`).join("")}`,
  present: (row) => `rows[${row}] !== null`,
  row: (row) => `rows[${row}]`,
};

const SCHEMA = schemaOf({
  num: t.float64(),
  str: t.string(),
  opt: t.string().optional(),
  big: t.int64(),
  list: t.list(t.float64().optional()),
  dec: t.decimal(10, 2),
  geo: t.struct({ lat: t.float64(), lon: t.float64(), name: t.string().optional() }),
});
const STATION = schemaOf({ name: t.string(), geo: t.struct({ lat: t.float64() }).optional() });

/** Whether a value is one of a type; null and undefined are one. */
function fits(value: unknown, type: ColumnType, nullable: boolean): boolean {
  if (value === null || value === undefined) return nullable;
  const seen = typeOfValue(value);
  if (type.kind === "list")
    return Array.isArray(value) && value.every((item) => fits(item, type.item.type, type.item.nullable));
  if (type.kind === "struct")
    return (
      typeof value === "object" &&
      type.fields.every((f) => fits((value as Record<string, unknown>)[f.name], f.type, f.nullable))
    );
  return kindOf(seen) === jsKind(type);
}

type Outcome = { value: unknown } | { thrown: string };
function outcome(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { thrown: (error as Error).constructor.name };
  }
}

function compare(lambda: string, arity: number, given: fc.Arbitrary<unknown[]>): void {
  const fn = new Function(`return (${lambda})`)() as (...args: unknown[]) => unknown;
  const { expression, why } = captureLambda(fn, { arity, params: PARAMS });
  if (UNANALYSED.has(lambda)) {
    assert.equal(expression, null);
    return;
  }
  assert.ok(expression !== null, `${lambda}: ${why?.reason} at ${why?.text}`);
  const type = inferType(expression, { rows: [SCHEMA, STATION], params: PARAMS });
  const printed = new Function("rows", "params", `return ${printExpression(expression, target)}`) as (
    ...args: unknown[]
  ) => unknown;
  const { statements, result } = printBody(expression, target);
  const body = new Function("rows", "params", `${statements.join("\n")}\nreturn ${result}`) as (
    ...args: unknown[]
  ) => unknown;
  fc.assert(
    fc.property(given, (args) => {
      const native = outcome(() => fn(...args, PARAMS));
      if (!("unknown" in type) && "value" in native)
        assert.ok(
          fits(native.value, type.type, type.nullable),
          `${lambda} is not always ${typeText(type.type, type.nullable)}: ${fc.stringify(native.value)}`,
        );
      assert.deepStrictEqual(
        outcome(() => printed(args, PARAMS)),
        native,
        lambda,
      );
      assert.deepStrictEqual(
        outcome(() => body(args, PARAMS)),
        native,
        lambda,
      );
    }),
    { numRuns: 60 * Number(process.env.RUNS ?? 1) },
  );
}

test(`printed expressions equal ${LAMBDAS.length + JOINS.length} lambdas called natively`, () => {
  assert.ok(LAMBDAS.length >= 60);
  for (const lambda of LAMBDAS)
    compare(
      lambda,
      1,
      rows.map((row) => [row]),
    );
  for (const lambda of JOINS) compare(lambda, 2, fc.tuple(rows, stations));
});

test("open attributes go to the loop's own reader", () => {
  const { expression } = captureLambda(
    (e: { rest: { text(name: string): string | null } }) => e.rest.text('Im"age')?.length,
    { arity: 1 },
  );
  const printed = printExpression(expression as never, {
    ...target,
    open: (row, column, method, name) => `read(${row}, "${column}", "${method}", ${printLiteral(name)})`,
  });
  assert.equal(printed, '((read(0, "rest", "text", "Im\\"age"))?.length)');
});
