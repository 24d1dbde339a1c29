/**
 * Event time of one source partition at a place in it.
 *
 *   watermark(o) = max(largest event time before o - delay, largest mark before o)
 *
 * A row is late when its event time is less than the watermark at its own place: a property of the data, whatever the
 * epoch, the chunking or the thread that looks.
 */
import { TIME_MIN } from "../../base/time.js";
import { WORD } from "../../batch/vector.js";
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

/** The clock at row `row` of a chunk. times: the chunk's event times, two words a row; before: the clock before its first row. */
export function clockAt(times: Int32Array, row: number, before: PartitionClock): PartitionClock {
  return { timeHigh: highest(times, 0, row, before.timeHigh), markHigh: before.markHigh };
}

/**
 * Lateness of rows [from, to) of a chunk.
 * times: the whole chunk's event times, two words a row; clock: at row `from`; bounds: of the chunk's event times.
 */
export function latenessOf(
  times: Int32Array,
  from: number,
  to: number,
  clock: PartitionClock,
  bounds: { readonly timeMin: number; readonly timeMax: number },
  delayMs: number,
): Lateness {
  const { markHigh } = clock;
  const furthest = watermarkOf({ timeHigh: Math.max(clock.timeHigh, bounds.timeMax), markHigh }, delayMs);
  // No row is behind the furthest that the chunk can bring the watermark to: none need be looked at for that.
  if (bounds.timeMin >= furthest)
    return { lateBy: null, lateRows: 0, after: { timeHigh: highest(times, from, to, clock.timeHigh), markHigh } };
  let high = clock.timeHigh;
  let watermark = watermarkOf(clock, delayMs);
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
  return { lateBy, lateRows, after: { timeHigh: high, markHigh } };
}

function highest(times: Int32Array, from: number, to: number, before: number): number {
  let high = before;
  for (let row = from; row < to; row++) {
    const time = (times[2 * row + 1] as number) * WORD + ((times[2 * row] as number) >>> 0);
    if (time > high) high = time;
  }
  return high;
}
