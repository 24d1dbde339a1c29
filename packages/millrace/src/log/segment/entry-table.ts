/**
 * What the log keeps in memory of every entry of a partition: 17 numbers a row in one typed array (136 bytes), so
 * that `entries()` is synchronous and a million entries cost 136 MB and no garbage collection.
 */
import { assert } from "../../base/errors.js";
import type { MarkRequest, SourcePosition } from "../log.js";
import { sourceNumbers, sourceOf } from "./envelope.js";

export type EntryKind = "rows" | "lost" | MarkRequest["reason"];
/** lost: a range of offsets whose bytes are damaged beyond recognition; reading it throws `CORRUPT`. */
const KINDS: readonly EntryKind[] = ["rows", "lost", "idle", "end", "test"];

/** One entry, as it is kept in memory and in the index. */
export interface EntryRow {
  readonly kind: EntryKind;
  readonly from: number;
  readonly to: number;
  readonly appendTime: number;
  readonly timeHighBefore: number;
  readonly markHighBefore: number;
  /** A mark has its watermark in both. */
  readonly timeMin: number;
  readonly timeMax: number;
  /** Base offset of the segment, the entry's position in it, and its body. */
  readonly segment: number;
  readonly position: number;
  readonly bodyPosition: number;
  readonly bodyLength: number;
  readonly source: SourcePosition | null;
}

const WIDTH = 17;
const TO = 2;
const APPEND_TIME = 3;
const TIME_MAX_AT = 7;
const SEGMENT = 8;

export class EntryTable {
  #numbers = new Float64Array(64 * WIDTH);
  #length = 0;
  readonly #sources: string[] = [];
  readonly #sourceIds = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  push(row: EntryRow): void {
    if ((this.#length + 1) * WIDTH > this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    const { from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, segment, position, source } = row;
    const at = this.#length++ * WIDTH;
    const kind = KINDS.indexOf(row.kind);
    this.#numbers.set([kind, from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, segment], at);
    this.#numbers.set([position, row.bodyPosition, row.bodyLength], at + 9);
    this.#numbers.set([this.#sourceId(source), ...sourceNumbers(source)], at + 12);
  }

  row(index: number): EntryRow {
    assert(index >= 0 && index < this.#length, `entry ${index} of ${this.#length}`);
    const n = this.#numbers.subarray(index * WIDTH, (index + 1) * WIDTH);
    const source = this.#sources[n[12] as number];
    return {
      kind: KINDS[n[0] as number] as EntryKind,
      from: n[1] as number,
      to: n[TO] as number,
      appendTime: n[APPEND_TIME] as number,
      timeHighBefore: n[4] as number,
      markHighBefore: n[5] as number,
      timeMin: n[6] as number,
      timeMax: n[TIME_MAX_AT] as number,
      segment: n[SEGMENT] as number,
      position: n[9] as number,
      bodyPosition: n[10] as number,
      bodyLength: n[11] as number,
      source: source === undefined ? null : sourceOf(source, n.subarray(13)),
    };
  }

  last(): EntryRow | null {
    return this.#length === 0 ? null : this.row(this.#length - 1);
  }

  /** Index of the first entry that ends after `offset`; `length` when there is none. */
  firstAfter(offset: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle * WIDTH + TO] as number) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Index of the first entry (marks count for "append" only) at or after a time; `length` when there is none. */
  firstAt(time: number, by: "event" | "append"): number {
    const column = by === "append" ? APPEND_TIME : TIME_MAX_AT;
    for (let index = 0; index < this.#length; index++) {
      if ((this.#numbers[index * WIDTH + column] as number) < time) continue;
      if (by === "append" || (this.#numbers[index * WIDTH] as number) <= 1) return index;
    }
    return this.#length;
  }

  /** Index of the first entry of a segment at or after `segment` (base offset). */
  firstOfSegment(segment: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle * WIDTH + SEGMENT] as number) >= segment) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Latest append time of entries [from, to). */
  appendTimeMax(from: number, to: number): number {
    let max = Number.NEGATIVE_INFINITY;
    for (let index = from; index < to; index++)
      max = Math.max(max, this.#numbers[index * WIDTH + APPEND_TIME] as number);
    return max;
  }

  /** Keeps the first `length` entries. */
  cut(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** Forgets the first `count` entries. */
  drop(count: number): void {
    this.#numbers.copyWithin(0, count * WIDTH, this.#length * WIDTH);
    this.#length -= count;
  }

  #sourceId(source: SourcePosition | null): number {
    if (source === null) return -1;
    let id = this.#sourceIds.get(source.source);
    if (id === undefined) {
      id = this.#sources.length;
      this.#sources.push(source.source);
      this.#sourceIds.set(source.source, id);
    }
    return id;
  }
}
