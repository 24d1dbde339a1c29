/**
 * A running program: log, store, engine and ingest put together, and the loop that works as rows arrive.
 * Which log, store and tasks it runs on is decided by the caller (`cli/`, `testing/`).
 */
import type { Clock } from "../base/clock.js";
import { MillraceError, suggest } from "../base/errors.js";
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import type { Batch } from "../batch/batch.js";
import { batchOf } from "../batch/build.js";
import type { Log } from "../log/log.js";
import type { InputPlan, ResolvedPlan } from "../plan/resolve.js";
import type { ResumeAt } from "../source/file-reading.js";
import type { CommitRecord, Store } from "../view/store.js";
import type { Refused, Taken, TakeOptions } from "./ingest/ingest.js";
import { Ingest } from "./ingest/ingest.js";
import { retainAll, retainable } from "./retention.js";
import type { EngineOptions, EngineParts } from "./run/engine.js";
import { Engine } from "./run/engine.js";
import { partitionKey } from "./time/watermarks.js";

export interface PartitionStatus {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** Offset up to which the plan has processed it; null for a stream that the plan only writes. */
  readonly processed: number | null;
  /** Epoch ms, null before anything was seen. */
  readonly watermark: number | null;
}

export interface StreamStatus {
  readonly name: string;
  readonly kind: "input" | "output" | "dead_letters";
  readonly rows: number;
  readonly late: number;
  readonly partitions: readonly PartitionStatus[];
}

export interface Status {
  readonly ready: boolean;
  readonly app: string;
  readonly plan: string;
  readonly epoch: number;
  /** Rows processed from all input streams. */
  readonly events: number;
  /** Rows in the stream named "alerts", where the program has one. */
  readonly alerts: number;
  readonly deadLetters: number;
  /** Offsets that wait to be processed. */
  readonly lag: number;
  readonly streams: readonly StreamStatus[];
  readonly views: readonly { readonly name: string; readonly rows: number }[];
  /** Why the engine stopped, when it did. */
  readonly failure: string | null;
}

const RETENTION_EVERY_MS = 60_000;
/** The most rows of one batch. */
const PUSHED_ROWS = 65_536;

export class Runtime {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly store: Store;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly #ingest: Ingest;
  #pumping: Promise<void> | null = null;
  #live = false;
  #ready = false;
  #failure: unknown = null;
  #stopListening: () => void = () => {};
  #stopIdle: () => void = () => {};
  #stopRetention: () => void = () => {};
  readonly #lastAppend = new Map<string, number>();
  /** The furthest idle mark of each partition: the engine may not have come to it yet. */
  readonly #marked = new Map<string, number>();
  #marking: Promise<void> = Promise.resolve();

  constructor(parts: EngineParts, options: EngineOptions) {
    this.plan = parts.plan;
    this.log = parts.log;
    this.store = parts.store;
    this.clock = parts.clock;
    this.engine = new Engine(parts, options);
    this.#ingest = new Ingest(parts.log, parts.clock);
  }

  /** Recovers. Nothing is processed until `live()` or `settle()`. */
  async start(): Promise<{ readonly replayedEpochs: number; readonly rebuilt: boolean }> {
    const report = await this.engine.start();
    this.#ready = true;
    return report;
  }

