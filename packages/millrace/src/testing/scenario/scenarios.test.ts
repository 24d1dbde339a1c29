import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, CONFIGURATIONS, SLOW_CONFIGURATIONS } from "../configuration.js";
import { exerciseText, idleParts, noExercise } from "../exercise.js";
import { problemText, runAll } from "./run-all.js";
import { readScenario } from "./scenario.js";
import { scenarioFiles } from "./scenario-files.js";

/** Every so many scenarios run on threads, unless everything is asked for; MILLRACE_SEED says which. */
const SLICE = 9;
const whole = process.env.MILLRACE_TEST === "all";
const seed = Number(process.env.MILLRACE_SEED ?? 1);

const exercise = noExercise();
const names = new Set<string>();
let arrival = 0;

const files = scenarioFiles();
files.forEach((path, k) => {
  const scenario = readScenario(path);
  test(`${scenario.title} [${scenario.tag}]`, async () => {
    const slow = whole || (k + seed) % SLICE === 0;
    const configurations = slow ? [...CONFIGURATIONS, ...SLOW_CONFIGURATIONS] : CONFIGURATIONS;
    const report = await runAll(scenario, configurations, { exercise });
    if (report.arrival) arrival++;
    for (const { name } of configurations) names.add(name);
    assert(report.problems.length === 0, `\n${problemText(report.problems)}`);
  });
});

test("the scenarios have exercised everything they are for", (t) => {
  t.diagnostic(`${files.length} scenarios under ${names.size} configurations: ${exerciseText(exercise)}`);
  t.diagnostic(
    `${arrival} are ordered by arrival (a lookup): not run over history, which has not the journal's epochs`,
  );
  assert.deepEqual(idleParts(exercise), [], "nothing of this was exercised");
  assert(names.size >= CONFIGURATIONS.length && CONFIGURATIONS.includes(BASE));
});
