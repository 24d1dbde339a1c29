/** Runs one scenario under one configuration, step by step. */
import { VirtualClock } from "../../base/clock.js";
import { describeError, MillraceError } from "../../base/errors.js";
import type { Duration } from "../../base/time.js";
import { durationMs } from "../../base/time.js";
import type { App } from "../../plan/api.js";
import { takeRegistered } from "../../plan/registry.js";
import { answerOf, fieldsOf, linesOf } from "../answer.js";
import type { Configuration } from "../configuration.js";
import { difference } from "../difference.js";
import type { Exercise } from "../exercise.js";
import { addRun } from "../exercise.js";
import type { Faults } from "../faults.js";
import type { History } from "../history.js";
import { historyOf, putHistory } from "../history.js";
import { Program } from "../program.js";
import { parseRow, printRow, timeOf } from "./row-text.js";
import type { Line, Scenario, Step } from "./scenario.js";

export interface Problem {
  /** file:line */
  readonly at: string;
  readonly message: string;
}

export interface Outcome {
  readonly problems: readonly Problem[];
  /** What every `expect` and `counter` found, by its line. */
  readonly found: ReadonlyMap<number, readonly string[]>;
  /** The final answer; null when a step could not be done. */
  readonly answer: string | null;
  readonly history: History;
}

export interface RunOptions {
  readonly faults?: Faults;
  /** Only the steps up to this line. */
  readonly untilLine?: number;
  /** In history mode: what to run over. */
  readonly history?: History;
  readonly exercise?: Exercise;
}

/** Imports the scenario's program, as worker threads do; throws what the program throws. */
export async function scenarioApp(path: string): Promise<App> {
  const module = (await import(`./scenario-app.js?file=${encodeURIComponent(path)}`)) as { readonly default: App };
  return module.default;
}

/** For a scenario that ends in `error`: the program must be refused. */
export async function runRefusal(scenario: Scenario, step: Extract<Step, { kind: "error" }>): Promise<Problem[]> {
  const at = `${scenario.path}:${step.line}`;
  try {
    await scenarioApp(scenario.path);
    return [{ at, message: `the program is accepted; expected: ${step.text}` }];
  } catch (error) {
    const message = error instanceof MillraceError ? `${error.code}: ${error.message}` : describeError(error);
    takeRegistered();
    return message.includes(step.text) ? [] : [{ at, message: `expected the error\n  - ${step.text}\n  + ${message}` }];
  }
}

export async function runScenario(
  scenario: Scenario,
  app: App,
  configuration: Configuration,
  options: RunOptions = {},
): Promise<Outcome> {
  const { faults } = options;
  const program = await Program.open(app, new VirtualClock(), configuration, faults === undefined ? {} : { faults });
  const run = new Run(scenario, program);
  let answer: string | null = null;
  let history: History = [];
  try {
    if (configuration.mode === "history") {
      await putHistory(program, options.history ?? []);
      await program.settle();
    } else await run.steps(options.untilLine ?? Number.POSITIVE_INFINITY);
    if (run.whole) answer = await answerOf(program);
    if (run.whole) history = await historyOf(program);
  } catch (error) {
    run.problem(scenario.steps[0]?.line ?? 1, describeError(error));
  } finally {
    if (options.exercise !== undefined) addRun(options.exercise, program);
    await program.close().catch((error: unknown) => run.problem(1, describeError(error)));
  }
  return { problems: run.problems, found: run.found, answer, history };
}

class Run {
  readonly problems: Problem[] = [];
  readonly found = new Map<number, readonly string[]>();
  /** Whether every step could be done. */
  whole = true;
  readonly #scenario: Scenario;
  readonly #program: Program;

  constructor(scenario: Scenario, program: Program) {
    this.#scenario = scenario;
    this.#program = program;
  }

  problem(line: number, message: string): void {
    this.problems.push({ at: `${this.#scenario.path}:${line}`, message });
  }

  async steps(untilLine: number): Promise<void> {
    for (const step of this.#scenario.steps) {
      if (step.line > untilLine) return;
      try {
        await this.#step(step);
        await this.#program.settle();
        if (this.#program.configuration.crash && step.kind !== "expect" && step.kind !== "counter") {
          await this.#program.crash();
          await this.#program.settle();
        }
      } catch (error) {
        this.whole = false;
        this.problem(step.line, error instanceof MillraceError ? describeError(error) : String((error as Error).stack));
        return;
      }
    }
  }

  async #step(step: Step): Promise<void> {
    const program = this.#program;
    switch (step.kind) {
      case "push":
        return this.#push(step.stream, step.partition, step.rows);
      case "mark": {
        const { stream, partition } = step;
        const appendTime = program.clock.now();
        return program.runtime.log.mark([
          { stream, partition, watermark: timeOf(step.time), appendTime, reason: "test" },
        ]);
      }
      case "watermark":
        return program.runtime.watermark(timeOf(step.time));
      case "end":
        return program.runtime.endInput();
      case "rules": {
        const { file, text, retro } = step;
        const keeper = program.runtime.rules.get(step.set);
        await keeper?.change([{ file, text }], { by: "api", retro });
        return;
      }
      case "advance":
        program.clock.advance(durationMs(step.by as Duration));
        return;
      case "crash":
      case "rescale":
        await program.crash(step.kind === "rescale" ? step.workers : undefined);
        return;
      case "expect":
        return this.#expect(step.line, step.name, step.rows);
      case "counter": {
        const count = program.runtime.engine.commit.counters[step.name] ?? 0;
        this.found.set(step.line, [String(count)]);
        if (count !== step.value) this.problem(step.line, `counter ${step.name} is ${count}, expected ${step.value}`);
        return;
      }
      case "error":
        this.problem(step.line, `the program is accepted; expected: ${step.text}`);
    }
  }

  async #push(stream: string, partition: number, lines: readonly Line[]): Promise<void> {
    const input = this.#program.runtime.input(stream);
    const rows = lines.map(({ text, line }) => this.#row(text, line, input.declared.fields));
    if (rows.every((row) => row !== null)) await this.#program.runtime.push(stream, rows, { partition });
    else this.whole = false;
  }

  async #expect(line: number, name: string, expected: readonly Line[]): Promise<void> {
    const fields = fieldsOf(this.#program.plan, name);
    if (fields === null) return this.problem(line, `there is no view or published stream "${name}"`);
    const wanted = expected.map((row) => ({ ...row, row: this.#row(row.text, row.line, fields) }));
    const lines = wanted.map(({ row, text }) => (row === null ? text : printRow(row, fields)));
    const published = !this.#program.plan.views.some((view) => view.name === name);
    const found = await linesOf(this.#program, name);
    this.found.set(line, found);
    const sorted = published ? lines.sort() : lines;
    if (sorted.join("\n") === found.join("\n")) return;
    this.problem(line, `${name} is not as expected (- expected, + found)\n${difference(sorted, found)}`);
  }

  #row(text: string, line: number, fields: Parameters<typeof parseRow>[1]): Record<string, unknown> | null {
    try {
      return parseRow(text, fields);
    } catch (error) {
      this.problem(line, describeError(error));
      return null;
    }
  }
}
