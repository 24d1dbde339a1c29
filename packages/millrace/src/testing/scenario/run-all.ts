/** Runs a scenario under every configuration that applies, and compares the answers. */
import { describeError } from "../../base/errors.js";
import type { App } from "../../plan/api.js";
import { outputsOf } from "../../plan/app.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import type { Configuration } from "../configuration.js";
import { BASE } from "../configuration.js";
import { difference } from "../difference.js";
import type { Exercise } from "../exercise.js";
import { isArrivalOrdered } from "../history.js";
import type { Outcome, Problem } from "./run-scenario.js";
import { runRefusal, runScenario, scenarioApp } from "./run-scenario.js";
import type { Scenario } from "./scenario.js";

export interface ScenarioReport {
  readonly scenario: Scenario;
  readonly problems: readonly (Problem & { readonly configuration: string })[];
  /** Configurations run. */
  readonly configurations: number;
  /** The answer depends on arrival: not run over history. */
  readonly arrival: boolean;
  /** The base configuration's outcome; null where the program is refused or can't be loaded. */
  readonly base: Outcome | null;
}

export interface RunAllOptions {
  readonly exercise?: Exercise;
  readonly untilLine?: number;
}

export async function runAll(
  scenario: Scenario,
  configurations: readonly Configuration[],
  options: RunAllOptions = {},
): Promise<ScenarioReport> {
  const refusal = scenario.steps.find((step) => step.kind === "error");
  if (refusal !== undefined) {
    const problems = await runRefusal(scenario, refusal);
    return {
      scenario,
      problems: problems.map((problem) => ({ ...problem, configuration: "base" })),
      configurations: 1,
      arrival: false,
      base: null,
    };
  }
  let app: App;
  try {
    app = await scenarioApp(scenario.path);
  } catch (error) {
    const problem = {
      at: `${scenario.path}:${scenario.program[0]?.line ?? 1}`,
      message: describeError(error),
      configuration: "base",
    };
    return { scenario, problems: [problem], configurations: 0, arrival: false, base: null };
  }
  const arrival = isArrivalOrdered(new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) }));
  const base = await runScenario(scenario, app, BASE, options);
  const problems = base.problems.map((problem) => ({ ...problem, configuration: BASE.name }));
  let count = 1;
  for (const configuration of configurations) {
    // What fails under the base configuration says nothing about the others.
    if (configuration === BASE || base.answer === null || (arrival && configuration.mode === "history")) continue;
    const outcome = await runScenario(scenario, app, configuration, { ...options, history: base.history });
    count++;
    const own = outcome.problems.filter(({ at }) => !base.problems.some((known) => known.at === at));
    problems.push(...own.map((problem) => ({ ...problem, configuration: configuration.name })));
    if (outcome.answer === null || outcome.answer === base.answer) continue;
    const message = `the answer differs from the base configuration's (- base, + here)\n${difference(base.answer.split("\n"), outcome.answer.split("\n"))}`;
    problems.push({ at: `${scenario.path}:1`, message, configuration: configuration.name });
  }
  return { scenario, problems, configurations: count, arrival, base };
}

export function problemText(problems: ScenarioReport["problems"]): string {
  return problems.map(({ at, configuration, message }) => `${at} [${configuration}]\n${message}`).join("\n\n");
}
