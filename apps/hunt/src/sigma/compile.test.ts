import assert from "node:assert/strict";
import test from "node:test";
import { evaluate } from "millrace";
import { objectRow, parseJsonRow } from "./json-row.js";
import { compileSigma, SigmaCompiler } from "./rule-set.js";

const HEAD = "title: T\nid: one\nname: rule_one\nlogsource: {product: windows, service: security}\n";

function compile(text: string) {
  return compileSigma([{ path: "r.yml", text }]);
}

function fires(detection: string, event: Record<string, unknown>, others = ""): boolean {
  const { rules, problems } = compile(`${HEAD}detection:\n  ${detection.replaceAll("\n", "\n  ")}\n${others}`);
  assert.deepEqual(problems, []);
  return rules.some((rule) => evaluate(rule.when, objectRow({ Channel: "Security", EventID: 1, ...event })));
}

test("detections over events", () => {
  const one = (item: string) => `s: {${item}}\ncondition: s`;
  const table: [string, Record<string, unknown>, boolean][] = [
    [one("A: foo"), { A: "FOO" }, true],
    [one("A: foo"), { a: "foo" }, false],
    [one("A: foo, B: bar"), { A: "foo" }, false],
    [one("A: [foo, 'b*r']"), { A: "bazaar" }, true],
    [one("A|all: ['*x*', '*y*']"), { A: "x" }, false],
    [one("A: null"), {}, true],
    [one("A: null"), { A: null }, true],
    [one("A: null"), { A: "" }, false],
    [one("A: ''"), { A: "" }, true],
    [one("A: ''"), {}, false],
    [one("A: '*'"), { A: "" }, true],
    [one("A: 4688"), { A: "4688" }, true],
    [one("A: '4688'"), { A: 4688 }, true],
    [one("A: true"), { A: "true" }, true],
    [one("A|exists: false"), {}, true],
    [one("A|exists: true"), { A: 0 }, true],
    [one("A|neq: x"), {}, true],
    [one("A|neq: [x, y]"), { A: "y" }, false],
    [one("A|contains|neq: x"), { A: "aXb" }, false],
    [one("A|cased: X"), { A: "x" }, false],
    [one("A|contains|cased: X"), { A: "aXb" }, true],
    [one("A|re: 'a+b'"), { A: "AAB" }, false],
    [one("A|re|i: 'a+b'"), { A: "AAB" }, true],
    [one("A|re|i|m|s: '^b.c$'"), { A: "a\nB\nc\nd" }, true],
    [one("A|cidr: [10.0.0.0/8, 'fe80::/10']"), { A: "fe80::1" }, true],
    [one("A|gte: 10"), { A: "10" }, true],
    [one("A|hour: 3"), { A: "2024-01-01 03:10:00" }, true],
    [one("A|fieldref: B"), { A: "x", B: "X" }, true],
    [one("A|fieldref|neq: B"), { A: "x", B: "y" }, true],
    [one("A|fieldref|endswith: B"), { A: "c:\\x", B: "X" }, true],
    [one("A|contains|all|windash: [' -a', ' -b']"), { A: "p /b \u2014a" }, true],
    [one("A|contains|all|windash: [' -a', ' -b']"), { A: "p /b" }, false],
    [one("A|wide|base64offset|contains: IEX"), { A: Buffer.from("xx(IEX)", "utf16le").toString("base64") }, true],
    [one("A|base64offset|contains: secret"), { A: Buffer.from("a secret!").toString("base64") }, true],
    [one("LogonId: 5"), { event_data: { LogonId: "5" } }, true],
    ["s: [foo, bar]\ncondition: s", { M: "a FOOd" }, true],
    ["s: [foo, bar]\ncondition: s", { M: ["x", "bar"] }, true],
    ["s: [foo]\ncondition: s", { foo: 1 }, false],
    ["s: {'|all': [foo, bar]}\ncondition: s", { M: "foo", N: "bar" }, true],
    ["s: {'|all': [foo, bar]}\ncondition: s", { M: "foo" }, false],
    ["s: {'|re': 'f.o$'}\ncondition: s", { M: "a fao" }, true],
    ["s: ['a*c']\ncondition: s", { M: "xx abbc xx" }, true],
    ["s: [{A: x}, {B: y}]\ncondition: s", { B: "y" }, true],
    ["s: {A: x}\nf: {B: y}\ncondition: s and not f", { A: "x" }, true],
    ["s: {A: x}\nf: {B: y}\ncondition: s and not f", { A: "x", B: "y" }, false],
    ["s: {A: x}\nf: {B: y}\ncondition: [s, f]", { B: "y" }, true],
  ];
  for (const [detection, event, expected] of table)
    assert.equal(fires(detection, event), expected, `${detection} over ${JSON.stringify(event)}`);
});

