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
  /** Every third commit dies before it, every other third after it and before anybody hears of it. */
  readonly failCommits: boolean;
  readonly interpreted: boolean;
  /** fault: a segment log on a disk in memory that loses what was not synced. */
  readonly log: "memory" | "segment" | "fault";
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
  failCommits: false,
  interpreted: false,
  log: "memory",
  snapshotRows: Number.POSITIVE_INFINITY,
};

/** Each differs from the base in what its name says. */
export const CONFIGURATIONS: readonly Configuration[] = [
  BASE,
  { ...BASE, name: "interpreted", interpreted: true },
  { ...BASE, name: "epochs of 1 row, 2 workers", epochRows: 1, workers: 2 },
  { ...BASE, name: "epochs of 7 rows, 3 workers, interpreted", epochRows: 7, workers: 3, interpreted: true },
  { ...BASE, name: "history, 3 workers", mode: "history", workers: 3, epochRows: 1_000_000 },
  { ...BASE, name: "history, epochs of 2 rows", mode: "history", epochRows: 2 },
  { ...BASE, name: "crash after each step, 2 workers", crash: true, workers: 2, snapshotRows: 5 },
  { ...BASE, name: "crash after each step, journal only", crash: true, epochRows: 3 },
  { ...BASE, name: "crash inside commits, 3 workers", failCommits: true, epochRows: 2, workers: 3, snapshotRows: 7 },
  { ...BASE, name: "fault disk, crash after each step", log: "fault", crash: true, workers: 2, snapshotRows: 6 },
];

/** Slow to start: run on a slice unless everything is asked for. */
export const SLOW_CONFIGURATIONS: readonly Configuration[] = [
  {
    ...BASE,
    name: "segment log, 2 threads, crash",
    log: "segment",
    workers: 2,
    threads: true,
    crash: true,
    snapshotRows: 4,
  },
  {
    ...BASE,
    name: "segment log, 3 threads, history",
    log: "segment",
    workers: 3,
    threads: true,
    mode: "history",
    epochRows: 5,
  },
];