  /** From now on rows are processed as they arrive, and idle partitions are marked. */
  live(): void {
    this.#live = true;
    this.#stopListening = this.log.onAppend((stream, partition) => {
      this.#lastAppend.set(partitionKey(stream, partition), this.clock.now());
      this.#pump();
    });
    this.#watchIdle();
    this.#watchRetention();
    this.#pump();
  }

  /** The stream or table of that name; throws `NAME` with a suggestion. */
  input(name: string): InputPlan {
    const input = this.plan.inputPlans.find((candidate) => candidate.name === name);
    if (input !== undefined) return input;
    throw new MillraceError("NAME", `there is no input stream "${name}"`, {
      hint: suggest(
        name,
        this.plan.inputPlans.map((i) => i.name),
      ),
    });
  }

  /** Durable when it resolves. */
  take(input: InputPlan, batch: Batch, dead: readonly Refused[], options: TakeOptions): Promise<Taken> {
    return this.#ingest.take(input, batch, dead, options);
  }

  resume(input: InputPlan, source: string): ResumeAt {
    return this.#ingest.resume(input, source);
  }

  /** Rows as objects, checked like any input: a row that does not fit throws and nothing of the call is taken. */
  async push(
    name: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options: { partition?: number } = {},
  ): Promise<Taken> {
    const input = this.input(name);
    const batches = Array.from({ length: Math.max(1, Math.ceil(rows.length / PUSHED_ROWS)) }, (_, k) =>
      batchOf(input.declared, rows.slice(k * PUSHED_ROWS, (k + 1) * PUSHED_ROWS)),
    );
    const sum = { rows: 0, refused: 0 };
    for (const batch of batches) {
      const taken = await this.take(input, batch, [], { source: "push", ...options });
      sum.rows += taken.rows;
      sum.refused += taken.refused;
    }
    return sum;
  }

  /** Moves event time of partitions forward by marks in the log. `TIME_MAX` ends the input. */
  async watermark(watermark: number, reason: "idle" | "end" | "test", inputs = this.plan.inputPlans): Promise<void> {
    const marks = inputs
      .filter(({ name }) => !this.plan.isTable(name))
      .flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({
          stream: name,
          partition,
          watermark,
          appendTime: this.clock.now(),
          reason,
        })),
      );
    await this.log.mark(marks);
  }

  /** Says that no input follows: every window closes. */
  async endInput(): Promise<void> {
    const open = this.plan.inputPlans.filter(({ name, partitions }) => {
      const marks = this.engine.commit.watermarks;
      return Array.from({ length: partitions }, (_, p) => marks[partitionKey(name, p)]).some(
        (mark) => mark !== TIME_MAX,
      );
    });
    await this.watermark(TIME_MAX, "end", open);
  }

  /** Resolves when everything that is in the log has been processed; rejects if the engine failed. */
  async settle(progress?: (commit: CommitRecord) => void): Promise<void> {
    await this.#marking;
    if (this.#pumping !== null) await this.#pumping;
    if (this.#failure !== null) throw this.#failure;
    await this.engine.drain(progress);
  }

  status(): Status {
    const { commit } = this.engine;
    const count = (name: string): number => commit.counters[name] ?? 0;
    const outputs = [
      ...this.plan.published.map((spec) => ({ ...spec, kind: "output" as const })),
      { name: "dead_letters", partitions: 2, kind: "dead_letters" as const },
    ];
    const inputs = this.plan.inputPlans.map(({ name, partitions }) => ({ name, partitions, kind: "input" as const }));
    const streams = [...inputs, ...outputs].map(({ name, partitions, kind }) => ({
      name,
      kind,
      rows: kind === "input" ? count(`in/${name}`) : this.#endOf(name, partitions),
      late: count(`late/${name}`),
      partitions: Array.from({ length: partitions }, (_, partition) =>
        this.#partitionStatus(name, partition, kind === "input"),
      ),
    }));
    const reader = this.store.read();
    try {
      return {
        ready: this.#ready && this.#failure === null,
        app: this.plan.app,
        plan: this.plan.hash,
        epoch: commit.epoch,
        events: inputs.reduce((sum, { name }) => sum + (this.plan.isTable(name) ? 0 : count(`in/${name}`)), 0),
        alerts: this.plan.published.some(({ name }) => name === "alerts") ? this.#endOf("alerts", 1) : 0,
        deadLetters: this.#endOf("dead_letters", 2),
        lag: this.engine.lag(),
        streams,
        views: this.plan.views.map(({ name }) => ({ name, rows: reader.count(name) })),
        failure: this.#failure === null ? null : String((this.#failure as Error).message),
      };
    } finally {
      reader.close();
    }
  }

  /** Gives back what the streams' `keep` lets go; done now and then while live. Returns bytes freed. */
  retain(): Promise<number> {
    return retainAll(this.log, retainable(this.plan, this.clock.now(), this.engine.recoveryInputs, this.engine.commit));
  }

  /** Stops after the epoch that runs; saves the state, so that the next start is quick. */
  async close(): Promise<void> {
    this.#stopLive();
    if (this.#pumping !== null) await this.#pumping;
    if (this.#failure === null) await this.engine.snapshot();
    await this.engine.stop();
    await this.store.close();
    await this.log.close();
  }

  /** Stops as if the process had died: nothing is saved, log and store stay open. For tests. */
  async crash(): Promise<void> {
    this.#stopLive();
    await this.engine.abandon();
  }

  #stopLive(): void {
    this.#live = false;
    this.#ready = false;
    this.#stopListening();
    this.#stopIdle();
    this.#stopRetention();
  }

  #watchRetention(): void {
    const look = (): void => {
      this.#stopRetention = this.clock.after(RETENTION_EVERY_MS, look);
      void this.retain().catch((error: unknown) => {
        this.#failure ??= error;
      });
    };
    this.#stopRetention = this.clock.after(RETENTION_EVERY_MS, look);
  }

  #pump(): void {
    if (!this.#live || this.#pumping !== null || this.#failure !== null) return;
    this.#pumping = this.#work()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#pumping = null;
        // Something may have arrived between the last look and now.
        if (this.#live && this.#failure === null && this.engine.lag() > 0) this.#pump();
      });
  }

  async #work(): Promise<void> {
    while (this.#live && (await this.engine.step()));
  }

  #watchIdle(): void {
    const idle = this.plan.inputPlans.filter(({ idleMs }) => idleMs !== null);
    if (idle.length === 0) return;
    const period = Math.max(50, Math.min(...idle.map(({ idleMs }) => idleMs as number)) / 4);
    const started = this.clock.now();
    const look = (): void => {
      this.#stopIdle = this.clock.after(period, look);
      const now = this.clock.now();
      this.#marking = this.#marking
        .then(() => this.#markIdle(idle, started, now))
        .catch((error: unknown) => {
          this.#failure ??= error;
        });
    };
    this.#stopIdle = this.clock.after(period, look);
  }

  /** An idle partition gets the furthest watermark of its stream: it holds nothing back, and what it sends later is judged by that. */
  async #markIdle(inputs: readonly InputPlan[], started: number, now: number): Promise<void> {
    const { watermarks } = this.engine.commit;
    const marks = inputs.flatMap(({ name, partitions, idleMs }) => {
      const known = Array.from({ length: partitions }, (_, p) => watermarks[partitionKey(name, p)] ?? TIME_MIN);
      const furthest = Math.max(...known);
      return known.flatMap((watermark, partition) => {
        const quietSince = this.#lastAppend.get(partitionKey(name, partition)) ?? started;
        const reached = Math.max(watermark, this.#marked.get(partitionKey(name, partition)) ?? TIME_MIN);
        if (reached >= furthest || now - quietSince < (idleMs as number)) return [];
        this.#marked.set(partitionKey(name, partition), furthest);
        return [{ stream: name, partition, watermark: furthest, appendTime: now, reason: "idle" as const }];
      });
    });
    if (marks.length > 0) await this.log.mark(marks);
  }

  #endOf(stream: string, partitions: number): number {
    let rows = 0;
    for (let partition = 0; partition < partitions; partition++) rows += this.log.bounds(stream, partition).end;
    return rows;
  }

  #partitionStatus(name: string, partition: number, input: boolean): PartitionStatus {
    const { start, end } = this.log.bounds(name, partition);
    const key = partitionKey(name, partition);
    const watermark = this.engine.commit.watermarks[key] ?? TIME_MIN;
    return {
      partition,
      start,
      end,
      processed: input ? (this.engine.commit.inputs[key] ?? 0) : null,
      watermark: watermark === TIME_MIN ? null : watermark,
    };
  }
}
