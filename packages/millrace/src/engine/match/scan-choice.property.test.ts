/** Lines read by a matcher's own choice give the matches that lines read whole give. Runs: MILLRACE_RUNS (default 300). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Expr } from "../../plan/rules/expr.js";
import { x } from "../../plan/rules/x.js";
import { schemaOf, t } from "../../schema/builder.js";
import { ndjsonDecoder } from "../../source/ndjson.js";
import { RuleMatcher } from "./matcher.js";
import { ScanChoice } from "./scan-choice.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);
const schema = schemaOf({ line: t.int().from("$line"), rest: t.open() });

const security = x.field("Channel", "log.channel").eq("Security");
const rules: readonly Expr[] = [
  x.all(security, x.field("EventID").eq(1), x.field("CommandLine").contains("whoami")),
  x.all(security, x.anyField().contains("kerberos::ptt")),
  x.all(x.field("Channel").eq("System"), x.anyField().contains("kiwi printer"), x.not(x.field("EventID").eq(15))),
  x.all(x.field("Channel").eq("Short"), x.anyField().contains("dd")),
  x.all(x.field("EventID").eq(2), x.field("Message").contains("needle")),
  x.all(security, x.not(x.anyField().contains("kerberos::ptt")), x.field("Message").endsWith("needle")),
  x.all(x.field("Channel").absent(), x.field("CommandLine", "Message").matches(/whoami|needle$/)),
].map((when) => when);

const filler = fc.constantFrom("", "x".repeat(600), "y\\n".repeat(300), "z".repeat(511));
/** Keywords as JSON may write them: escaped letters, characters that become letters in lower case. */
const word = fc.constantFrom(
  ...["whoami", "kerberos::ptt", "KERBEROS::PTT", "ker\\u0062eros::ptt", "\u212aerberos::ptt", "\\u212aiwi printer"],
  ...["Kiwi Printer", "k\u0130wi printer", "dd", "needle", "\\u003cneedle", "", "\\u0130", "\\\\u0041"],
);
const text = fc.tuple(filler, word, filler, word).map((parts) => `"${parts.join("")}"`);
const member = (name: string, value: fc.Arbitrary<string>) => fc.option(value.map((json) => `"${name}":${json}`));
const line = fc
  .tuple(
    member("Noise", text),
    member("Channel", fc.constantFrom('"Security"', '"System"', '"Short"', '"Other"', "null", "7")),
    member("EventID", fc.constantFrom("1", "2", "15", '"1"', '"2"')),
    member("Message", text),
    member("log", fc.constantFrom('{"channel":"security","more":"kerberos::ptt"}', '{"deep":{"x":["kiwi printer"]}}')),
    member("CommandLine", fc.oneof(text, fc.constantFrom('["whoami","dd"]', "12", "{}"))),
    member("Message2", text),
  )
  .map((members) => `{${members.filter((each) => each !== null).join(",")}}`);

function matchesOf(lines: readonly string[], pieces: number, chosen: boolean): string[] {
  const matcher = new RuleMatcher(rules.map((when) => ({ when })));
  const choice = matcher.lineChoice();
  const attributes = [...matcher.names, ...choice.by];
  const projection = { columns: ["line", "rest"], ...(chosen ? { attributes, choice } : {}) };
  const decoder = ndjsonDecoder({ schema, rowsMax: 7, projection });
  const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
  const found: string[] = [];
  let before = 0;
  for (let from = 0; from < bytes.length; from += pieces) {
    decoder.push(bytes.subarray(from, from + pieces));
    if (from + pieces >= bytes.length) decoder.end();
    for (const { batch, dead } of decoder.take()) {
      assert.deepEqual(dead, []);
      const { rows, rules: numbers } = matcher.match(batch);
      rows.forEach((row, k) => {
        found.push(`${before + row}:${numbers[k]}`);
      });
      before += batch.length;
    }
  }
  return found;
}

const same = fc.property(
  fc.array(line, { minLength: 1, maxLength: 30 }),
  fc.constantFrom(400, 5000, 1 << 20),
  (lines, pieces) => assert.deepEqual(matchesOf(lines, pieces, true), matchesOf(lines, pieces, false)),
);

test("lines read by the matcher's choice match as lines read whole", () => {
  fc.assert(same, { numRuns });
});

test("a line in which a name occurs twice is read by its last value, also where both wait", () => {
  const long = "x".repeat(600);
  const twice = [
    `{"EventID":2,"Message":"${long}","Message":"${long} needle"}`,
    `{"EventID":2,"Message":"${long} needle","Message":"short"}`,
    `{"EventID":2,"Message":"${long} needle","Message":"needle"}`,
  ];
  assert.deepEqual(matchesOf(twice, 1 << 20, true), matchesOf(twice, 1 << 20, false));
  assert.deepEqual(matchesOf(twice, 1 << 20, true), ["0:4", "0:6", "2:4", "2:6"]);
});

test("canary: lines with keywords are not read whole", (context) => {
  context.mock.method(ScanChoice.prototype, "next", () => Number.POSITIVE_INFINITY);
  assert.ok(fc.check(same, { numRuns: 1000 }).failed);
});

test("canary: no kind asks for its long texts", (context) => {
  context.mock.method(ScanChoice.prototype, "kindOf", () => ({ asks: new Set(), whole: false }));
  assert.ok(fc.check(same, { numRuns: 1000 }).failed);
});
