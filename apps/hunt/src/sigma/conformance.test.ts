import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { evaluate } from "millrace";
import { compareWithExpected, referenceMatcher, sharedData, sharedRules } from "./compare.js";
import { objectRow } from "./json-row.js";
import type { SigmaSet } from "./rule-set.js";
import { compileSigma } from "./rule-set.js";

const ABSENT = "the shared data (../shared/data beside the repository) is not there";

let compiled: SigmaSet | undefined;
const sharedSet = () => {
  compiled ??= compileSigma(sharedRules());
  return compiled;
};

test("every rule of the collections compiles, or says why not", (t) => {
  if (sharedData("sigma") === null) return t.skip(ABSENT);
  const { rules, problems, unsupported } = sharedSet();
  t.diagnostic(`${rules.length} rules compiled`);
  assert.equal(rules.length + problems.length, sharedRules().length);
  assert.deepEqual(unsupported, []);
  assert.deepEqual(
    [...new Set(problems.map((problem) => problem.reason))],
    [
      "the placeholder %known_cdcs% has no value; a file among the rules may give it one: vars: { known_cdcs: [value, …] }",
    ],
  );
});

test("with a value for their placeholder, all compile", (t) => {
  if (sharedData("sigma") === null) return t.skip(ABSENT);
  const values = { path: "values.yml", text: "vars: {known_cdcs: [dc1]}\n" };
  const { rules, problems } = compileSigma([...sharedRules(), values]);
  assert.deepEqual([rules.length, problems], [sharedRules().length, []]);
});

test("every event sample fires its rule", (t) => {
  const path = sharedData("sigma", "regression.ndjson.gz");
  if (path === null) return t.skip(ABSENT);
  const rules = new Map(sharedSet().rules.map((rule) => [rule.id, rule]));
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trim().split("\n");
  const samples = lines.map((line) => JSON.parse(line) as { rule: string; events: Record<string, unknown>[] });
  const silent = samples.filter(({ rule, events }) => {
    const when = rules.get(rule)?.when;
    return when === undefined || !events.some((event) => evaluate(when, objectRow(event)));
  });
  t.diagnostic(`${samples.length} samples`);
  assert.deepEqual(
    silent.map((sample) => sample.rule),
    [],
  );
});

/** Small recordings of all three shapes; `node apps/hunt/dist/sigma/compare-main.js` compares all of them. */
const SMALL = [
  "cmd_bitsadmin_download_psh_script",
  "cmd_psexec_lsa_secrets_dump",
  "covenant_installutil",
  "empire_launcher_vbs",
  "empire_wdigest_downgrade",
  "purplesharp_pe_injection_createremotethread",
];

test("recordings match as expected, line by line", async (t) => {
  if (sharedData("hunt", "public", "expected-sigma.json.gz") === null) return t.skip(ABSENT);
  const result = await compareWithExpected(SMALL, referenceMatcher(sharedSet().rules));
  t.diagnostic(`${result.datasets} data sets, ${result.events} events, ${result.agreed} matches`);
  assert.deepEqual(result.differences, []);
  assert.ok(result.agreed > 100, "there was something to agree on");
});
