/** Configurations that must not change an answer: what `law` and the scenario files are run under. */
export interface Configuration {
  readonly name: string;
  readonly workers: number;
  /** Real worker threads; else cooperative tasks on one thread. */
  readonly threads: boolean;
  /** The most rows of an epoch. */
  readonly epochRows: number;
  /** live: after every push; history: everything in the log first. */
  readonly mode: "live" | "history";
  /** Lose the engine after every step and recover. */
  readonly crash: boolean;
  readonly interpreted: boolean;
  readonly log: "memory" | "segment";
  /** A snapshot after so many rows; Infinity: recovery runs the whole journal again. */
  readonly snapshotRows: number;
}

export const BASE: Configuration = {
  name: "base",
  workers: 1,
  threads: false,
  epochRows: 1024,
  mode: "live",
  crash: false,
  interpreted: false,
  log: "memory",
  snapshotRows: Number.POSITIVE_INFINITY,
};

/** Each differs from the base in what its name says, and in workers, so that no two test the same thing. */
export const CONFIGURATIONS: readonly Configuration[] = [
  BASE,
  { ...BASE, name: "interpreted", interpreted: true },
  { ...BASE, name: "epoch of 1 row, 2 workers", epochRows: 1, workers: 2 },
  { ...BASE, name: "epoch of 7 rows, 3 workers, interpreted", epochRows: 7, workers: 3, interpreted: true },
  { ...BASE, name: "history, 3 workers", mode: "history", workers: 3, epochRows: 1_000_000 },
  { ...BASE, name: "crash after each step, 2 workers", crash: true, workers: 2, snapshotRows: 5 },
  { ...BASE, name: "crash after each step, journal only", crash: true, epochRows: 3 },
  { ...BASE, name: "segment log, 2 threads, crash", log: "segment", workers: 2, threads: true, crash: true, snapshotRows: 4 },
  { ...BASE, name: "segment log, 3 threads, history", log: "segment", workers: 3, threads: true, mode: "history" },
];
