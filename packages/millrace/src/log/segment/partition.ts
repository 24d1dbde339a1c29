/**
 * One partition: appends by group commit, and what readers ask.
 *
 *   append ─┐
 *   append ─┼─> waiting ──take all──> envelopes ──one write──> fdatasync ──> table, listeners, answers
 *   mark   ─┘                (meanwhile more calls wait)                 └──> index, a few hundred at a time
 *
 * Whatever changes files runs one at a time in `#turn`. Nothing is visible before its sync.
 */
import type { Disk } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { EntryRef, TakenPosition } from "../log.js";
import type { EntryIndex } from "./entry-index.js";
import type { EntryRow } from "./entry-table.js";
import type { PartitionState } from "./row-collector.js";
import { highsAfter } from "./row-collector.js";
import type { Segment } from "./segment-file.js";
import { partitionFolder, segmentPath } from "./segment-file.js";
import type { Draft } from "./segment-writer.js";
import { emptyAndRemove, SegmentWriter } from "./segment-writer.js";

/** The most bytes one write takes; what waits beyond goes into the next. */
const GROUP_BYTES_MAX = 64 << 20;
/** More waiting than this is a caller that does not wait for its appends: refused, instead of growing without end. */
const WAITING_BYTES_MAX = 512 << 20;
/** Entries that a crash leaves to be found by scanning. */
const UNINDEXED_MAX = 256;

interface Waiting {
  readonly draft: Draft;
  readonly resolve: (row: EntryRow) => void;
  readonly reject: (error: unknown) => void;
}

export interface PartitionSettings {
  readonly disk: Disk;
  readonly data: string;
  readonly stream: string;
  readonly partition: number;
  readonly index: EntryIndex;
  readonly segmentBytesMax: number;
  readonly onDurable: (end: number) => void;
}

export class SegmentPartition {
  readonly #settings: PartitionSettings;
  readonly #state: PartitionState;
  readonly #folder: string;
  readonly #writer: SegmentWriter;
  /** Latest position of each source. */
  readonly #latest: Map<string, TakenPosition>;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #unindexed: EntryRow[] = [];
  #closed = false;

  constructor(settings: PartitionSettings, state: PartitionState) {
    this.#settings = settings;
    this.#state = state;
    this.#folder = partitionFolder(settings.data, settings.stream, settings.partition);
    this.#latest = latestSources(state);
    this.#writer = new SegmentWriter(settings, state, this.#latest);
  }

  get start(): number {
    return this.#state.start;
  }

  get highs(): { readonly timeHigh: number; readonly markHigh: number } {
    const { timeHigh, markHigh } = this.#state;
    return { timeHigh, markHigh };
  }

  get end(): number {
    return this.#state.end;
  }

  sourcePosition(source: string): TakenPosition | null {
    return this.#latest.get(source) ?? null;
  }

  sources(): Iterable<string> {
    return this.#latest.keys();
  }

