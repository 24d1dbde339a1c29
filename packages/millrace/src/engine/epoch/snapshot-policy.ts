/** When a snapshot is due: a decision from facts, so that the time of a recovery is bounded. */

/** What recovery would do again. */
export interface Unsaved {
  readonly rows: number;
  readonly epochs: number;
  /** How long it took, which is about how long it would take again. */
  readonly runMs: number;
}

export const NOTHING_UNSAVED: Unsaved = { rows: 0, epochs: 0, runMs: 0 };

/** A snapshot is due when one of these is reached. */
export interface SnapshotLimits {
  readonly rows: number;
  readonly epochs: number;
  readonly runMs: number;
}

/** A state that takes long to save is saved less often: at most one part in so many of the time goes into it. */
const SAVING_SHARE = 5;

/** `saveMs`: how long the last one took. */
export function snapshotDue(unsaved: Unsaved, limits: SnapshotLimits, saveMs: number): boolean {
  if (unsaved.epochs === 0 || unsaved.runMs < (SAVING_SHARE - 1) * saveMs) return false;
  return unsaved.rows >= limits.rows || unsaved.epochs >= limits.epochs || unsaved.runMs >= limits.runMs;
}
