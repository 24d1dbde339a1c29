/**
 * A running program: log, store, engine and ingest put together, and the loop that works as rows arrive.
 * Which log, store and tasks it runs on is decided by the caller (`cli/`, `testing/`), who opens and closes them.
 */
import type { Clock } from "../base/clock.js";
import { describeError, MillraceError, suggest } from "../base/errors.js";
import { TIME_MIN } from "../base/time.js";
import type { Batch } from "../batch/batch.js";
import { batchOf } from "../batch/build.js";
import type { Log } from "../log/log.js";
import type { InputPlan, ResolvedPlan } from "../plan/resolve.js";
import type { FileChange } from "../plan/rules/rule-change.js";
import type { ResumeAt } from "../source/file-reading.js";
import type { CommitRecord, Store } from "../view/store.js";
import type { SinkStatus } from "./deliver/courier.js";
import { Couriers } from "./deliver/couriers.js";
import type { Refused, Taken, TakeOptions } from "./ingest/ingest.js";
import { Ingest } from "./ingest/ingest.js";
import { forgettable, retainAll, retainable } from "./retention.js";
import { readRuleFiles } from "./rules/rule-files.js";
import type { Changed } from "./rules/rule-keeper.js";
import { RuleKeeper } from "./rules/rule-keeper.js";
import type { Trial, TrialOptions } from "./rules/trial.js";
import { tryRules } from "./rules/trial.js";
import type { EngineOptions, EngineParts, StartOptions, StartReport } from "./run/engine.js";
import { Engine } from "./run/engine.js";
import type { Status } from "./status.js";
import { progressOf } from "./status.js";
import { endMarks } from "./time/end-of-input.js";
import { partitionKey } from "./time/watermarks.js";

const UPKEEP_EVERY_MS = 60_000;
/** The most rows of one batch. */
const PUSHED_ROWS = 65_536;

