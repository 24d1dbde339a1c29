/** The roles of a configuration: which log, store and snapshots a program runs on in tests, and what a crash leaves of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Disk } from "../base/disk.js";
import { nodeDisk } from "../base/node-disk.js";
import { Random } from "../base/random.js";
import type { Snapshots } from "../engine/epoch/snapshots.js";
import { FileSnapshots, MemorySnapshots } from "../engine/epoch/snapshots.js";
import type { Log } from "../log/log.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import { noIndex } from "../log/segment/entry-index.js";
import { FaultDisk } from "../log/segment/fault-disk.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import type { Store } from "../view/store.js";
import type { Configuration } from "./configuration.js";
import type { Faults } from "./faults.js";

/** What everything stands on, and stays when the engine is lost. */
export interface Parts {
  readonly disk: Disk;
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

/** How the log and the store of a configuration are opened, and opened again after a crash. */
export interface Roles {
  open(): Promise<Parts>;
  reopen(before: Parts): Promise<Parts>;
  remove(): Promise<void>;
}

export async function openRoles({ log }: Configuration, faults: Faults): Promise<Roles> {
  if (log === "segment") return fileRoles(await mkdtemp(join(tmpdir(), "millrace-test-")));
  return log === "fault" ? faultRoles(faults) : memoryRoles();
}

function memoryRoles(): Roles {
  return {
    open: async () => ({
      disk: nodeDisk,
      log: new MemoryLog(),
      store: new MemoryStore(),
      snapshots: new MemorySnapshots(),
    }),
    reopen: async (before) => before,
    remove: async () => {},
  };
}

function fileRoles(folder: string): Roles {
  const open = async (): Promise<Parts> => ({
    disk: nodeDisk,
    log: await openSegmentLog(nodeDisk, folder),
    store: openLmdbStore(folder),
    snapshots: new FileSnapshots(nodeDisk, join(folder, "state")),
  });
  return {
    open,
    async reopen(before) {
      await before.store.close();
      await before.log.close();
      return open();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The machine crashes: the log and the snapshots keep what was synced; the store, which syncs in LMDB, keeps its commits. */
function faultRoles(faults: Faults): Roles {
  const machine = new FaultDisk(new Random(1));
  faults.faultDisk?.(machine);
  const open = async (store: Store): Promise<Parts> => {
    const booted = machine.boot();
    const disk = faults.disk?.(booted) ?? booted;
    const log = await openSegmentLog(disk, "/data", {
      index: noIndex,
      lock: async () => ({ release: async () => {} }),
    });
    return { disk, log, store, snapshots: new FileSnapshots(disk, "/data/state") };
  };
  return {
    open: () => open(new MemoryStore()),
    reopen(before) {
      machine.crash();
      return open(before.store);
    },
    remove: async () => {},
  };
}
