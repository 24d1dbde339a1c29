/** Where tests may come between a program and its surroundings; production code knows nothing of it. */
import type { Disk } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import type { TaskHandle } from "../engine/run/messages.js";
import type { Peers } from "../engine/run/task.js";
import type { Log } from "../log/log.js";
import type { FaultDisk } from "../log/segment/fault-disk.js";
import type { Store } from "../view/store.js";

/** Each wraps what it is given; called again after every crash. */
export interface Faults {
  /** Once, before the disk is used. */
  readonly faultDisk?: (disk: FaultDisk) => void;
  readonly disk?: (disk: Disk) => Disk;
  readonly log?: (log: Log) => Log;
  readonly store?: (store: Store) => Store;
  readonly task?: (task: TaskHandle) => TaskHandle;
  /** Only of tasks that share a thread. */
  readonly peers?: (peers: Peers) => Peers;
}

/** Thrown in the engine's way to make it stop as if the process had died there. */
export class SimulatedCrash extends MillraceError {
  constructor(where: string) {
    super("WORKER", `simulated crash ${where}`);
  }
}

/** A store whose commits die: of three epochs the first before its commit, the second after it, the third not. */
export function dyingCommits(store: Store, died: Set<number>): Store {
  return {
    ensure: (views) => store.ensure(views),
    async commit(record, changes) {
      const dies = !died.has(record.epoch) && record.epoch % 3 !== 0;
      died.add(record.epoch);
      if (dies && record.epoch % 3 === 1) throw new SimulatedCrash(`before the commit of epoch ${record.epoch}`);
      await store.commit(record, changes);
      if (dies) throw new SimulatedCrash(`after the commit of epoch ${record.epoch}`);
    },
    last: () => store.last(),
    journal: (afterEpoch) => store.journal(afterEpoch),
    trimJournal: (uptoEpoch) => store.trimJournal(uptoEpoch),
    clear: () => store.clear(),
    read: () => store.read(),
    marks: (owner) => store.marks(owner),
    mark: (owner, marks) => store.mark(owner, marks),
    close: () => store.close(),
  };
}
