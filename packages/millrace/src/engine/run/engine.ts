/**
 * The coordinator: one for each running plan.
 *
 *   start     recover: drop outputs beyond the last commit, load the last snapshot, run the journal's epochs again
 *   step      decide an epoch -> tasks run it -> append outputs -> one commit -> tell listeners
 *
 * Rules that make it exactly-once (numbers are cited in comments):
 *   [EP1] Outputs are appended before the commit; after a crash what lies beyond the commit's ends is cut off.
 *   [EP2] Inputs, outputs and views move in one store transaction.
 *   [EP3] State is a function of the log up to the inputs: snapshot + the journal's epochs, run again with the same
 *         offset vectors and without output, give the state at the last commit.
 *   [EP4] One epoch at a time; the next is decided after the last one's commit.
 *   [EP5] After an epoch that failed the state is lost: no further epoch, no snapshot, until the engine is made anew.
 */
import type { Clock } from "../../base/clock.js";
import { elapsedMs } from "../../base/clock.js";
import type { Disk } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { CommitRecord, OffsetVector, Store } from "../../view/store.js";
import { commitEpoch, ensureOutputs, outputEnds } from "../epoch/outputs.js";
import type { Snapshots } from "../epoch/snapshots.js";
import { partitionKey } from "../time/watermarks.js";
import type { Partition } from "./epoch-plan.js";
import { deal, shareOut, slicesOf } from "./epoch-plan.js";
import type { EntrySlice, EpochResult, TaskHandle } from "./messages.js";
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
}

export interface EngineOptions {
  /** The most rows of one epoch. */
  readonly epochRows: number;
  /** A snapshot of the state after so many rows since the last. */
  readonly snapshotRows: number;
}

/** What was changed by one commit, for subscribers. */
export type CommitListener = (commit: CommitRecord, results: readonly EpochResult[]) => void;

export class Engine {
  /** What the tasks have done since the start, without what recovery ran again. */
  readonly work: WorkTotals;
  readonly #parts: EngineParts;
  readonly #options: EngineOptions;
  readonly #listeners = new Set<CommitListener>();
  #tasks: readonly TaskHandle[] = [];
  #last: CommitRecord;
  #rowsSinceSnapshot = 0;
  /** Inputs of the newest snapshot: recovery reads from there on. */
  #snapshotInputs: OffsetVector = {};
  #busy: Promise<unknown> = Promise.resolve();
  /** Why an epoch failed: the tasks' state may be ahead of the last commit, so nothing more may come of it. [EP5] */
  #failure: { readonly error: unknown } | null = null;
  #started = false;

  constructor(parts: EngineParts, options: EngineOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#last = noCommit(parts.plan.hash);
    this.work = new WorkTotals(parts.plan.nodes);
  }

  /** The last commit; epoch 0 before the first. */
  get commit(): CommitRecord {
    return this.#last;
  }

  /** Offsets before which recovery reads nothing. */
  get recoveryInputs(): OffsetVector {
    return this.#snapshotInputs;
  }

