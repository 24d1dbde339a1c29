import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../../base/errors.js";
import { schemaOf, t } from "../../schema/builder.js";
import type { Schema } from "../../schema/column-type.js";
import { typeText } from "../../schema/column-type.js";
import type { Captured } from "./capture.js";
import { captureLambda } from "./capture.js";
import { columnsReadOf } from "./columns-read.js";
import { inferType } from "./infer.js";
import { inferObject } from "./infer-object.js";
import { lambdaText, outputFields } from "./output-fields.js";
import { probeType } from "./probe.js";

const ROW = schemaOf({
  b: t.bool(),
  i32: t.int32(),
  n: t.int(),
  big: t.int64(),
  f: t.float64(),
  of: t.float64().optional(),
  dec: t.decimal(10, 2),
  dec4: t.decimal(12, 4),
  s: t.string(),
  os: t.string().optional(),
  kind: t.oneOf("x", "y"),
  at: t.timestamp(),
  end: t.timestamp().optional(),
  ns: t.timestampNs(),
  bin: t.binary(),
  tags: t.list(t.string()),
  nums: t.list(t.int().optional()),
  geo: t.struct({ lat: t.float64(), name: t.string().optional(), n: t.int32() }),
  rest: t.open(),
});
const PARAMS = {
  min: 1,
  big: 1n,
  name: "x",
  list: ["a"],
  map: { a: 1, b: 2 },
  nested: { ok: true },
  f: (x: number) => x,
  up: (s: string) => s.toUpperCase(),
};

const capture = (text: string, arity = 1): Captured =>
  captureLambda(new Function(`return (${text})`)() as never, { arity, params: PARAMS });
const typeOf = (text: string, schema: Schema = ROW): string => {
  const captured = capture(text);
  assert.ok(captured.expression !== null, `${text}: ${captured.why?.reason}`);
  const found = inferType(captured.expression, { rows: [schema], params: PARAMS });
  return "unknown" in found ? `unknown: ${found.unknown}` : typeText(found.type, found.nullable);
};

