/**
 * Rows on their way through the plan: a batch, and for each row its event time, place of origin and lateness.
 * All rows of one `Rows` come from one partition of one stream by one way through the plan, in the order of their
 * places. Immutable.
 *
 * The place of a row is (stream, partition, offset, via, sub): no two rows that meet at an operator have the same. Rows
 * made of one source row by one way are in one `Rows`, so an operator that makes several of one numbers them anew, 0, 1,
 * 2, …, in the order of the places they come from: exact however many such operators follow one another.
 */
import type { Batch } from "../batch/batch.js";
import { sliceBatch, takeBatch } from "../batch/take.js";

export interface Rows {
  readonly batch: Batch;
  /** Event time: two words a row, as an int64 vector. */
  readonly time: Int32Array;
  /** How far behind its partition's watermark each row is, ms; 0 = on time. Null: all are on time. */
  readonly lateBy: Float64Array | null;
  readonly origin: { readonly stream: string; readonly partition: number };
  /** Offset of row i: base + (index === null ? i : index[i]). */
  readonly base: number;
  readonly index: Int32Array | null;
  /**
   * The way from the source, last step first: the input of a union, and the change of rules that a match is due to
   * (0: none). Rows that meet and took other ways differ in it: the last union decides, then the one before.
   */
  readonly via: readonly number[];
  /** Number of the row among those that one source row was made into by this way (flatMap, match); null: all 0. */
  readonly sub: Int32Array | null;
}

export function offsetOf(rows: Rows, row: number): number {
  return rows.base + (rows.index === null ? row : (rows.index[row] as number));
}

/** The first `n` of the row numbers `selected`, ascending; with another batch for them where given. */
export function takeRows(rows: Rows, selected: Int32Array, n: number, batch?: Batch): Rows {
  if (n === rows.batch.length && batch === undefined) return rows;
  const { time, lateBy, index, sub } = rows;
  const newTime = new Int32Array(2 * n);
  const newIndex = new Int32Array(n);
  for (let j = 0; j < n; j++) {
    const i = selected[j] as number;
    newTime[2 * j] = time[2 * i] as number;
    newTime[2 * j + 1] = time[2 * i + 1] as number;
    newIndex[j] = index === null ? i : (index[i] as number);
  }
  let newLate: Float64Array | null = null;
  if (lateBy !== null) {
    newLate = new Float64Array(n);
    for (let j = 0; j < n; j++) newLate[j] = lateBy[selected[j] as number] as number;
  }
  let newSub: Int32Array | null = null;
  if (sub !== null) {
    newSub = new Int32Array(n);
    for (let j = 0; j < n; j++) newSub[j] = sub[selected[j] as number] as number;
  }
  return {
    batch: batch ?? takeBatch(rows.batch, selected, n),
    time: newTime,
    lateBy: newLate,
    origin: rows.origin,
    base: rows.base,
    index: newIndex,
    via: rows.via,
    sub: newSub,
  };
}

/** The rows from number `from` on whose offset is below `to`; at least one. Shares the buffers. */
export function rowsBetween(rows: Rows, from: number, to: number): Rows {
  const n = rows.batch.length;
  let end = from + 1;
  if (offsetOf(rows, n - 1) < to) end = n;
  else while (end < n && offsetOf(rows, end) < to) end++;
  if (from === 0 && end === n) return rows;
  return {
    batch: sliceBatch(rows.batch, from, end),
    time: rows.time.subarray(2 * from, 2 * end),
    lateBy: rows.lateBy?.subarray(from, end) ?? null,
    origin: rows.origin,
    base: rows.index === null ? rows.base + from : rows.base,
    index: rows.index?.subarray(from, end) ?? null,
    via: rows.via,
    sub: rows.sub?.subarray(from, end) ?? null,
  };
}

/** The order in which rows of several senders are taken in: thread count must not show. */
export function byOrigin(a: Rows, b: Rows): number {
  if (a.origin.stream !== b.origin.stream) return a.origin.stream < b.origin.stream ? -1 : 1;
  return a.origin.partition - b.origin.partition || offsetOf(a, 0) - offsetOf(b, 0) || compareVias(a.via, b.via);
}

export function compareVias(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length && k < b.length; k++) if (a[k] !== b[k]) return (a[k] as number) - (b[k] as number);
  return a.length - b.length;
}