  /** Recovers. Returns how: what was run again, or that the program changed and everything is rebuilt. */
  async start(): Promise<{ readonly replayedEpochs: number; readonly rebuilt: boolean }> {
    const { plan, log, store } = this.#parts;
    for (const input of plan.inputs) await log.ensure(input);
    await ensureOutputs(plan, log);
    await store.ensure(plan.views);
    const last = store.last();
    const rebuilt = last !== null && last.plan !== plan.hash;
    if (rebuilt) await this.#forgetResults();
    else if (last !== null) this.#last = last;
    for (const [stream, partition, end] of outputEnds(plan, this.#last)) await log.truncate(stream, partition, end); // [EP1]
    this.#tasks = await this.#parts.tasks();
    const replayedEpochs = await this.#recoverState();
    this.#started = true;
    return { replayedEpochs, rebuilt };
  }

  /** Runs one epoch over what has arrived. False when there was nothing. */
  step(): Promise<boolean> {
    const next = this.#busy.then(() => {
      if (this.#failure !== null) throw this.#failure.error;
      return this.#step();
    });
    this.#busy = next.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return next;
  }

  /** Runs epochs until everything in the log is processed. */
  async drain(progress?: (commit: CommitRecord) => void): Promise<void> {
    while (await this.step()) progress?.(this.#last);
  }

  /** Offsets not yet processed, over all inputs. */
  lag(): number {
    return this.#partitions().reduce((sum, { from, end }) => sum + end - from, 0);
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Saves the state, so that the next start has nothing to run again. */
  async snapshot(): Promise<void> {
    await this.#busy;
    await this.#saveSnapshot();
  }

  async stop(): Promise<void> {
    await this.#busy;
    if (!this.#started) return;
    this.#started = false;
    await Promise.all(this.#tasks.map((task) => task.close()));
  }

  /** Stops without saving anything, as if the process had died. */
  async abandon(): Promise<void> {
    this.#started = false;
    await this.#busy;
    await Promise.all(this.#tasks.map((task) => task.close()));
  }

  async #step(): Promise<boolean> {
    if (!this.#started) return false;
    const partitions = this.#partitions();
    const to = shareOut(partitions, this.#options.epochRows);
    if (partitions.every(({ from }, k) => from === to[k])) return false;
    const inputs: Record<string, number> = { ...this.#last.inputs };
    partitions.forEach(({ stream, partition }, k) => {
      inputs[partitionKey(stream, partition)] = to[k] as number;
    });
    const epoch = this.#last.epoch + 1;
    const begun = elapsedMs();
    const results = await this.#runEpoch(epoch, this.#last.inputs, inputs);
    const ran = elapsedMs();
    const { plan, log, store, clock } = this.#parts;
    const before = this.#last;
    this.#last = await commitEpoch({ plan, log, store, clock }, before, epoch, inputs, results);
    this.work.add(results, ran - begun, elapsedMs() - ran);
    this.work.moved(before, this.#last);
    for (const listener of this.#listeners) listener(this.#last, results);
    this.#rowsSinceSnapshot += partitions.reduce((sum, { from }, k) => sum + (to[k] as number) - from, 0);
    if (this.#rowsSinceSnapshot >= this.#options.snapshotRows) await this.#saveSnapshot();
    return true;
  }

  #runEpoch(epoch: number, from: OffsetVector, to: OffsetVector): Promise<readonly EpochResult[]> {
    const { plan, log } = this.#parts;
    const slices: EntrySlice[] = [];
    const tables: EntrySlice[] = [];
    const marks: Record<string, number> = {};
    for (const { name, partitions } of plan.inputs)
      for (let partition = 0; partition < partitions; partition++) {
        const key = partitionKey(name, partition);
        const input = slicesOf(log, name, partition, from[key] ?? 0, to[key] ?? 0);
        (plan.isTable(name) ? tables : slices).push(...input.slices);
        Object.assign(marks, input.marks);
      }
    const shares = deal(slices, this.#tasks.length);
    return Promise.all(this.#tasks.map((task, k) => task.run({ epoch, tables, slices: shares[k] ?? [], marks })));
  }

  async #recoverState(): Promise<number> {
    const { snapshots, store } = this.#parts;
    if (this.#last.epoch === 0) return 0;
    const snapshot = await snapshots.load(this.#last.plan, this.#last.epoch);
    const reached = snapshot?.commit ?? noCommit(this.#last.plan);
    const journal = [...store.journal(reached.epoch)];
    if (journal.length !== this.#last.epoch - reached.epoch)
      throw new MillraceError(
        "DATA_DIR",
        `the journal lacks epochs after ${reached.epoch}, and no snapshot covers them`,
        {
          hint: "Run again with --rebuild to compute the views from the log's history.",
        },
      );
    this.#snapshotInputs = reached.inputs;
    for (const task of this.#tasks) await task.load(snapshot?.states ?? [], reached.watermarks);
    await this.#reloadTables(reached.inputs);
    let inputs = reached.inputs;
    for (const commit of journal) {
      await this.#runEpoch(commit.epoch, inputs, commit.inputs); // [EP3]
      inputs = commit.inputs;
    }
    return journal.length;
  }

  /** Tables are not part of snapshots: their rows are in the log. */
  async #reloadTables(upTo: OffsetVector): Promise<void> {
    const { plan, log } = this.#parts;
    const tables: EntrySlice[] = [];
    for (const { name, partitions } of plan.inputs)
      for (let partition = 0; plan.isTable(name) && partition < partitions; partition++)
        tables.push(...slicesOf(log, name, partition, 0, upTo[partitionKey(name, partition)] ?? 0).slices);
    if (tables.length === 0) return;
    await Promise.all(this.#tasks.map((task) => task.run({ epoch: 0, tables, slices: [], marks: {} })));
  }

  async #forgetResults(): Promise<void> {
    const { plan, log, store, snapshots } = this.#parts;
    for (const { name, partitions } of plan.inputs)
      for (let partition = 0; partition < partitions; partition++) {
        const { start } = log.bounds(name, partition);
        if (start > 0)
          throw new MillraceError(
            "RETENTION",
            `the program changed, and "${name}" reaches back only to offset ${start} of partition ${partition}`,
            {
              hint: "Its views can't be rebuilt from the whole history. Use another data directory, or the program that made this one.",
            },
          );
      }
    // Snapshots first: epochs begin at 1 again, and a snapshot is known by its epoch.
    await snapshots.clear();
    await store.clear();
  }

  async #saveSnapshot(): Promise<void> {
    if (this.#last.epoch === 0 || !this.#started || this.#failure !== null) return; // [EP5]
    const states = (await Promise.all(this.#tasks.map((task) => task.save()))).flat();
    await this.#parts.snapshots.save(this.#last, states);
    this.#snapshotInputs = this.#last.inputs;
    await this.#parts.store.trimJournal(this.#last.epoch);
    this.#rowsSinceSnapshot = 0;
  }

  #partitions(): readonly Partition[] {
    const { plan, log } = this.#parts;
    return plan.inputs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({
        stream: name,
        partition,
        from: this.#last.inputs[partitionKey(name, partition)] ?? 0,
        end: log.bounds(name, partition).end,
      })),
    );
  }
}

function noCommit(plan: string): CommitRecord {
  return { epoch: 0, plan, inputs: {}, outputs: {}, watermarks: {}, counters: {}, at: 0 };
}
