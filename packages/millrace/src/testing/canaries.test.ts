import assert from "node:assert/strict";
import { test } from "node:test";
import type { Canary } from "./canaries.js";
import { CANARIES } from "./canaries.js";
import { CONFIGURATIONS } from "./configuration.js";
import { runScenario, scenarioApp } from "./scenario/run-scenario.js";
import { readScenario } from "./scenario/scenario.js";
import { scenarioFiles } from "./scenario/scenario-files.js";

/** Titles of the scenarios that are green without the canary and red with it. */
async function redScenarios(canary: Canary): Promise<string[]> {
  const configuration = CONFIGURATIONS.find(({ name }) => name === canary.configuration);
  assert(configuration !== undefined, `no configuration "${canary.configuration}"`);
  const red: string[] = [];
  for (const path of scenarioFiles()) {
    const scenario = readScenario(path);
    if (scenario.steps.some(({ kind }) => kind === "error")) continue;
    const app = await scenarioApp(path);
    const healthy = await runScenario(scenario, app, configuration);
    const sick = await runScenario(scenario, app, configuration, { faults: canary.faults() });
    // By what the scenario itself expects, not by the counters that the runner compares besides.
    if (healthy.problems.length === 0 && sick.problems.length > 0) red.push(scenario.title);
  }
  return red;
}

for (const canary of CANARIES)
  test(`the canary ${canary.name} turns scenarios red: ${canary.what}`, async (context) => {
    const red = await redScenarios(canary);
    assert(red.length > 0, "no scenario has noticed it");
    context.diagnostic(`noticed by ${red.length} scenarios, such as: ${red[0]}`);
  });
