/**
 * Event time of one source partition at a place in it.
 *
 *   watermark(o) = max(largest event time before o - delay, largest mark before o)
 *
 * A row is late when its event time is less than the watermark at its own place: a property of the data, whatever the
 * epoch, the chunking or the thread that looks.
 */
import { TIME_MIN } from "../../base/time.js";
import { int64AsNumber, WORD } from "../../batch/vector.js";
import type { EntryRef } from "../../log/log.js";

export interface PartitionClock {
  readonly timeHigh: number;
  readonly markHigh: number;
}

export function watermarkOf(clock: PartitionClock, delayMs: number): number {
  const byRows = clock.timeHigh === TIME_MIN ? TIME_MIN : clock.timeHigh - delayMs;
  return Math.max(byRows, clock.markHigh);
}

/** The clock before an entry. */
export function clockBefore(ref: EntryRef): PartitionClock {
  return { timeHigh: ref.timeHighBefore, markHigh: ref.markHighBefore };
}

export interface Lateness {
  /** For each row of [from, to) how far it is behind the watermark at its place, ms; null when none is. */
  readonly lateBy: Float64Array | null;
  readonly lateRows: number;
  /** The clock after row `to - 1`. */
  readonly after: PartitionClock;
}

/**
 * Lateness of all rows of a chunk where its bounds alone tell that none is late: none is behind the watermark at the end
 * of the chunk. Null where the rows must be looked at.
 */
export function noneLate(
  { timeMin, timeMax }: { readonly timeMin: number; readonly timeMax: number },
  before: PartitionClock,
  delayMs: number,
): Lateness | null {
  const after = { timeHigh: Math.max(before.timeHigh, timeMax), markHigh: before.markHigh };
  return timeMin >= watermarkOf(after, delayMs) ? { lateBy: null, lateRows: 0, after } : null;
}

/**
 * Lateness of rows [from, to) of a chunk.
 * times: the whole chunk's event times, two words a row; before: the clock before the chunk's first row.
 */
export function latenessOf(
  times: Int32Array,
  from: number,
  to: number,
  before: PartitionClock,
  delayMs: number,
): Lateness {
  let high = before.timeHigh;
  for (let row = 0; row < from; row++) high = Math.max(high, int64AsNumber(times, row));
  let watermark = watermarkOf({ timeHigh: high, markHigh: before.markHigh }, delayMs);
  let lateBy: Float64Array | null = null;
  let lateRows = 0;
  for (let row = from; row < to; row++) {
    const time = (times[2 * row + 1] as number) * WORD + ((times[2 * row] as number) >>> 0);
    if (time < watermark) {
      lateBy ??= new Float64Array(to - from);
      lateBy[row - from] = watermark - time;
      lateRows++;
    }
    if (time > high) {
      high = time;
      if (time - delayMs > watermark) watermark = time - delayMs;
    }
  }
  return { lateBy, lateRows, after: { timeHigh: high, markHigh: before.markHigh } };
}