test("static types", () => {
  const cases: Readonly<Record<string, string>> = {
    "e => e.i32": "int32",
    "e => e.n": "int",
    "e => e.os": "string?",
    "e => e.kind": 'oneOf("x" "y")',
    "e => e.at": "timestamp",
    "e => e.ns": "timestampNs",
    "e => e.dec": "decimal(10,2)",
    "e => e.rest": "open",
    "e => e.i32 + 1": "float64",
    "e => e.at + 1000": "float64",
    "e => e.big + 1n": "int64",
    "e => -e.ns": "int64",
    "e => +e.s": "float64",
    "e => e.of + 1": "float64",
    "e => e.s + e.n": "string",
    "e => e.n + 'x'": "string",
    "e => `${e.of}`": "string",
    "e => e.os + 'x'": "string",
    "e => e.n > 3": "bool",
    "e => !e.os": "bool",
    "e => typeof e.n": "string",
    "e => e.b ? e.n : e.n": "int",
    "e => e.b ? e.n : 0": "float64",
    "e => e.of ?? 0": "float64",
    "e => e.end ?? e.at": "timestamp",
    "e => e.os ?? 'x'": "string",
    "e => e.kind ?? 'none'": "string",
    "e => e.b ? 1 : null": "float64?",
    "e => e.b && e.s": "unknown: it is sometimes bool and sometimes string",
    "e => e.os || 'x'": "string",
    "e => e.os && e.os.length": "unknown: it is sometimes string and sometimes float64",
    "e => e.os?.length": "float64?",
    "e => e.s?.length": "float64",
    "e => e.os?.trim().length": "float64?",
    "e => e.os?.length ?? 0": "float64",
    "e => e.os !== null ? e.os : 'x'": "string",
    "e => e.os ? e.os : 'x'": "string",
    "e => e.os === null || e.b ? 'x' : e.os": "string",
    "e => typeof e.os === 'string' ? e.os : ''": "string",
    "e => { const o = e.os; if (o === null) return 'x'; return o }": "string",
    "e => { const o = e.rest.text('A'); return o !== null ? o : 'x' }": "string",
    "e => { const o = e.os?.at(0); return o !== null ? o : 'x' }": "string?",
    "e => e.geo": "struct<lat: float64, name: string?, n: int32>",
    "e => e.geo.n": "int32",
    "e => e.geo.name": "string?",
    "e => e.geo.nope": "unknown: it is always null",
    "e => e.tags[0]": "string?",
    "e => e.nums.at(0)": "int?",
    "e => e.bin.length": "float64",
    "e => e.s.split(',')": "list<string>",
    "e => e.s.split(',').map(x => x.length)": "list<float64>",
    "e => e.nums.filter(x => x !== null)": "list<int?>",
    "e => e.tags.find(x => x === 'a')": "string?",
    "e => e.tags.reduce((a, x) => a + x.length, 0)": "float64",
    "e => e.tags.concat('x')": "list<string>",
    "e => e.tags.some(x => x)": "bool",
    "e => e.s.charCodeAt(0)": "float64",
    "e => e.s.at(0)": "string?",
    "e => [e.n, 1.5]": "list<float64>",
    "e => [e.s, null]": "list<string?>",
    "e => []": "unknown: an empty list has no item type",
    "e => e.dec.add(e.dec4)": "decimal(13,4)",
    "e => e.dec.mul(e.dec4)": "decimal(22,6)",
    "e => e.dec.cmp(e.dec)": "float64",
    "e => e.dec.toNumber()": "float64",
    "e => e.dec.toString()": "string",
    "e => e.rest.text('A')": "string?",
    "e => e.rest.int64('A')": "int64?",
    "e => e.rest.has('A')": "bool",
    "e => e.rest.number('A') ?? 0": "float64",
    "e => e.rest.text('A')?.endsWith('x') === true": "bool",
    "e => Math.max(e.n, 1)": "float64",
    "e => Number(e.s)": "float64",
    "e => String(e.n)": "string",
    "e => BigInt(e.n)": "int64",
    "e => Date.UTC(e.n)": "float64",
    "e => JSON.stringify(e.tags)": "string",
    "e => Object.keys(e.geo)": "list<string>",
    "e => /x/.test(e.s)": "bool",
    "e => null": "unknown: it is always null",
    "e => undefined": "unknown: it is always null",
    "e => ({ a: e.n, b: { c: e.os } })": "struct<a: int, b: struct<c: string?>>",
    "e => e.b ? { a: 1 } : { b: 'x' }": "struct<a: float64?, b: string?>",
    "(e, p) => p.min": "float64",
    "(e, p) => p.big": "int64",
    "(e, p) => p.list": "list<string>",
    "(e, p) => p.list[0]": "string?",
    "(e, p) => p.map[e.s]": "float64?",
    "(e, p) => p.nested.ok": "bool",
    "(e, p) => p.name.length": "float64",
    "e => { const x = e.n * 2; return [x] }": "list<float64>",
    "e => e.tag": 'unknown: there is no column "tag"; did you mean "tags"?',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(typeOf(text), expected, text);
  for (const text of [
    "e => e.big + e.n",
    "(e, p) => p.f(e.n)",
    "e => e.s.match(/x/)",
    "e => e.os + e.os",
    "e => e.s.length === 1 ? e.n : e.s",
  ])
    assert.match(typeOf(text), /^unknown/, text);
});

test("columns of an object, in JavaScript's order", () => {
  const shape = (text: string, arity = 1, absent?: ReadonlySet<number>): string[] => {
    const { expression } = capture(text, arity);
    const found = inferObject(expression as never, {
      rows: [schemaOf({ id: t.int(), name: t.string() }), schemaOf({ name: t.string(), lat: t.float64() })],
      params: PARAMS,
      ...(absent ? { absent } : {}),
    });
    if ("unknown" in found) return [found.unknown];
    return found.fields.map(
      (f) =>
        `${f.name} ${f.source.kind === "passThrough" ? `= ${f.source.row}.${f.source.column}` : f.source.kind} ${"unknown" in f.inferred ? "?" : typeText(f.inferred.type, f.inferred.nullable)}`,
    );
  };
  assert.deepEqual(shape("e => ({ ...e, name: e.name.trim(), 'two words': 1, n: e.id })"), [
    "id = 0.id int",
    "name expression string",
    "two words expression float64",
    "n = 0.id int",
  ]);
  assert.deepEqual(shape("({ id, name: title }) => ({ title, id })"), ["title = 0.name string", "id = 0.id int"]);
  assert.deepEqual(shape("(o, s) => ({ id: o.id, station: s?.name, far: s?.lat > 3 })", 2), [
    "id = 0.id int",
    "station = 1.name string?",
    "far expression bool",
  ]);
  assert.deepEqual(shape("(o, { name }) => ({ id: o.id, name })", 2), ["id = 0.id int", "name = 1.name string"]);
  assert.deepEqual(shape("(o, s) => ({ ...o, ...s })", 2, new Set([1])), [
    "id = 0.id int",
    "name expression string",
    "lat = 1.lat float64?",
  ]);
  assert.deepEqual(shape("(e, p) => ({ a: p.f(e.id), b: e.id })"), ["a expression ?", "b = 0.id int"]);
  assert.deepEqual(shape("e => e.id > 1 ? { a: e.id } : { b: e.name }"), ["a expression int?", "b expression string?"]);
  assert.deepEqual(shape("e => { const x = e.id + 1; return { x, y: x * 2 } }"), [
    "x expression float64",
    "y expression float64",
  ]);
});

test("where the text does not tell, a trial does", () => {
  const env = { rows: [ROW], params: PARAMS };
  const probed = (text: string): string => {
    const found = probeType(capture(text), env);
    return "unknown" in found ? found.unknown : typeText(found.type, found.nullable);
  };
  assert.equal(probed("(e, p) => p.f(e.n)"), "float64?");
  assert.equal(probed("(e, p) => p.up(e.s)"), "string?");
  assert.equal(probed("e => e.os.length"), "float64?");
  assert.equal(probed("e => { let n = 0n; for (const c of e.s) n += 1n; return n }"), "int64?");
  assert.equal(probed("e => e.rest"), "open?");
  assert.equal(probed("e => e.dec.add(e.dec4)"), "decimal(38,4)?");
  assert.equal(probed("e => e.tags"), "list<string>?");
  assert.match(probed("e => null"), /only null/);
  assert.match(probed("e => e.s.nope()"), /it threw: .*nope is not a function/);
  assert.match(
    probed("e => e.s.length > 2 ? 1 : 'x'"),
    /sometimes float64 and sometimes string|sometimes string and sometimes float64/,
  );
});

test("output fields: static, then trial, and .typed wins", () => {
  const fields = (text: string, kind = "map", fixed: Schema = { fields: [] }): string =>
    outputFields(capture(text), { rows: [ROW], fixed: fixed.fields, kind })
      .map((f) => `${f.name}: ${typeText(f.type, f.nullable)}`)
      .join(", ");
  assert.equal(fields("(e, p) => ({ n: e.n, up: p.up(e.s) })"), "n: int, up: string?");
  assert.equal(fields("e => { const out = {}; out.n = e.n; return out }"), "n: float64?");
  assert.equal(
    fields("e => ({ n: e.n * 2, x: null })", "with", schemaOf({ x: t.string().optional(), n: t.int32() })),
    "n: int32, x: string?",
  );
  assert.equal(fields("e => e.tags.map(tag => ({ tag, n: e.n }))", "flatMap"), "tag: string, n: int");
  assert.equal(
    fields("e => { const rows = []; for (const tag of e.tags) rows.push({ tag }); return rows }", "flatMap"),
    "tag: string?",
  );
  const refused = (text: string, pattern: RegExp): void =>
    assert.throws(
      () => fields(text),
      (error: unknown) => error instanceof MillraceError && pattern.test(`${error.message}\n${error.hint}`),
      text,
    );
  refused(
    "e => ({ x: null })",
    /the type of column "x" is not known: it is always null\nSay it after map: \.typed\(\{ x: t\.string\(\) \}\)/,
  );
  refused("e => ({ x: f })", /type of column "x"|columns that map makes are not known/);
  refused("e => [e.n]", /returned a list where an object of columns belongs/);
  refused("e => ({ 'two words': 1 })", /not a column name/);
});

test("what the plan's hash sees", () => {
  const closed = capture("(e, p) => e.n > p.min");
  assert.equal(
    lambdaText(closed, "file:///nowhere"),
    lambdaText(capture("(row, q) => row['n'] > q.min"), "file:///elsewhere"),
  );
  assert.match(lambdaText(capture("e => e.n > MIN"), import.meta.url), /captures MIN of [0-9a-f]{64}/);
  assert.deepEqual([...columnsReadOf(closed, 0)], ["n"]);
  assert.deepEqual([...columnsReadOf(closed, 3)], []);
});
