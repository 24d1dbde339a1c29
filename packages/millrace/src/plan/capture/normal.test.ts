import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { transformSync } from "esbuild";
import { normalText } from "./normal.js";
import { parseText } from "./parse.js";
import { resolveScopes } from "./scope.js";

const normal = (text: string): string => {
  const { node } = parseText(text);
  return normalText(node, resolveScopes(node));
};

const LAMBDAS = [
  "(e: Row) => e.price > 100",
  "(e: Row, p: { min: number }) => e.price >= p.min && e.note !== null",
  "(e: Row) => ({ ...e, net: e.price * 0.8, name: e.name!.trim() })",
  '({ price, name: n = "x" }: Row) => ({ price, n })',
  "(e: Row): string | null => { const half = e.price / 2, twice = e.price * 2; /* why */ return half > 3 ? `${twice}` : null; }",
  "(e: Row) => (e.note as string | null)?.split(\",\").map((s: string) => s.trim()).filter((s) => s !== '')[0] ?? undefined",
  "function (e: Row) { return e.price ** 2 + -1; }",
  '(e: Row) => { let n = 0; for (const c of e.name!) { if (c === "a") n += 1; } return n; }',
  "(e: Row) => { if (e.price < 0) { return 0; } else return 1_000_000; }",
  "(e: Row) => (/^[a-z]+\\d/iu.test(e.name ?? '') satisfies boolean)",
  "(e: Row) => ({ 'quoted key': 1, plain: [1, 2n, ...[3]], e: e.name === `a` })",
  "(e: Row) => (e.price, (0, Math.max)(e.price, 3))",
  "(e: Row) => { switch (e.name) { case 'a': return 1; default: return typeof e.name === 'string' ? void 0 : !e.price; } }",
];

describe("the normal form is the same whatever emitted the text", () => {
  const module_ = `type Row = { price: number; name: string | null; note: string | null };\nexport const all = [\n${LAMBDAS.join(",\n")}\n];\n`;
  let folder = "";
  const emitted: Record<string, readonly string[]> = {};
  const load = async (name: string, code: string): Promise<void> => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, code);
    const { all } = (await import(path)) as { all: readonly (() => unknown)[] };
    emitted[name] = all.map((fn) => fn.toString());
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-normal-"));
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "all.ts"), module_);
    const require = createRequire(import.meta.url);
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
    const flags = "--target es2022 --module esnext --skipLibCheck --noCheck --ignoreConfig --types";
    execFileSync(
      process.execPath,
      [tsc, join(folder, "all.ts"), ...flags.split(" "), "", "--outDir", join(folder, "out")],
      { stdio: "pipe" },
    );
    await load("tsc", readFileSync(join(folder, "out", "all.js"), "utf8"));
    await load("esbuild", transformSync(module_, { loader: "ts", target: "es2022" }).code);
    await load("minified", transformSync(module_, { loader: "ts", target: "es2022", minifyWhitespace: true }).code);
    await load(
      "renamed",
      transformSync(module_, { loader: "ts", target: "es2022", minifyWhitespace: true, minifyIdentifiers: true }).code,
    );
  });
  test("tsc, esbuild, esbuild minified", () => {
    try {
      for (const [i, lambda] of LAMBDAS.entries()) {
        const texts = Object.entries(emitted).map(([tool, all]) => [tool, normal(all[i] as string)]);
        for (const [tool, text] of texts) assert.equal(text, texts[0]?.[1], `${tool}: ${lambda}`);
      }
      assert.equal(new Set(emitted.tsc?.map(normal)).size, LAMBDAS.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const SAME: readonly (readonly string[])[] = [
  [
    "(e, p) => e.price > p.min",
    '(row,q)=>{return(row.price)>q["min"]}',
    "function (a, b) { 'use strict'; return a.price > b.min; }",
    "filter(a, b) { return a.price > b.min }",
  ],
  // Node's type stripping leaves blanks.
  ["(e     ) => (e.a               ).length", "e => e.a.length"],
  [
    "e => norm(e.name)",
    "e => __vi_import_0__.norm(e.name)",
    "e => (0, __vi_import_0__.norm)(e.name)",
    "e => (0, norm)(e.name)",
  ],
  ["e => e.a > LIMIT", "e => e.a > __vi_import_12__.LIMIT", "e => e.a > __vite_ssr_import_3__.LIMIT"],
  ["e => [undefined, true, false]", "e => [void 0, !0, !1]"],
  ["e => { const a = e.x; const b = a; return a + b }", "e => { let q = e.x, r = q; return q + r; }"],
  ["e => ({ a: e.b, c: 'x' })", "e => ({ \"a\": e[`b`], 'c': `x` })"],
];
const DIFFERENT: readonly (readonly [string, string])[] = [
  ["e => e.a > 1", "e => e.a >= 1"],
  ["e => e.a?.b", "e => e.a.b"],
  ["e => (e.a?.b).c", "e => e.a?.b.c"],
  ["(a, b) => a.x - b.x", "(a, b) => b.x - a.x"],
  ["e => 1", "e => 1n"],
  ["e => '1'", "e => 1"],
  ["e => e.a", "e => e[a]"],
  ["e => f(e.a)", "e => g(e.a)"],
  ["e => `a${e.b}`", "e => `a ${e.b}`"],
  ["e => /a/g", "e => /a/"],
  ["e => -e.a", "e => +e.a"],
  ["({ a }) => a", "({ b: a }) => a"],
  ["e => { var x = 1; return x }", "e => { let x = 1; return x }"],
  ["e => [1, , 2]", "e => [1, 2]"],
  ["e => ({ a: 1, b: 2 })", "e => ({ b: 2, a: 1 })"],
  ["e => e.x.map(a => e.x.map(b => a))", "e => e.x.map(a => e.x.map(b => b))"],
];

test("spellings that mean the same have one normal form", () => {
  for (const spellings of SAME)
    for (const text of spellings) assert.equal(normal(text), normal(spellings[0] as string), text);
});

test("a worker reads the same as the main thread", async () => {
  const url = new URL("./capture.js", import.meta.url).href;
  const code = `import(${JSON.stringify(url)}).then(({ captureLambda }) =>
    require("node:worker_threads").parentPort.postMessage(captureLambda((e) => e.price > 100, { arity: 1 }).normal))`;
  const worker = new Worker(code, { eval: true });
  const [seen] = (await once(worker, "message")) as [string];
  await worker.terminate();
  assert.equal(seen, normal("(row) => row.price > 100"));
});

test("lambdas that mean something else have another", () => {
  for (const [a, b] of DIFFERENT) assert.notEqual(normal(a), normal(b), a);
});