test("placeholders have values from a document among the rules; without, the rule is rejected", () => {
  const detection = "s: {A|contains|expand: '%dcs%'}\ncondition: s";
  const values = "---\nname: site\nvars: {dcs: [dc1, dc2]}\ntransformations: [{type: value_placeholders}]\n";
  assert.equal(fires(detection, { A: "xDC2x" }, values), true);
  const rule = `${HEAD}detection:\n  s:\n    A|expand: '%dcs%'\n  condition: s\n`;
  const { rules, problems } = compile(rule);
  assert.deepEqual(rules, []);
  const reason =
    "the placeholder %dcs% has no value; a file among the rules may give it one: vars: { dcs: [value, …] }";
  assert.deepEqual(problems, [{ path: "r.yml", line: 7, reason }]);

  const wrong: [string, RegExp, number][] = [
    [`${values}${values}`, /%dcs% has its values from r\.yml already/, 5],
    ["---\nvars: [dc1]\n", /vars must be a map/, 2],
    ["---\nvars: {dcs: dc1}\ntransformations: [{type: add_condition}]\n", /only vars and value_placeholders/, 3],
  ];
  for (const [text, expected, line] of wrong) {
    const found = compile(`${HEAD}detection: {s: {A: x}, condition: s}\n${text}`);
    assert.equal(found.rules.length, 1);
    assert.match(found.problems[0]?.reason ?? "", expected);
    assert.ok((found.problems[0]?.line ?? 0) >= line);
  }
});

test("values that change reach rules of files that do not, and filters", () => {
  const compiler = new SigmaCompiler();
  const rule = { path: "r.yml", text: `${HEAD}detection: {s: {A|expand: '%dcs%'}, condition: s}\n` };
  const filter = {
    path: "f.yml",
    text: "title: F\nlogsource: {product: windows}\nfilter: {rules: any, s: {B|expand: '%own%'}, condition: s}\n",
  };
  const matches = (dcs: string, event: Record<string, unknown>): readonly boolean[] =>
    compiler
      .compile([rule, filter, { path: "v.yml", text: `vars: {dcs: ${dcs}, own: me}\n` }])
      .rules.map(({ when }) => evaluate(when, objectRow({ Channel: "Security", EventID: 1, ...event })));
  assert.deepEqual(matches("one", { A: "one" }), [true]);
  assert.deepEqual(matches("two", { A: "one" }), [false]);
  assert.deepEqual(matches("two", { A: "two" }), [true]);
  assert.deepEqual(matches("two", { A: "two", B: "me" }), [false]);
  assert.deepEqual(
    compiler.compile([rule, filter]).problems.map(({ path }) => path),
    ["f.yml", "r.yml"],
  );
});

test("documents that share an id by an action are rules of their own, which filters by that id reach", () => {
  const text = [
    "action: global\ntitle: T\nid: one\nlogsource: {product: windows, service: security}\n",
    "detection: {s: {A: x}, condition: s}\n",
    "detection: {s: {A: y}, condition: s}\n",
    "action: repeat\ndetection: {s: {A: z}}\n",
    "action: reset\n",
    "title: F\nlogsource: {product: windows}\nfilter: {rules: [one], f: {B: ok}, condition: f}\n",
  ].join("---\n");
  const { rules, problems } = compile(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rules.map(({ id }) => id),
    ["one", "one#2", "one#3"],
  );
  const matching = (event: Record<string, unknown>): readonly string[] =>
    rules
      .filter(({ when }) => evaluate(when, objectRow({ Channel: "Security", EventID: 1, ...event })))
      .map(({ id }) => id);
  assert.deepEqual(
    ["x", "y", "z"].map((A) => matching({ A })),
    [["one"], ["one#2"], ["one#3"]],
  );
  assert.deepEqual(
    ["x", "y", "z"].flatMap((A) => matching({ A, B: "ok" })),
    [],
  );
});

test("a broken rule is reported with its line and the others go on", () => {
  const good = `${HEAD}detection: {s: {A: x}, condition: s}\n`;
  const bad = `title: B\nlogsource: {product: windows}\ndetection:\n  s:\n    A|re: '(a'\n  condition: s\n`;
  const worse = `title: W\nlogsource: {product: windows}\ndetection:\n  s: {A: x}\n  condition: s | count() > 5\n`;
  const { rules, problems, unsupported } = compile(
    [good, bad, worse, good, "title: C\ncorrelation: {}\n"].join("---\n"),
  );
  assert.equal(rules.length, 1);
  assert.deepEqual(
    problems.map((p) => [p.line, p.reason.slice(0, 40)]),
    [
      [11, "not a regular expression: Invalid regula"],
      [18, '"| count() > 5": aggregations in conditi'],
      [21, "the id one is already that of r.yml"],
    ],
  );
  assert.deepEqual(
    unsupported.map((p) => p.reason),
    ["correlation rules are not supported yet"],
  );
});