  /** Entries that overlap [from, to). */
  entries(from: number, to: number): EntryRef[] {
    const { table, start } = this.#state;
    if (from < start)
      throw new MillraceError("RETENTION", `${this.#name()} begins at offset ${start}, not ${from}`, {
        hint: "Older rows were given up by the stream's retention.",
      });
    const refs: EntryRef[] = [];
    for (let k = table.firstAfter(from); k < table.length; k++) {
      const row = table.row(k);
      if (row.from >= to) break;
      if (row.to > row.from) refs.push(this.#ref(row));
    }
    return refs;
  }

  offsetAt(time: number, by: "event" | "append"): number {
    const { table, end } = this.#state;
    const index = table.firstAt(time, by);
    return index < table.length ? table.row(index).from : end;
  }

  /** Resolves with the entry when it is durable; rejects with `DISK` when it is not in the log. */
  append(draft: Draft): Promise<EntryRow> {
    if (this.#closed) return Promise.reject(new MillraceError("REQUEST", "the log is closed"));
    if (this.#waitingBytes > WAITING_BYTES_MAX)
      return Promise.reject(
        new MillraceError("LIMIT", `${this.#name()}: ${this.#waitingBytes} bytes wait to be written`, {
          hint: "Wait for earlier appends before sending more.",
        }),
      );
    this.#waitingBytes += draft.body.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      // The turn that begins next takes all that wait; one that finds nothing does nothing.
      void this.#exclusively(() => this.#flush());
    });
  }

  /** Drops everything from `end` on; `REQUEST` when no entry ends there. */
  truncate(end: number): Promise<void> {
    return this.#exclusively(async () => {
      const state = this.#state;
      const { table } = state;
      const first = table.firstAfter(end);
      if (end < state.start || (end < state.end && (first === 0 ? state.start : table.row(first - 1).to) !== end))
        throw new MillraceError("REQUEST", `${this.#name()} cannot end at offset ${end}: no entry ends there`);
      if (first === table.length) return;
      await this.#truncateAt(first);
    });
  }

  /** Unlinks old segments; returns the bytes given back. */
  retain(limit: { before?: number; bytesMax?: number; keepFrom: number }): Promise<number> {
    return this.#exclusively(async () => {
      const { segments } = this.#state;
      let count = 0;
      let bytesAfter = segments.reduce((sum, { bytes }) => sum + bytes, 0);
      for (; count < segments.length; count++) {
        bytesAfter -= (segments[count] as Segment).bytes;
        if (!this.#isOld(count, bytesAfter, limit)) break;
      }
      if (count === segments.length && count > 0) {
        // The newest one is old too: later appends, and what is known of sources, need a segment to live in.
        await this.#writer.roll();
      }
      let freed = 0;
      for (; count > 0; count--) freed += await this.#unlinkFirst();
      return freed;
    });
  }

  /** Waits for what is on its way, and brings the index up to date. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#exclusively(async () => {
      await this.#indexNow(1);
      await this.#writer.close();
    });
  }

  /** Segment files as they are now, for checks. */
  get segments(): readonly Segment[] {
    return this.#state.segments;
  }

  #exclusively<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #flush(): Promise<void> {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    let rows: EntryRow[];
    try {
      rows = await this.#writer.write(group.map(({ draft }) => draft));
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const row of rows) this.#publish(row);
    for (let k = 0; k < group.length; k++) (group[k] as Waiting).resolve(rows[k] as EntryRow);
    this.#settings.onDurable(this.#state.end);
    void this.#exclusively(() => this.#indexNow(UNINDEXED_MAX));
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < GROUP_BYTES_MAX))
      bytes += (this.#waiting[count++] as Waiting).draft.body.length;
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #publish(row: EntryRow): void {
    const state = this.#state;
    state.table.push(row);
    state.end = row.to;
    ({ timeHigh: state.timeHigh, markHigh: state.markHigh } = highsAfter(row));
    noteSource(this.#latest, row);
    this.#unindexed.push(row);
  }

  /** The index only spares scanning: when its disk refuses, the rows are kept and put with the next ones. */
  async #indexNow(atLeast: number): Promise<void> {
    const rows = this.#unindexed;
    if (rows.length < atLeast) return;
    const { index, stream, partition } = this.#settings;
    try {
      await index.put(stream, partition, rows);
      this.#unindexed = [];
    } catch (error) {
      unlessDisk(error);
    }
  }

  async #truncateAt(first: number): Promise<void> {
    const { table, segments } = this.#state;
    const { index, stream, partition } = this.#settings;
    const row = table.row(first);
    const before = first === 0 ? null : table.row(first - 1);
    if (row.kind === "lost" && before?.segment !== row.segment)
      throw new MillraceError(
        "CORRUPT",
        `${this.#name()} is damaged at offset ${row.from}: it cannot be cut off there`,
      );
    const bytes = before?.segment === row.segment ? before.bodyPosition + before.bodyLength : row.position;
    // The index must never be ahead of the files, so it forgets first.
    this.#unindexed = this.#unindexed.filter((candidate) => candidate.to <= row.from);
    for (const { base } of segments.filter((segment) => segment.base >= row.segment).reverse())
      await index.remove(stream, partition, base, base === row.segment ? bytes : 0, base + 1);
    this.#forget(first);
    await this.#writer.cut(row.segment, bytes);
  }

  #forget(first: number): void {
    const state = this.#state;
    const row = state.table.row(first);
    state.table.cut(first);
    state.end = row.from;
    state.timeHigh = row.timeHighBefore;
    state.markHigh = row.markHighBefore;
    this.#latest.clear();
    for (const [name, source] of latestSources(state)) this.#latest.set(name, source);
  }

  #isOld(k: number, bytesAfter: number, limit: { before?: number; bytesMax?: number; keepFrom: number }): boolean {
    const { segments, table, end } = this.#state;
    const { base } = segments[k] as Segment;
    const next = segments[k + 1]?.base ?? end;
    if (next > limit.keepFrom || next === base) return false;
    if (limit.bytesMax !== undefined && bytesAfter >= limit.bytesMax) return true;
    const to = segments[k + 1] === undefined ? table.length : table.firstOfSegment(next);
    return limit.before !== undefined && table.appendTimeMax(table.firstOfSegment(base), to) < limit.before;
  }

  async #unlinkFirst(): Promise<number> {
    const { segments, table, oldSources } = this.#state;
    const { index, stream, partition, disk } = this.#settings;
    const [segment, next] = segments as unknown as readonly [Segment, Segment];
    const count = table.firstOfSegment(next.base);
    this.#unindexed = this.#unindexed.filter((row) => row.segment !== segment.base);
    // What the index is left with of a segment that is gone, the next opening takes out: on a full disk, where it can't
    // be written, room is made all the same.
    await index.remove(stream, partition, segment.base, 0, segment.base + 1).catch(unlessDisk);
    for (let k = 0; k < count; k++) noteSource(oldSources, table.row(k));
    table.drop(count);
    segments.shift();
    this.#state.start = next.base;
    await emptyAndRemove(disk, segment.path);
    return segment.bytes;
  }

  #ref(row: EntryRow): EntryRef {
    const { stream, partition } = this.#settings;
    const { from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, kind } = row;
    const base = { stream, partition, from, to, appendTime, timeHighBefore, markHighBefore };
    if (kind !== "rows" && kind !== "lost")
      return { ...base, body: { kind: "mark", watermark: timeMax, reason: kind } };
    const at = {
      kind: "file",
      path: segmentPath(this.#folder, row.segment),
      position: row.bodyPosition,
      length: row.bodyLength,
    } as const;
    return { ...base, body: { kind: "rows", timeMin, timeMax, bytes: row.bodyLength, at } };
  }

  #name(): string {
    return `${this.#settings.stream}/${this.#settings.partition}`;
  }
}

function latestSources({ oldSources, table }: PartitionState): Map<string, TakenPosition> {
  const latest = new Map(oldSources);
  for (let k = 0; k < table.length; k++) noteSource(latest, table.row(k));
  return latest;
}

function unlessDisk(error: unknown): void {
  if (!(error instanceof MillraceError)) throw error;
}

function noteSource(positions: Map<string, TakenPosition>, { source, appendTime }: EntryRow): void {
  if (source !== null) positions.set(source.source, { ...source, appendTime });
}
