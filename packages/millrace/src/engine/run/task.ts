/**
 * A task: one instance of the plan's operators, working on its share of each epoch.
 *
 *   1. apply the epoch's table rows
 *   2. load and push this task's slices: stateless operators, up to the first exchanges (level 0)
 *   3. for each level of exchange: send what gathered to every task, wait for theirs, push it in order of origin,
 *      then tell the operators behind it the watermark
 *   4. hand over view changes, published rows, dead rows and counts
 *
 * Messages of level 0 carry watermarks: after them every task knows all partitions' watermarks at the epoch's end.
 */

import { elapsedMs } from "../../base/clock.js";
import type { Disk } from "../../base/disk.js";
import { assert } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import { columnOf } from "../../batch/batch.js";
import { sliceBatch } from "../../batch/take.js";
import type { Int64Vector } from "../../batch/vector.js";
import { loadRows } from "../../log/load-chunk.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Level, TaskGraph } from "../build/graph.js";
import { buildGraph } from "../build/graph.js";
import type { StatePiece } from "../epoch/state-piece.js";
import { piecesOf, rowsOf } from "../epoch/state-piece.js";
import type { DeadRow, TaskContext } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import { byOrigin } from "../rows.js";
import type { PartitionClock } from "../time/partition-clock.js";
import { clockAt, clockBefore, latenessOf, watermarkOf } from "../time/partition-clock.js";
import { partitionKey, Watermarks } from "../time/watermarks.js";
import type {
  EntrySlice,
  EpochResult,
  EpochWork,
  ExchangeMessage,
  HuntSlice,
  TaskHandle,
  TaskOptions,
} from "./messages.js";
import { Meter } from "./meter.js";

/** How a task reaches the others. `send` to oneself is not used. */
export interface Peers {
  send(to: number, message: ExchangeMessage): void;
}

export class Task implements TaskHandle, TaskContext {
  readonly #plan: ResolvedPlan;
  readonly #options: TaskOptions;
  readonly #disk: Disk;
  readonly #peers: Peers;
  readonly #graph: TaskGraph;
  readonly #meter: Meter;
  readonly #watermarks: Watermarks;
  readonly #inbox = new Map<string, ExchangeMessage[]>();
  #waiting: { key: string; resolve: (messages: ExchangeMessage[]) => void } | null = null;
  readonly #cut = new Map<string, { readonly from: number; readonly batch: Batch }>();
  /** For a chunk that an epoch cut, the clock at the row that the next epoch goes on at. */
  readonly #reached = new WeakMap<Batch, { readonly at: number; readonly clock: PartitionClock }>();
  #dead: DeadRow[] = [];
  #counters: Record<string, number> = {};
  #waitMs = 0;

  constructor(plan: ResolvedPlan, options: TaskOptions, disk: Disk, peers: Peers) {
    this.#plan = plan;
    this.#options = options;
    this.#disk = disk;
    this.#peers = peers;
    this.#watermarks = new Watermarks(plan.streams);
    this.#meter = new Meter(plan.nodes);
    this.#graph = buildGraph(plan, options, this, this.#meter);
  }

  async run(work: EpochWork): Promise<EpochResult> {
    const begun = elapsedMs();
    for (const slice of work.first) this.#graph.applyFirst(slice.ref.stream, await this.#rowsFirst(slice));
    const seen = await this.#pushSlices(work.slices);
    for (const hunt of work.hunts)
      this.#hunt(
        hunt,
        await loadRows(hunt.ref, this.#plan.storedSchema(hunt.ref.stream), this.#columnsOf(hunt), this.#disk),
      );
    this.#watermarks.advanceAll(work.marks);
    for (let level = 0; level < this.#graph.levels.length; level++) await this.#exchange(work.epoch, level, seen);
    this.#watermarks.advanceAll(seen);
    this.#meter.ran(elapsedMs() - begun, this.#waitMs);
    this.#waitMs = 0;
    const result: EpochResult = {
      epoch: work.epoch,
      views: this.#graph.takeViews(),
      published: this.#graph.takePublished(),
      dead: this.#dead,
      counters: this.#counters,
      watermarks: this.#watermarks.all(),
      state: Object.fromEntries(this.#graph.stateful.map((operator) => [operator.id, operator.describe()])),
      work: this.#meter.take(),
    };
    this.#dead = [];
    this.#counters = {};
    return result;
  }

  async *save(): AsyncGenerator<StatePiece, void> {
    for (const operator of this.#graph.stateful) yield* piecesOf(operator);
  }

  async load(pieces: readonly StatePiece[], watermarks: Readonly<Record<string, number>>): Promise<void> {
    const { index, workers } = this.#options;
    this.#watermarks.advanceAll(watermarks);
    for (const piece of pieces) {
      const operator = this.#graph.stateful.find(({ id }) => id === piece.operator);
      assert(operator !== undefined, `saved state of an operator "${piece.operator}" that the plan does not have`);
      const rows = rowsOf(piece, operator, index, workers);
      if (rows.length > 0) operator.restore({ table: piece.table, rows });
    }
  }

  async close(): Promise<void> {}

  dead(row: DeadRow): void {
    this.#dead.push(row);
    this.count(`dead/${row.operator}`, 1);
  }

  count(counter: string, by: number): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by;
  }

  /** A message from another task. */
  receive(message: ExchangeMessage): void {
    const key = `${message.epoch}/${message.level}`;
    const messages = this.#inbox.get(key) ?? [];
    messages.push(message);
    this.#inbox.set(key, messages);
    this.#deliver();
  }

  async #rowsFirst(slice: EntrySlice): Promise<Batch> {
    const { ref, from, to } = slice;
    return sliceOf(await this.#load(slice, null), from - ref.from, to - ref.from);
  }

  async #pushSlices(slices: readonly EntrySlice[]): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    // The next chunk is read while this one is worked on.
    let next = slices[0] === undefined ? null : this.#load(slices[0], this.#columnsOf(slices[0]));
    for (let k = 0; k < slices.length; k++) {
      const slice = slices[k] as EntrySlice;
      const batch = await (next as Promise<Batch>);
      const following = slices[k + 1];
      next = following === undefined ? null : this.#load(following, this.#columnsOf(following));
      next?.catch(() => {}); // reported when it is awaited
      const key = partitionKey(slice.ref.stream, slice.ref.partition);
      seen[key] = Math.max(seen[key] ?? Number.NEGATIVE_INFINITY, this.#pushSlice(slice, batch));
    }
    return seen;
  }

  /** Pushes one slice's rows; returns the partition's watermark after them. */
  #pushSlice(slice: EntrySlice, whole: Batch): number {
    const { stream } = slice.ref;
    const { rows, lateRows, watermark } = this.#rowsOf(slice, whole);
    this.count(`in/${stream}`, rows.batch.length);
    if (lateRows > 0) this.count(`late/${stream}`, lateRows);
    this.#graph.source(stream, rows);
    return watermark;
  }

  #hunt(slice: HuntSlice, whole: Batch): void {
    this.#graph.hunt(slice.set, slice.change, slice.ref.stream, this.#rowsOf(slice, whole).rows);
  }

