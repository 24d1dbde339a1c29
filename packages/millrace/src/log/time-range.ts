/** Smallest and largest event time of a batch. */
import { assert } from "../base/errors.js";
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import type { Batch } from "../batch/batch.js";
import { columnOf } from "../batch/batch.js";
import { int64AsBigint, int64AsNumber, isValid } from "../batch/vector.js";
import { fieldIndex } from "../schema/column-type.js";

export interface TimeRange {
  /** Epoch ms; `TIME_MAX` when there are no rows. */
  readonly timeMin: number;
  /** Epoch ms; `TIME_MIN` when there are no rows. */
  readonly timeMax: number;
}

/** Nanosecond times are cut down to the millisecond. Rows without a time do not count. */
export function timeRange(batch: Batch, time: string): TimeRange {
  const column = columnOf(batch, time);
  assert(column.kind === "int64", `the event time "${time}" is no timestamp`);
  const nanos = batch.schema.fields[fieldIndex(batch.schema, time)]?.type.kind === "timestampNs";
  let timeMin = TIME_MAX;
  let timeMax = TIME_MIN;
  for (let row = 0; row < batch.length; row++) {
    if (!isValid(column, row)) continue;
    const ms = nanos ? msOfNanos(int64AsBigint(column.words, row)) : int64AsNumber(column.words, row);
    if (ms < timeMin) timeMin = ms;
    if (ms > timeMax) timeMax = ms;
  }
  return { timeMin, timeMax };
}

function msOfNanos(nanos: bigint): number {
  return Number((nanos - (((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
}
