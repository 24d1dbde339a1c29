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
import type { Disk } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import { loadRows } from "../../log/load-chunk.js";
import type { Log, StreamSpec } from "../../log/log.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { ruleChangesName, ruleChangesOf } from "../../plan/rules/rule-change.js";
import type { CommitRecord, Hunt, OffsetVector, Store } from "../../view/store.js";
import { commitEpoch, ensureOutputs, outputEnds } from "../epoch/outputs.js";
import type { Snapshots } from "../epoch/snapshots.js";
import { advanced, dueHunts, huntAsPartition, huntSlices, huntsOf } from "../rules/hunts.js";
import { partitionKey } from "../time/watermarks.js";
import type { Partition } from "./epoch-plan.js";
import { deal, shareOut, slicesOf } from "./epoch-plan.js";
import type { EntrySlice, EpochResult, TaskHandle } from "./messages.js";

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
}

export interface EngineOptions {
  /** The most rows of one epoch. */
  readonly epochRows: number;
  /** A snapshot of the state after so many rows since the last. */
  readonly snapshotRows: number;
}

/** How far an epoch's input goes. */
type Reached = Pick<CommitRecord, "inputs" | "hunts">;

/** What was changed by one commit, for subscribers. */
export type CommitListener = (commit: CommitRecord, results: readonly EpochResult[]) => void;

export class Engine {
  readonly #parts: EngineParts;
  readonly #options: EngineOptions;
  readonly #listeners = new Set<CommitListener>();
  #tasks: readonly TaskHandle[] = [];
  #last: CommitRecord;
  #rowsSinceSnapshot = 0;
  /** The commit of the newest snapshot: recovery reads from there on. */
  #saved: CommitRecord;
  #busy: Promise<unknown> = Promise.resolve();
  /** Why an epoch failed: the tasks' state may be ahead of the last commit, so nothing more may come of it. [EP5] */
  #failure: { readonly error: unknown } | null = null;
  #started = false;

  constructor(parts: EngineParts, options: EngineOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#last = noCommit(parts.plan.hash);
    this.#saved = this.#last;
  }

  /** The last commit; epoch 0 before the first. */
  get commit(): CommitRecord {
    return this.#last;
  }