  #rowsOf({ ref, from, to }: EntrySlice, chunk: Batch): { rows: Rows; lateRows: number; watermark: number } {
    assert(ref.body.kind === "rows", "a mark has no rows");
    const stream = this.#plan.stream(ref.stream);
    const times = (columnOf(chunk, stream.timeColumn) as Int64Vector).words;
    const first = from - ref.from;
    const last = to - ref.from;
    const reached = this.#reached.get(chunk);
    const clock = reached?.at === from ? reached.clock : clockAt(times, first, clockBefore(ref));
    const { lateBy, lateRows, after } = latenessOf(times, first, last, clock, ref.body, stream.delayMs);
    if (to < ref.to) this.#reached.set(chunk, { at: to, clock: after });
    const rows: Rows = {
      batch: sliceOf(chunk, first, last),
      time: times.subarray(2 * first, 2 * last),
      lateBy,
      origin: { stream: ref.stream, partition: ref.partition },
      base: from,
      index: null,
      via: [],
      sub: null,
    };
    return { rows, lateRows, watermark: watermarkOf(after, stream.delayMs) };
  }

  async #exchange(epoch: number, level: number, seen: Record<string, number>): Promise<void> {
    const { workers, index } = this.#options;
    const { combining, exchanges, behind } = this.#graph.levels[level] as Level;
    for (const combine of combining) combine.flush();
    const outgoing = exchanges.map((exchange) => exchange.take());
    const messageFor = (to: number): ExchangeMessage => ({
      epoch,
      level,
      from: index,
      rows: Object.fromEntries(exchanges.map((exchange, k) => [exchange.id, outgoing[k]?.[to] ?? []])),
      watermarks: level === 0 ? seen : {},
    });
    for (let to = 0; to < workers; to++) if (to !== index) this.#peers.send(to, messageFor(to));
    const waits = elapsedMs();
    const messages = [messageFor(index), ...(await this.#messages(epoch, level))];
    this.#waitMs += elapsedMs() - waits;
    for (const message of messages) this.#watermarks.advanceAll(message.watermarks);
    for (const exchange of exchanges)
      exchange.deliver(messages.flatMap((message) => message.rows[exchange.id] ?? []).sort(byOrigin));
    for (const { operator, sources } of behind) operator.watermark(this.#watermarks.minimum(sources));
  }

  #messages(epoch: number, level: number): Promise<ExchangeMessage[]> {
    return new Promise((resolve) => {
      this.#waiting = { key: `${epoch}/${level}`, resolve };
      this.#deliver();
    });
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const messages = this.#inbox.get(waiting.key) ?? [];
    if (messages.length < this.#options.workers - 1) return;
    this.#inbox.delete(waiting.key);
    this.#waiting = null;
    waiting.resolve(messages);
  }

  #columnsOf(slice: EntrySlice): readonly string[] {
    return this.#plan.stream(slice.ref.stream).columnsRead;
  }

  /** The whole chunk of a slice. One that an epoch cut is kept: the next epoch goes on in it. */
  async #load({ ref, to }: EntrySlice, columns: readonly string[] | null): Promise<Batch> {
    const key = partitionKey(ref.stream, ref.partition);
    const cut = this.#cut.get(key);
    if (cut?.from === ref.from) {
      if (to === ref.to) this.#cut.delete(key);
      return cut.batch;
    }
    const batch = await loadRows(ref, this.#plan.storedSchema(ref.stream), columns, this.#disk);
    if (to < ref.to) this.#cut.set(key, { from: ref.from, batch });
    return batch;
  }
}

function sliceOf(whole: Batch, first: number, last: number): Batch {
  return first === 0 && last === whole.length ? whole : sliceBatch(whole, first, last);
}
