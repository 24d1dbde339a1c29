/**
 * The coordinator: one for each running plan.
 *
 *   start     recover: drop outputs beyond the last commit, load the last snapshot, run the journal's epochs again;
 *             or begin anew (epoch/rebuild.ts)
 *   step      decide an epoch -> tasks run it -> append outputs -> one commit -> tell listeners
 *
 * Rules that make it exactly-once (numbers are cited in comments):
 *   [EP1] Outputs are appended before the commit; after a crash what lies beyond the commit's ends is cut off.
 *   [EP2] Inputs, outputs and views move in one store transaction.
 *   [EP3] State is a function of the log up to the inputs: snapshot + the journal's epochs, run again with the same
 *         offset vectors and without output, give the state at the last commit.
 *   [EP4] One epoch at a time; the next is decided after the last one's commit.
 *   [EP5] After an epoch that failed the state is lost: no further epoch, no snapshot, until the engine is made anew.
 *         Where it was the disk that refused its commit, the state is not lost: the epoch's results are kept, and their
 *         commit is what the next step tries, before anything else.
 */
import type { Clock } from "../../base/clock.js";
import { elapsedMs } from "../../base/clock.js";
import type { Disk } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { CommitRecord, OffsetVector, Store } from "../../view/store.js";
import { commitEpoch, cutOutputs, ensureOutputs } from "../epoch/outputs.js";
import { beforeFirst, checkReach, forgetResults, noCommit } from "../epoch/rebuild.js";
import type { SnapshotLimits } from "../epoch/snapshot-policy.js";
import { NOTHING_UNSAVED, snapshotDue } from "../epoch/snapshot-policy.js";
import type { Snapshots } from "../epoch/snapshots.js";
import { partitionKey } from "../time/watermarks.js";
import { Troubles } from "../troubles.js";
import type { Reached } from "./epoch-plan.js";
import { deal, epochInput, firstRows } from "./epoch-plan.js";
import type { EpochResult, TaskHandle } from "./messages.js";
import type { EpochEnd } from "./next-epoch.js";
import { lagOf, nextEpoch } from "./next-epoch.js";
import { loadState, planRecovery, savedState } from "./recovery.js";
import { WorkTotals } from "./work-totals.js";

export interface EngineParts {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly store: Store;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly snapshots: Snapshots;
  /** Makes the tasks; called once for every start. */
  readonly tasks: () => Promise<readonly TaskHandle[]>;
  /** Makes one more, for work that must not hold the others up; its user closes it. */
  readonly spareTask: () => Promise<TaskHandle>;
  /** Told in words of what goes wrong beside the processing. Default: nobody is. */
  readonly warn?: (text: string) => void;
}

export interface EngineOptions {
  /** The most rows of one epoch. */
  readonly epochRows: number;
  /** A snapshot of the state after so many rows since the last, */
  readonly snapshotRows: number;
  /** or after so many epochs; default 1000; */
  readonly snapshotEpochs?: number;
  /** or after so much time spent on epochs, which is about what a recovery would take. Default 10 s. */
  readonly snapshotRunMs?: number;
}

export interface StartOptions {
  /** Forgets all results, and computes them again from the log. */
  readonly rebuild?: boolean;
}

export interface StartReport {
  readonly replayedEpochs: number;
  /** The program changed since the last commit: all results are computed anew. */
  readonly rebuilt: boolean;
}

/** What was changed by one commit, for subscribers. */
export type CommitListener = (commit: CommitRecord, results: readonly EpochResult[]) => void;

/** An epoch that has run. */
interface Epoch extends EpochEnd {
  readonly results: readonly EpochResult[];
}

const SNAPSHOT_EPOCHS = 1000;
const SNAPSHOT_RUN_MS = 10_000;

export class Engine {
  /** What failed beside the processing. */
  readonly troubles: Troubles;
  /** What the tasks have done since the start, without what recovery ran again. */
  readonly work: WorkTotals;
  readonly #parts: EngineParts;
  readonly #epochRows: number;
  readonly #limits: SnapshotLimits;
  readonly #listeners = new Set<CommitListener>();
  #listenerFailed = false;
  #tasks: readonly TaskHandle[] = [];
  #last: CommitRecord;
  /** The earliest commit that recovery may have to begin at. */
  #saved: CommitRecord;
  #unsaved = NOTHING_UNSAVED;
  /** How long the last snapshot took. */
  #saveMs = 0;
  /** Whatever touches the tasks' state runs here, one at a time. */
  #busy: Promise<unknown> = Promise.resolve();
  /** The epoch whose commit the disk refused. */
  #uncommitted: Epoch | null = null;
  /** Why an epoch failed: the tasks' state may be ahead of the last commit, so nothing more may come of it. [EP5] */
  #failure: { readonly error: unknown } | null = null;
  #started = false;
  #stopping = false;

