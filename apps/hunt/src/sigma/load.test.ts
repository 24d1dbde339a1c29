import assert from "node:assert/strict";
import test from "node:test";
import { sharedRules } from "./compare.js";
import { LIMITS, loadDocuments, plainDocument } from "./load.js";

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

/** Text that readers of YAML are known to take in different ways, or that is not plain. */
const TRICKY = [
  "a: 0x1F\nb: 0o17\nc: 017\nd: 1_000\ne: +12\nf: .5\ng: 1e3\nh: -0\ni: 0b11",
  "a: 12345678901234567890\nb: '12345678901234567890'\nc: -9007199254740993",
  "a: yes\nb: No\nc: ~\nd: null\ne: TRUE\nf: .inf\ng: .NaN\nh:",
  "a: 2024-01-02\nb: 2024-01-02T03:04:05Z\nc: 12:30:45",
  "a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}",
  "a: |\n  one\n   two\n\n  three\nb: >-\n  folded\n  text\n\n  more\nc: |+\n  kept\n\n",
  "a: 'it''s'\nb: \"\\x41\\u00e9\\n\\\\\"\nc: plain # comment\nd: a#b\ne: 'x: y'",
  "a:\n- 1\n- b: 2\n  c: 3\n-\n  - 4\n",
  "1: one\ntrue: two\n? complex\n: key\n__proto__: x",
  "a: [1, 'b', {c: d}, ]\nb: {x: 1, y}\nc: []\nd: {}",
  "a: 1\na: 2",
  "a:\n\t- 1",
  "a: b: c",
  "%YAML 1.2\n---\na: 1",
  "a: !!str 1\nb: !x 2",
  "--- \na: 1\n---\nb: 2",
  "- just\n- a list",
  "text",
  "",
  "# only a comment",
  "a: long\n  plain\n  text\nb: - x",
  'a: "unclosed\n',
  "a: '*.exe'\nb: \"*\\\\x\"\nc: C:\\Windows\\*\nd: '\\\\\\\\?\\'",
];

test("the fast reader of plain text and the one that knows lines give the same", (t) => {
  const files = TRICKY.map((text, k) => ({ path: `${k}.yml`, text }));
  const shared = sharedRules();
  let fast = 0;
  for (const file of [...files, ...shared]) {
    const plain = plainDocument(file);
    if (plain === null) continue;
    fast++;
    // A directive changes nothing but that the other reader is taken.
    const [document] = loadDocuments({ path: file.path, text: `%YAML 1.2\n---\n${file.text}` }).documents;
    assert.deepEqual(plain.value, document?.value, `${file.path}: ${file.text.slice(0, 200)}`);
    if (file.path.length % 17 === 0)
      for (const at of [["title"], ["detection", "condition"], ["none"], []])
        assert.equal(plain.lineOf(at), (document?.lineOf(at) as number) - 2, file.path);
  }
  t.diagnostic(`${fast} of ${files.length + shared.length} documents are plain`);
  assert.ok(fast >= 6 && fast >= 0.9 * shared.length);
});