export class Runtime {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly store: Store;
  readonly clock: Clock;
  readonly engine: Engine;
  /** The rule sets, by name; there once started. */
  readonly rules = new Map<string, RuleKeeper>();
  readonly #parts: EngineParts;
  readonly #ingest: Ingest;
  #pumping: Promise<void> | null = null;
  #couriers: Couriers | null = null;
  #live = false;
  #ready = false;
  #failure: unknown = null;
  #stopListening: () => void = () => {};
  #stopIdle: () => void = () => {};
  #stopUpkeep: () => void = () => {};
  #stopRetry: () => void = () => {};
  /** Whether a commit that the disk refused waits to be tried again. */
  #waiting = false;
  readonly #lastAppend = new Map<string, number>();
  /** The furthest idle mark of each partition: the engine may not have come to it yet. */
  readonly #marked = new Map<string, number>();
  #marking: Promise<void> = Promise.resolve();
  #keeping: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(parts: EngineParts, options: EngineOptions) {
    this.plan = parts.plan;
    this.log = parts.log;
    this.store = parts.store;
    this.clock = parts.clock;
    this.#parts = parts;
    this.engine = new Engine(parts, options);
    this.#ingest = new Ingest(parts.log, parts.clock);
  }

  /** Recovers; see `Engine.start`. Nothing is processed until `live()` or `settle()`. */
  async start(options?: StartOptions): Promise<StartReport> {
    const report = await this.engine.start(options);
    const { plan, log, clock, engine } = this;
    const between: Engine["between"] = (work) => engine.between(work);
    const fresh = (): boolean => engine.commit.epoch === 0;
    for (const set of plan.ruleSets)
      this.rules.set(
        set.name,
        await RuleKeeper.open(set, { plan, log, clock, disk: this.#parts.disk, between, fresh }),
      );
    this.#ready = this.#closing === null;
    return report;
  }

  /** Brings the rule sets in line with their files. */
  async syncRules(by: "start" | "files"): Promise<readonly Changed[]> {
    const changed: Changed[] = [];
    for (const keeper of this.rules.values())
      changed.push(await keeper.sync(await readRuleFiles(keeper.set, this.plan.url), { by }));
    return changed;
  }

  /** From now on rows are processed as they arrive, and idle partitions are marked. */
  live(): void {
    this.#live = true;
    this.#stopListening = this.log.onAppend((stream, partition) => {
      this.#lastAppend.set(partitionKey(stream, partition), this.clock.now());
      this.#pump();
    });
    this.#couriers = new Couriers({ ...this.#parts, engine: this.engine });
    this.#watchIdle();
    this.#watchUpkeep();
    this.#pump();
  }

  /** What a rule file would find in the history; nothing of it stays. */
  tryRules(keeper: RuleKeeper, file: FileChange, options: TrialOptions): Promise<Trial> {
    const { plan, log, clock } = this;
    return tryRules({ plan, log, clock, task: this.#parts.spareTask }, keeper.set, keeper.texts, file, options);
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

  /** Names of everything that has been taken into a stream and says where it goes on. */
  sources(input: InputPlan): ReadonlySet<string> {
    const partitions = Array.from({ length: input.partitions }, (_, p) => [...this.log.sources(input.name, p)]);
    return new Set(partitions.flat());
  }

  /** Rows as objects, checked like any input: a row that does not fit throws and nothing of the call is taken. */
  async push(
    name: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options: { partition?: number } = {},
  ): Promise<Pick<Taken, "rows" | "refused">> {
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

  /** Moves event time of all partitions forward by marks in the log. */
  async watermark(watermark: number): Promise<void> {
    const appendTime = this.clock.now();
    await this.log.mark(
      this.plan.streams.flatMap(({ name: stream, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({
          stream,
          partition,
          watermark,
          appendTime,
          reason: "test" as const,
        })),
      ),
    );
  }

  /** Says that no input follows for now: every window closes. Newer rows may still come, in a later run say, and count. */
  async endInput(): Promise<void> {
    const marks = endMarks(this.plan, this.log, this.clock.now());
    if (marks.length > 0) await this.log.mark(marks);
  }

  /** Resolves when everything that is in the log has been processed; rejects if the engine failed. */
  async settle(progress?: (commit: CommitRecord) => void): Promise<void> {
    await this.#marking;
    if (this.#pumping !== null) await this.#pumping;
    if (this.#failure !== null) throw this.#failure;
    await this.engine.drain(progress);
  }

  /** Where rows are delivered to, and how far that is. Nothing is delivered but while live. */
  sinks(): readonly SinkStatus[] {
    return this.#couriers?.status() ?? [];
  }

  status(): Status {
    const { plan, log, store, engine } = this;
    return {
      ready: this.#ready && this.#failure === null,
      ...progressOf({ plan, log, store, commit: engine.commit }),
      lag: engine.lag(),
      failure: this.#failure === null ? null : describeError(this.#failure),
      troubles: engine.troubles.all,
    };
  }

  /** Gives back what the streams' `keep` lets go. Returns bytes freed. */
  retain(): Promise<number> {
    return retainAll(this.log, retainable(this.plan, this.clock.now(), this.engine));
  }

  /** Gives back all of a stream that neither recovery nor a commit needs any more. Returns bytes freed. */
  async forget(stream: string): Promise<number> {
    await this.engine.snapshot();
    return retainAll(this.log, forgettable(this.plan, stream, this.clock.now(), this.engine));
  }

  /**
   * What is done now and then while live: a snapshot where it is due, and retention. What fails of it is for
   * `status().troubles`. Returns after how many ms it should be done again.
   */
  async upkeep(): Promise<number> {
    const { troubles } = this.engine;
    await this.engine.snapshotIfDue();
    try {
      await this.retain();
      troubles.worked("retention");
      return UPKEEP_EVERY_MS;
    } catch (error) {
      return troubles.failed("retention", error);
    }
  }

  /** Stops after the epoch that runs, and saves the state, so that the next start is quick. A start that is under way is given up. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Stops as if the process had died: nothing is saved. For tests. */
  async crash(): Promise<void> {
    this.#stopLive();
    await this.#couriers?.close();
    await this.engine.stop();
  }

  async #close(): Promise<void> {
    const saves = this.#ready && this.#failure === null;
    this.#stopLive();
    await Promise.all([this.#couriers?.close(), this.#pumping, this.#marking, this.#keeping]);
    // Without it the next start takes longer: no reason not to close.
    if (saves) await this.engine.snapshot().catch((error: unknown) => this.engine.troubles.failed("snapshot", error));
    await this.engine.stop();
  }

  #stopLive(): void {
    this.#live = false;
    this.#ready = false;
    this.#stopListening();
    this.#stopIdle();
    this.#stopUpkeep();
    this.#stopRetry();
  }

  #watchUpkeep(): void {
    const look = (): void => {
      this.#keeping = this.upkeep().then((ms) => {
        if (this.#live) this.#stopUpkeep = this.clock.after(ms, look);
      });
    };
    this.#stopUpkeep = this.clock.after(UPKEEP_EVERY_MS, look);
  }

  #pump(): void {
    if (!this.#live || this.#pumping !== null || this.#waiting || this.#failure !== null) return;
    this.#pumping = this.#work()
      .catch((error: unknown) => {
        if (this.engine.blocked) this.#pumpLater(this.engine.troubles.failed("commit", error));
        else this.#failure = error;
      })
      .finally(() => {
        this.#pumping = null;
        // Something may have arrived between the last look and now.
        if (this.engine.lag() > 0) this.#pump();
      });
  }

  #pumpLater(ms: number): void {
    this.#waiting = true;
    this.#stopRetry = this.clock.after(ms, () => {
      this.#waiting = false;
      this.#pump();
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
        .then(
          () => this.engine.troubles.worked("idle"),
          // The next look tries again.
          (error: unknown) => void this.engine.troubles.failed("idle", error),
        );
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
        return [{ stream: name, partition, watermark: furthest, appendTime: now, reason: "idle" as const }];
      });
    });
    if (marks.length === 0) return;
    await this.log.mark(marks);
    for (const { stream, partition, watermark } of marks) this.#marked.set(partitionKey(stream, partition), watermark);
  }
}
