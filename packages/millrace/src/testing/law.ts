/**
 * The law, as a test: one program over one input gives one answer, whatever the epochs, the workers, the chunks, the
 * crashes, and whether the rows come live or are history.
 */
import { MillraceError } from "../base/errors.js";
import type { App } from "../plan/api.js";
import { answerOf } from "./answer.js";
import type { Configuration } from "./configuration.js";
import { BASE, CONFIGURATIONS } from "./configuration.js";
import { difference } from "./difference.js";
import type { Exercise } from "./exercise.js";
import { addRun, noExercise } from "./exercise.js";
import { Harness } from "./harness.js";
import type { History } from "./history.js";
import { historyOf, isArrivalOrdered, putHistory } from "./history.js";

export interface LawOptions {
  /** Partitions by stream; by default as the program says. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** Default: all but those on real threads, which are slow to start. */
  readonly configurations?: readonly Configuration[];
  /** What must hold at the end, under each configuration. */
  readonly check?: (h: Harness) => Promise<void>;
}

/**
 * Runs `input` under every configuration; throws with the difference where an answer is another than the base
 * configuration's. Returns what was exercised. A program whose answer depends on arrival (a lookup) is not run over
 * history.
 */
export async function law(app: App, input: (h: Harness) => Promise<void>, options: LawOptions = {}): Promise<Exercise> {
  const { configurations = CONFIGURATIONS } = options;
  const exercise = noExercise();
  const base = await run(app, BASE, input, options, exercise);
  for (const configuration of configurations) {
    if (configuration.name === BASE.name || (base.arrival && configuration.mode === "history")) continue;
    const given = configuration.mode === "live" ? input : (h: Harness) => putHistory(h.program, base.history);
    const { answer } = await run(app, configuration, given, options, exercise);
    if (answer === base.answer) continue;
    throw new MillraceError(
      "REQUEST",
      `"${configuration.name}" gives another answer (- base, + here)\n${difference(base.answer.split("\n"), answer.split("\n"))}`,
    );
  }
  return exercise;
}

interface Run {
  readonly answer: string;
  readonly history: History;
  readonly arrival: boolean;
}

async function run(
  app: App,
  configuration: Configuration,
  input: (h: Harness) => Promise<void>,
  options: LawOptions,
  exercise: Exercise,
): Promise<Run> {
  const { partitions, check } = options;
  const { name: _name, ...settings } = configuration;
  const h = await Harness.open(app, { ...settings, ...(partitions === undefined ? {} : { partitions }) });
  try {
    await input(h);
    await h.program.settle();
    await check?.(h);
    return {
      answer: await answerOf(h.program),
      history: await historyOf(h.program),
      arrival: isArrivalOrdered(h.program.plan),
    };
  } finally {
    addRun(exercise, h.program);
    await h.close();
  }
}