  constructor(parts: EngineParts, options: EngineOptions) {
    this.#parts = parts;
    this.#epochRows = options.epochRows;
    this.#limits = {
      rows: options.snapshotRows,
      epochs: options.snapshotEpochs ?? SNAPSHOT_EPOCHS,
      runMs: options.snapshotRunMs ?? SNAPSHOT_RUN_MS,
    };
    this.troubles = new Troubles(parts.clock, parts.warn ?? (() => {}));
    this.#last = noCommit(parts.plan.hash);
    this.#saved = this.#last;
    this.work = new WorkTotals(parts.plan.nodes);
  }

  /** The last commit; epoch 0 before the first. */
  get commit(): CommitRecord {
    return this.#last;
  }

  /** Offsets before which recovery reads nothing, even where the newest snapshot is damaged. */
  get recoveryInputs(): OffsetVector {
    const inputs: Record<string, number> = { ...this.#saved.inputs };
    for (const { stream, partition, from } of this.#last.hunts) {
      const key = partitionKey(stream, partition);
      inputs[key] = Math.min(inputs[key] ?? 0, from);
    }
    return inputs;
  }

  /** Whether the disk refused the commit of an epoch: the next step tries it again, and nothing is lost. */
  get blocked(): boolean {
    return this.#uncommitted !== null;
  }

  /**
   * Recovers, or begins anew. Throws `RETENTION` when it must begin anew and the log lacks the beginning: then nothing was
   * changed. When it rejects no task is left.
   */
  start(options: StartOptions = {}): Promise<StartReport> {
    return this.#turn(async () => {
      try {
        return await this.#start(options.rebuild === true);
      } catch (error) {
        await this.#closeTasks();
        throw error;
      }
    });
  }

  /** Runs one epoch over what has arrived. False when there was nothing. */
  step(): Promise<boolean> {
    return this.#turn(async () => {
      if (this.#failure !== null) throw this.#failure.error;
      try {
        return await this.#step();
      } catch (error) {
        if (!this.blocked) this.#failure = { error };
        throw error;
      }
    });
  }

  /** Runs epochs until everything in the log is processed. */
  async drain(progress?: (commit: CommitRecord) => void): Promise<void> {
    while (await this.step()) progress?.(this.#last);
  }

  /** Does something between two epochs: meanwhile nothing is processed. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#turn(work);
  }

  /** Offsets not yet processed, over all inputs, and what is left to hunt through. */
  lag(): number {
    return lagOf(this.#parts, this.#last);
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Saves the state, so that the next start has nothing to run again. */
  snapshot(): Promise<void> {
    return this.#turn(() => this.#saveSnapshot());
  }

  /** Saves the state if that is due, as every step does. A failure is for `troubles`. */
  snapshotIfDue(): Promise<void> {
    return this.#turn(() => this.#snapshotIfDue());
  }

  /** Ends the tasks, after what is under way; a start that is under way is given up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#busy;
    await this.#closeTasks();
  }

  async #closeTasks(): Promise<void> {
    this.#started = false;
    const tasks = this.#tasks;
    this.#tasks = [];
    await Promise.all(tasks.map((task) => task.close()));
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {}); // for the caller to see
    return done;
  }

  async #start(rebuild: boolean): Promise<StartReport> {
    const { plan, log, store, snapshots } = this.#parts;
    const last = store.last();
    const changed = last !== null && last.plan !== plan.hash;
    const anew = rebuild || changed || last === null;
    if (anew) checkReach(plan, log, changed ? "the program changed" : "results must be computed from the beginning");
    for (const input of [...plan.inputs, ...plan.controls]) await log.ensure(input);
    await ensureOutputs(plan, log);
    this.#tasks = await this.#parts.tasks();
    this.#checkNotStopped();
    // From here on nothing is wrong with the program: what is forgotten will be computed again.
    if (anew) await forgetResults(store, snapshots);
    await store.ensure(plan.views);
    this.#last = anew ? beforeFirst(plan, log) : last;
    await cutOutputs(plan, log, this.#last); // [EP1]
    const replayedEpochs = await this.#recoverState();
    this.#started = true;
    return { replayedEpochs, rebuilt: changed };
  }

  #checkNotStopped(): void {
    if (this.#stopping) throw new MillraceError("REQUEST", "the engine was stopped while it started");
  }

  async #step(): Promise<boolean> {
    if (!this.#started || this.#stopping) return false;
    const begun = elapsedMs();
    const epoch = this.#uncommitted ?? (await this.#runNext());
    if (epoch === null) return false;
    const ran = elapsedMs();
    const before = this.#last;
    await this.#commit(epoch);
    this.work.add(epoch.results, ran - begun, elapsedMs() - ran);
    this.work.moved(before, this.#last);
    this.#tellListeners(epoch.results);
    await this.#snapshotIfDue();
    return true;
  }

  /** Decides the next epoch and runs it; null when nothing has arrived. */
  async #runNext(): Promise<Epoch | null> {
    const next = await nextEpoch(this.#parts, this.#last, this.#saved, this.#epochRows);
    return next === null ? null : { ...next, results: await this.#runEpoch(next.epoch, this.#last, next) };
  }

  async #commit(epoch: Epoch): Promise<void> {
    const { plan, log, store, clock } = this.#parts;
    try {
      const stored = this.blocked ? store.last() : null;
      // A commit that is said to have failed may have been made.
      if (stored?.epoch === epoch.epoch) this.#last = stored;
      else {
        if (this.blocked) await cutOutputs(plan, log, this.#last); // [EP1]
        const { results, ...next } = epoch;
        this.#last = await commitEpoch({ plan, log, store, clock }, this.#last, next, results);
      }
      this.#uncommitted = null;
      this.troubles.worked("commit");
    } catch (error) {
      this.#uncommitted = error instanceof MillraceError && error.code === "DISK" ? epoch : null;
      throw error;
    }
  }

  #tellListeners(results: readonly EpochResult[]): void {
    if (!this.#listenerFailed) this.troubles.worked("listener");
    this.#listenerFailed = false;
    const failed = (error: unknown): void => {
      this.#listenerFailed = true;
      this.troubles.failed("listener", error);
    };
    for (const listener of this.#listeners)
      try {
        // One that is declared async is a function without a result as well.
        const result: unknown = listener(this.#last, results);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
  }

  async #runEpoch(epoch: number, before: Reached, after: Reached): Promise<readonly EpochResult[]> {
    const { plan, log, clock } = this.#parts;
    const { first, slices, hunts, marks, rows } = epochInput(plan, log, before, after);
    const shares = deal(slices, this.#tasks.length);
    const hunted = deal(hunts, this.#tasks.length);
    const begun = clock.now();
    const results = await Promise.all(
      this.#tasks.map((task, k) => task.run({ epoch, first, slices: shares[k] ?? [], hunts: hunted[k] ?? [], marks })),
    );
    const unsaved = this.#unsaved;
    this.#unsaved = {
      rows: unsaved.rows + rows,
      epochs: unsaved.epochs + 1,
      runMs: unsaved.runMs + clock.now() - begun,
    };
    return results;
  }

  async #recoverState(): Promise<number> {
    if (this.#last.epoch === 0) return 0;
    const { store, snapshots } = this.#parts;
    const recovery = await planRecovery(store, snapshots, this.#last);
    this.#saved = snapshots.oldest ?? this.#saved;
    await loadState(this.#tasks, recovery);
    let before = recovery.from;
    await this.#reloadFirst(before.inputs);
    for (const commit of recovery.journal) {
      this.#checkNotStopped();
      await this.#runEpoch(commit.epoch, before, commit); // [EP3]
      before = commit;
    }
    return recovery.journal.length;
  }

  /** Tables and rules are not part of snapshots: their rows are in the log. */
  async #reloadFirst(upTo: OffsetVector): Promise<void> {
    const { plan, log } = this.#parts;
    const first = firstRows(plan, log, upTo);
    if (first.length === 0) return;
    await Promise.all(this.#tasks.map((task) => task.run({ epoch: 0, first, slices: [], hunts: [], marks: {} })));
  }

  async #snapshotIfDue(): Promise<void> {
    if (!snapshotDue(this.#unsaved, this.#limits, this.#saveMs) || !this.troubles.mayTry("snapshot")) return;
    try {
      await this.#saveSnapshot();
    } catch (error) {
      this.troubles.failed("snapshot", error);
    }
  }

  async #saveSnapshot(): Promise<void> {
    // [EP5] The state must be the last commit's.
    if (this.#last.epoch === 0 || !this.#started || this.#failure !== null || this.blocked) return;
    const { snapshots, store, clock } = this.#parts;
    const begun = clock.now();
    await snapshots.save(this.#last, this.#tasks.length, savedState(this.#tasks));
    this.#unsaved = NOTHING_UNSAVED;
    const { oldest } = snapshots;
    if (oldest !== null) {
      this.#saved = oldest;
      await store.trimJournal(oldest.epoch);
    }
    this.#saveMs = clock.now() - begun;
    this.troubles.worked("snapshot");
  }
}