test("filters suppress, in both published forms, by id or name, within their log source", () => {
  const rule = `${HEAD}detection: {s: {A: x}, condition: s}\n`;
  const filter = (body: string, source = "{product: windows}") =>
    `${rule}---\ntitle: F\nlogsource: ${source}\nfilter: ${body}\n`;
  const table: [string, boolean][] = [
    [filter("{rules: [one], sel: {U|startswith: adm_}, condition: sel}"), false],
    [filter("{rules: [rule_one], sel: {U|startswith: adm_}, condition: not sel}"), false],
    [filter("{rules: any, sel: {U|startswith: adm_}, condition: not 1 of sel*}"), false],
    [filter("{rules: [one], sel: {U: other}, condition: sel}"), true],
    [filter("{rules: [one], sel: {U: other}, condition: not sel}"), true],
    [filter("{rules: any, sel: {U|startswith: adm_}, condition: sel}", "{product: linux}"), true],
  ];
  for (const [text, expected] of table) {
    const { rules, problems, filters } = compile(text);
    assert.deepEqual([problems, filters], [[], 1]);
    const row = objectRow({ Channel: "Security", EventID: 1, A: "x", U: "adm_1" });
    assert.equal(rules[0] !== undefined && evaluate(rules[0].when, row), expected, text);
  }
  assert.match(
    compile(filter("{rules: [gone], sel: {U: x}, condition: sel}")).problems[0]?.reason ?? "",
    /"gone" that is not there/,
  );
  assert.match(
    compile(filter("{rules: [one], sel: {U|oops: x}, condition: sel}")).problems[0]?.reason ?? "",
    /unknown modifier/,
  );
});

test("a hostile rule is refused before it costs memory", () => {
  const flags = Array.from({ length: 500 }, (_, i) => `'-a -b -c -d ${i}'`).join(", ");
  const table: [string, RegExp][] = [
    [`{s: {A|windash: [${flags}]}, condition: s}`, /too many variants/],
    [`{s: {A|windash: ['-a -b -c -d -e']}, condition: ${Array(100).fill("s").join(" or ")}}`, /more than 50000 tests/],
    [`{s: {A: x}, condition: 1 of ${"*a".repeat(2_000)}}`, /fits no search identifier/],
  ];
  for (const [detection, reason] of table) {
    const { rules, problems } = compile(`${HEAD}detection: ${detection}\n`);
    assert.deepEqual(rules, []);
    assert.match(problems[0]?.reason ?? "", reason);
  }
});

test("what a rule says of itself", () => {
  const text = `${HEAD}author: Ada\nstatus: test\nlevel: high\ntags: [attack.credential-access, attack.initial_access, attack.t1003.001, attack.g0016, cve.2021-1]\nreferences: [https://example.org]\nfalsepositives: [Backups]\ndetection: {s: {A: x}, condition: s}\n`;
  const [rule] = compile(text).rules;
  assert.equal(rule?.id, "one");
  assert.deepEqual(rule?.meta.techniques, ["T1003.001"]);
  assert.deepEqual(rule?.meta.tactics, ["credential-access", "initial-access"]);
  assert.deepEqual([rule?.meta.author, rule?.meta.level, rule?.meta.status], ["Ada", "high", "test"]);
  assert.deepEqual(rule?.variants, ["security"]);
});

test("a rule over several sources is one expression with its routes first", () => {
  const text =
    "title: T\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image|endswith: '\\cmd.exe'}, condition: s}\n";
  const when = compile(text).rules[0]?.when;
  assert.equal(when?.op, "any");
  if (when?.op !== "any") return;
  assert.deepEqual(
    when.of.map((branch) =>
      branch.op === "all" ? branch.of.map((e) => (e.op === "test" ? e.field.names[0] : e.op)) : [],
    ),
    [
      ["Channel", "EventID", "Image"],
      ["Channel", "EventID", "Image"],
    ],
  );
  const audit = { Channel: "security", EventID: 4688, NewProcessName: "C:\\CMD.exe" };
  assert.equal(evaluate(when, objectRow(audit)), true);
});

test("JSON rows keep digits and flatten objects", () => {
  const row = parseJsonRow(
    '{"Keywords":-9223372036854775808,"a":{"b":["x",null,{"c":1}]},"t":"id 12345678901234567890","n":null}',
  );
  assert.equal(row.get("Keywords"), -9223372036854775808n);
  assert.equal(row.get("t"), "id 12345678901234567890");
  assert.deepEqual(row.get("a.b"), ["x", null, null]);
  assert.equal(row.get("n"), null);
  assert.throws(() => parseJsonRow("[1]"), SyntaxError);
});
