import assert from "node:assert/strict";
import test from "node:test";
import { LIMITS, loadDocuments } from "./load.js";

const load = (text: string) => loadDocuments({ path: "r.yml", text });

test("documents keep their lines, and whole numbers their digits", () => {
  const { documents, problems } = load("# head\na: 1\nb:\n  - x\n  - y: 18446744073709551615\n---\nc: 0x10\n");
  assert.deepEqual(problems, []);
  assert.deepEqual(
    documents.map((d) => d.value),
    [{ a: 1, b: ["x", { y: 18446744073709551615n }] }, { c: 16 }],
  );
  assert.equal(documents[0]?.lineOf(["b", 1, "y"]), 5);
  assert.equal(documents[0]?.lineOf(["b", 7]), 4, "the nearest node there is");
  assert.equal(documents[1]?.lineOf([]), 7);
});

test("a broken document does not take the others along", () => {
  const { documents, problems } = load("a: 1\n---\n- just\n- a list\n---\nb: 2\n---\nc: 1\nc: 2\n");
  assert.deepEqual(
    documents.map((d) => d.value),
    [{ a: 1 }, { b: 2 }],
  );
  assert.deepEqual(
    problems.map((p) => p.line),
    [3, 9],
  );
  assert.match(problems[0]?.reason ?? "", /a map/);
  assert.match(problems[1]?.reason ?? "", /not YAML: .*unique/);
});

test("global documents are merged under those that follow", () => {
  const text =
    "action: global\ntitle: t\ndetection: {a: 1, condition: a}\n---\ndetection: {b: 2}\n---\naction: repeat\nlevel: low\n---\naction: reset\n---\ntitle: u\n";
  assert.deepEqual(
    load(text).documents.map((d) => d.value),
    [
      { title: "t", detection: { a: 1, condition: "a", b: 2 } },
      { title: "t", detection: { a: 1, condition: "a", b: 2 }, level: "low" },
      { title: "u" },
    ],
  );
  assert.match(load("action: repeat\nx: 1\n").problems[0]?.reason ?? "", /no rule before/);
  assert.match(load("action: dance\n").problems[0]?.reason ?? "", /unknown action "dance"/);
});

test("every bound ends in a problem", () => {
  const laughs =
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n";
  const table: [string, RegExp][] = [
    ["#".repeat(LIMITS.fileBytesMax + 1), /larger than/],
    [laughs, /aliases/],
    [`a: ${"[".repeat(LIMITS.depthMax + 1)}${"]".repeat(LIMITS.depthMax + 1)}`, /nested deeper/],
    ["[".repeat(200_000), /nested too deeply|not YAML/],
    ["---\na: 1\n".repeat(LIMITS.documentsMax + 1), /more than/],
    ["a: 'x", /not YAML/],
    ["a: *nowhere\n", /not YAML|aliases/],
  ];
  for (const [text, reason] of table) {
    const { problems } = load(text);
    assert.match(problems[0]?.reason ?? "no problem", reason, text.slice(0, 40));
  }
});

test("keys that look like object internals stay keys", () => {
  const { documents } = load("__proto__: {polluted: true}\nconstructor: 1\n");
  assert.deepEqual(Object.keys(documents[0]?.value ?? {}), ["__proto__", "constructor"]);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
