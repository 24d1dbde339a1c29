/** Proof of exercise: what a test run really did. A zero where there should be none is a failure. */
import type { Program } from "./program.js";

export interface Exercise {
  programs: number;
  threads: number;
  /** Partitions of input streams that got rows. */
  partitions: number;
  epochs: number;
  crashes: number;
  failedCommits: number;
  replayedEpochs: number;
  rows: number;
  lateRows: number;
  deadLetters: number;
  compiledBatches: number;
  interpretedBatches: number;
}

export function noExercise(): Exercise {
  return {
    programs: 0,
    threads: 0,
    partitions: 0,
    epochs: 0,
    crashes: 0,
    failedCommits: 0,
    replayedEpochs: 0,
    rows: 0,
    lateRows: 0,
    deadLetters: 0,
    compiledBatches: 0,
    interpretedBatches: 0,
  };
}

/** Adds what one program did, at its end. */
export function addRun(exercise: Exercise, program: Program): void {
  const { counters, inputs, epoch } = program.runtime.engine.commit;
  const sum = (prefix: string): number =>
    Object.entries(counters).reduce((total, [name, by]) => (name.startsWith(prefix) ? total + by : total), 0);
  exercise.programs++;
  exercise.threads += program.done.threads;
  exercise.partitions += Object.values(inputs).filter((offset) => offset > 0).length;
  exercise.epochs += epoch;
  exercise.crashes += program.done.crashes;
  exercise.failedCommits += program.done.failedCommits;
  exercise.replayedEpochs += program.done.replayedEpochs;
  exercise.rows += sum("in/");
  for (const { name } of program.plan.streams) exercise.lateRows += counters[`late/${name}`] ?? 0;
  exercise.deadLetters += sum("dead/");
  exercise.compiledBatches += sum("batches/compiled");
  exercise.interpretedBatches += sum("batches/interpreted");
}

/** What must not be zero and is. */
export function idleParts(exercise: Exercise): string[] {
  return Object.entries(exercise).flatMap(([name, count]) => (count === 0 ? [name] : []));
}

export function exerciseText(exercise: Exercise): string {
  return Object.entries(exercise)
    .map(([name, count]) => `${name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)} ${count}`)
    .join(", ");
}
