/**
 * Work beside the processing that failed: it is said, counted, and tried again, later each time. None of it ends the
 * program, and none of it may lose data: what a snapshot or a retention would have done is done by the next one.
 */
import type { Clock } from "../base/clock.js";
import { describeError } from "../base/errors.js";

const LABELS = {
  commit: "the commit of an epoch",
  snapshot: "a snapshot of the state",
  retention: "giving back old rows",
  idle: "marking idle partitions",
  listener: "a listener to commits",
} as const;

export type Work = keyof typeof LABELS;

export interface Trouble {
  readonly work: Work;
  /** What was wrong the last time, and what to do. */
  readonly message: string;
  /** Failures since the program was started. */
  readonly failures: number;
  /** Since when it has failed, epoch ms; null when it works again. */
  readonly since: number | null;
}

const FIRST_MS = 1000;
const LAST_MS = 60_000;

interface Record {
  message: string;
  failures: number;
  inARow: number;
  since: number | null;
  nextAt: number;
}

export class Troubles {
  readonly #clock: Clock;
  readonly #tell: (text: string) => void;
  readonly #records = new Map<Work, Record>();

  /** `tell` hears of a failure in words: of the first in a row, the second, the fourth, … and when it works again. */
  constructor(clock: Clock, tell: (text: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get all(): readonly Trouble[] {
    return Array.from(this.#records, ([work, { message, failures, since }]) => ({ work, message, failures, since }));
  }

  /** Notes a failure; returns after how many ms it should be tried again. */
  failed(work: Work, error: unknown): number {
    const now = this.#clock.now();
    const before = this.#records.get(work);
    const inARow = (before?.inARow ?? 0) + 1;
    const wait = Math.min(LAST_MS, FIRST_MS * 2 ** (inARow - 1));
    const message = describeError(error);
    this.#records.set(work, {
      message,
      failures: (before?.failures ?? 0) + 1,
      inARow,
      since: before?.since ?? now,
      nextAt: now + wait,
    });
    if ((inARow & (inARow - 1)) === 0) {
      const again = work === "listener" ? "" : `, and is tried again in ${wait / 1000} s`;
      this.#tell(`${LABELS[work]} failed${again}: ${message}`);
    }
    return wait;
  }

  worked(work: Work): void {
    const record = this.#records.get(work);
    if (record === undefined || record.since === null) return;
    record.since = null;
    record.inARow = 0;
    record.nextAt = 0;
    this.#tell(`${LABELS[work]} works again`);
  }

  /** Whether it is not too early to try it again. */
  mayTry(work: Work): boolean {
    return this.#clock.now() >= (this.#records.get(work)?.nextAt ?? 0);
  }
}
