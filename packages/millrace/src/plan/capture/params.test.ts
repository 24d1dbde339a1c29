import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import { captureLambda } from "./capture.js";
import { checkParams, nameFunction, paramsNormal } from "./params.js";

test("equal parameters have one text, others another", () => {
  assert.equal(paramsNormal({ a: 1, b: [null, "x", 2n, true] }), paramsNormal({ b: [null, "x", 2n, true], a: 1 }));
  assert.equal(paramsNormal({ f: (s: string) => s.trim() }), paramsNormal({ f: (text: string) => text.trim() }));
  const different = [
    { a: 1 },
    { a: 1n },
    { a: "1" },
    { a: [1] },
    { a: -0 },
    { a: 0 },
    { b: 1 },
    { a: null },
    {},
    { a: (x: number) => x },
    { a: (x: number) => -x },
  ];
  assert.equal(new Set(different.map(paramsNormal)).size, different.length);
});

test("what is no value is refused by its path, with advice", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ at: new Date(0) }, /`p\.at` is a Date.*getTime/s],
    [{ a: { "b c": new Map() } }, /`p\.a\["b c"\]` is a Map.*fromEntries/s],
    [{ a: new Set() }, /p\.names\.includes|list/],
    [{ a: /x/ }, /RegExp/],
    [{ a: undefined }, /undefined/],
    [{ a: Number.NaN }, /NaN/],
    [{ a: Symbol("x") }, /symbol/],
    [{ a: Decimal.parse("1.5") }, /Decimal.*toString/s],
    [
      {
        get a() {
          return 1;
        },
      },
      /getter/,
    ],
    [cyclic, /contains itself/],
    [[1], /are an object, but got a list/],
    [{ now: () => Date.now() }, /in the parameter `p\.now`.*Date\.now/s],
  ];
  for (const [params, pattern] of cases)
    assert.throws(
      () => checkParams(params),
      (error: unknown) => error instanceof MillraceError && pattern.test(`${error.message}\n${error.hint}`),
    );
  assert.throws(() => checkParams({ a: new Array(100_001).fill(0) }), { code: "LIMIT" });
});

test("functions: Millrace's own by identity, others parsed; their captures are the lambda's", () => {
  const own = nameFunction((x: number) => x + 1, "geo.distance");
  const outside = 3;
  const checked = checkParams({ own, nested: { f: (x: number) => x * outside } });
  assert.deepEqual(
    checked.functions.map((f) => [f.path.join("."), f.known]),
    [
      ["nested.f", undefined],
      ["own", "geo.distance"],
    ],
  );
  assert.deepEqual(checked.captured, ["outside"]);
  assert.match(checked.normal, /millrace:geo\.distance/);
  const lambda = captureLambda((e: { a: number }, p: { f: (x: number) => number }) => p.f(e.a), {
    arity: 1,
    params: { f: (x: number) => x * outside },
  });
  assert.deepEqual([lambda.recognised, lambda.closed, lambda.captured], [true, false, ["outside"]]);
});
