/**
 * State at the last commit, from what is kept: the newest snapshot that can be read, tables from the log, and the
 * journal's epochs after it, which the engine runs again. [EP3]
 */
import { MillraceError } from "../../base/errors.js";
import type { CommitRecord, Store } from "../../view/store.js";
import { noCommit } from "../epoch/rebuild.js";
import type { Snapshot, Snapshots, TaskPiece } from "../epoch/snapshots.js";
import type { TaskHandle } from "./messages.js";

export interface Recovery {
  readonly snapshot: Snapshot | null;
  /** The commit that the snapshot is of; epoch 0 without one. */
  readonly from: CommitRecord;
  /** The epochs after it, up to the last commit. */
  readonly journal: readonly CommitRecord[];
}

/** Throws `DATA_DIR` when the journal does not reach back to a snapshot that can be read, nor to the beginning. */
export async function planRecovery(store: Store, snapshots: Snapshots, last: CommitRecord): Promise<Recovery> {
  const snapshot = await snapshots.load(last.plan, last.epoch);
  const from = snapshot?.commit ?? noCommit(last.plan);
  const journal = [...store.journal(from.epoch)];
  if (journal.length === last.epoch - from.epoch) return { snapshot, from, journal };
  throw new MillraceError(
    "DATA_DIR",
    `the journal lacks epochs after ${from.epoch}, and no snapshot that can be read covers them`,
    { hint: "Run again with --rebuild to compute the views from the log's history." },
  );
}

/** Gives each task what it saved, or every task everything where another number of them had saved: each takes its own keys. */
export async function loadState(tasks: readonly TaskHandle[], { snapshot, from }: Recovery): Promise<void> {
  const loading = tasks.map((task) => handled(task.load([], from.watermarks)));
  if (snapshot !== null)
    for await (const { task, ...piece } of snapshot.pieces()) {
      for (const k of tasks.keys()) {
        if (snapshot.workers === tasks.length && k !== task) continue;
        // A task loads while the next pieces are read; each holds one of them at most.
        await loading[k];
        loading[k] = handled((tasks[k] as TaskHandle).load([piece], {}));
      }
    }
  await Promise.all(loading);
}

/** The state of all tasks, which work on their pieces at the same time. No epoch may run meanwhile. */
export async function* savedState(tasks: readonly TaskHandle[]): AsyncGenerator<TaskPiece> {
  let open = tasks.map((task, k) => ({ task: k, pieces: task.save()[Symbol.asyncIterator]() }));
  while (open.length > 0) {
    const next = await Promise.all(open.map(async (each) => ({ each, found: await each.pieces.next() })));
    for (const { each, found } of next) if (found.done !== true) yield { ...found.value, task: each.task };
    open = next.filter(({ found }) => found.done !== true).map(({ each }) => each);
  }
}

/** Its failure is for whoever awaits it, later. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
