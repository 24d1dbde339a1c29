import assert from "node:assert/strict";
import { test } from "node:test";
import { CANARIES } from "./canaries.js";
import type { Canary } from "./canaries.js";
import { BASE, CONFIGURATIONS } from "./configuration.js";
import { scenarioFiles } from "./scenario/scenario-files.js";
import { readScenario } from "./scenario/scenario.js";
import { runScenario, scenarioApp } from "./scenario/run-scenario.js";

/** The first scenario that is green without the canary and red with it. */
async function firstRed(canary: Canary): Promise<string | null> {
  const configuration = CONFIGURATIONS.find(({ name }) => name === canary.configuration);
  assert(configuration !== undefined, `no configuration "${canary.configuration}"`);
  for (const path of scenarioFiles()) {
    const scenario = readScenario(path);
    if (scenario.steps.some(({ kind }) => kind === "error")) continue;
    const app = await scenarioApp(path);
    const base = await runScenario(scenario, app, BASE);
    const healthy = await runScenario(scenario, app, configuration, { history: base.history });
    const sick = await runScenario(scenario, app, configuration, { history: base.history, faults: canary.faults() });
    if (healthy.problems.length === 0 && (sick.problems.length > 0 || sick.answer !== base.answer)) return scenario.title;
  }
  return null;
}

for (const canary of CANARIES)
  test(`the canary ${canary.name} turns a scenario red: ${canary.what}`, async (t) => {
    const red = await firstRed(canary);
    assert.notEqual(red, null, "no scenario has noticed it");
    t.diagnostic(`noticed by: ${red}`);
  });