  /** Offsets before which recovery reads nothing. */
  get recoveryInputs(): OffsetVector {
    const inputs: Record<string, number> = { ...this.#saved.inputs };
    for (const { stream, partition, from } of this.#last.hunts) {
      const key = partitionKey(stream, partition);
      inputs[key] = Math.min(inputs[key] ?? 0, from);
    }
    return inputs;
  }

  /** Recovers. Returns how: what was run again, or that the program changed and everything is rebuilt. */
  async start(): Promise<{ readonly replayedEpochs: number; readonly rebuilt: boolean }> {
    const { plan, log, store } = this.#parts;
    for (const input of [...plan.inputs, ...plan.controls]) await log.ensure(input);
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

  /** Does something between two epochs: meanwhile nothing is processed. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {}); // the caller's to see
    return done;
  }

  /** Offsets not yet processed, over all inputs, and what is left to hunt through. */
  lag(): number {
    const { plan } = this.#parts;
    const left = [...this.#partitions([...plan.inputs, ...plan.controls]), ...this.#last.hunts.map(huntAsPartition)];
    return left.reduce((sum, { from, end }) => sum + end - from, 0);
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
    const { plan, log, store, clock } = this.#parts;
    const last = this.#last;
    const due = dueHunts(last.hunts);
    const partitions = this.#partitions(plan.inputs);
    const to = shareOut([...partitions, ...due.map(huntAsPartition)], this.#options.epochRows);
    // A change of rules is met whole, and before any row for which it holds.
    const controls = this.#partitions(plan.controls);
    const taken = [
      ...partitions.map((p, k) => ({ ...p, to: to[k] as number })),
      ...controls.map((p) => ({ ...p, to: p.end })),
    ];
    const reached = to.slice(partitions.length);
    if (taken.every((p) => p.from === p.to) && due.every(({ next }, k) => next === reached[k])) return false;
    const inputs: Record<string, number> = { ...last.inputs };
    for (const p of taken) inputs[partitionKey(p.stream, p.partition)] = p.to;
    // Finished hunts are kept until a snapshot makes it needless to run them again.
    const kept = last.hunts.filter(({ next, to: end }) => next < end || this.#saved.epoch !== last.epoch);
    const hunts = [...advanced(kept, due, reached), ...(await this.#newHunts(controls))];
    const epoch = last.epoch + 1;
    const results = await this.#runEpoch(epoch, last, { inputs, hunts });
    this.#last = await commitEpoch({ plan, log, store, clock }, last, { epoch, inputs, hunts }, results);
    for (const listener of this.#listeners) listener(this.#last, results);
    this.#rowsSinceSnapshot += taken.reduce((sum, p) => sum + p.to - p.from, 0);
    if (this.#rowsSinceSnapshot >= this.#options.snapshotRows) await this.#saveSnapshot();
    return true;
  }

  #runEpoch(epoch: number, before: Reached, after: Reached): Promise<readonly EpochResult[]> {
    const { plan, log } = this.#parts;
    const slices: EntrySlice[] = [];
    const first: EntrySlice[] = [];
    const marks: Record<string, number> = {};
    for (const { name, partitions } of [...plan.inputs, ...plan.controls])
      for (let partition = 0; partition < partitions; partition++) {
        const key = partitionKey(name, partition);
        const input = slicesOf(log, name, partition, before.inputs[key] ?? 0, after.inputs[key] ?? 0);
        (plan.appliesFirst(name) ? first : slices).push(...input.slices);
        Object.assign(marks, input.marks);
      }
    const shares = deal(slices, this.#tasks.length);
    const hunted = deal(huntSlices(log, before.hunts, after.hunts), this.#tasks.length);
    return Promise.all(
      this.#tasks.map((task, k) => task.run({ epoch, first, slices: shares[k] ?? [], hunts: hunted[k] ?? [], marks })),
    );
  }

  /** The hunts that newly met changes of rules begin. */
  async #newHunts(controls: readonly Partition[]): Promise<Hunt[]> {
    const { plan, log, disk } = this.#parts;
    const hunts: Hunt[] = [];
    for (const { stream, partition, from, end } of controls) {
      const set = plan.ruleSets.find(({ name }) => ruleChangesName(name) === stream) as RulesNode;
      for (const { ref } of slicesOf(log, stream, partition, from, end).slices)
        for (const change of ruleChangesOf(await loadRows(ref, plan.storedSchema(stream), null, disk)))
          hunts.push(...huntsOf(plan, log, set.name, change, this.#last.inputs));
    }
    return hunts;
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
    this.#saved = reached;
    for (const task of this.#tasks) await task.load(snapshot?.states ?? [], reached.watermarks);
    await this.#reloadFirst(reached.inputs);
    let before = reached;
    for (const commit of journal) {
      await this.#runEpoch(commit.epoch, before, commit); // [EP3]
      before = commit;
    }
    return journal.length;
  }

  /** Tables and rules are not part of snapshots: their rows are in the log. */
  async #reloadFirst(upTo: OffsetVector): Promise<void> {
    const { plan, log } = this.#parts;
    const first: EntrySlice[] = [];
    for (const { name, partitions } of [...plan.inputs, ...plan.controls])
      for (let partition = 0; plan.appliesFirst(name) && partition < partitions; partition++)
        first.push(...slicesOf(log, name, partition, 0, upTo[partitionKey(name, partition)] ?? 0).slices);
    if (first.length === 0) return;
    await Promise.all(this.#tasks.map((task) => task.run({ epoch: 0, first, slices: [], hunts: [], marks: {} })));
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
    this.#saved = this.#last;
    await this.#parts.store.trimJournal(this.#last.epoch);
    this.#rowsSinceSnapshot = 0;
  }

  #partitions(streams: readonly StreamSpec[]): readonly Partition[] {
    const { log } = this.#parts;
    return streams.flatMap(({ name, partitions }) =>
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
  return { epoch: 0, plan, inputs: {}, outputs: {}, watermarks: {}, counters: {}, hunts: [], at: 0 };
}
