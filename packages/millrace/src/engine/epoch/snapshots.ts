/**
 * Snapshots of operator state: one file for each, named after its epoch, replaced as a whole. A snapshot is only ever
 * of a committed epoch. A damaged one is passed over; recovery then needs the journal from the start, and says so when
 * it has been trimmed.
 */
import { join } from "node:path";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import type { Disk } from "../../base/disk.js";
import type { CommitRecord } from "../../view/store.js";
import type { SavedState } from "../run/messages.js";

export interface Snapshot {
  readonly commit: CommitRecord;
  readonly states: readonly SavedState[];
}

export interface Snapshots {
  save(commit: CommitRecord, states: readonly SavedState[]): Promise<void>;
  /** The newest of that plan at or before `epoch`, or null. */
  load(plan: string, epoch: number): Promise<Snapshot | null>;
  clear(): Promise<void>;
}

export class FileSnapshots implements Snapshots {
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  async save(commit: CommitRecord, states: readonly SavedState[]): Promise<void> {
    const body = deflateSync(Buffer.from(JSON.stringify({ commit, states })), { level: 1 });
    const head = Buffer.alloc(4);
    head.writeUInt32LE(crc32(body));
    const name = `${String(commit.epoch).padStart(16, "0")}.state`;
    await this.#disk.replace(join(this.#folder, name), Buffer.concat([head, body]));
    for (const other of await this.#names()) if (other !== name) await this.#disk.remove(join(this.#folder, other));
  }

  async load(plan: string, epoch: number): Promise<Snapshot | null> {
    for (const name of (await this.#names()).reverse()) {
      const snapshot = await this.#read(join(this.#folder, name));
      if (snapshot !== null && snapshot.commit.plan === plan && snapshot.commit.epoch <= epoch) return snapshot;
    }
    return null;
  }

  async clear(): Promise<void> {
    for (const name of await this.#names()) await this.#disk.remove(join(this.#folder, name));
  }

  async #names(): Promise<string[]> {
    return (await this.#disk.list(this.#folder)).filter((name) => name.endsWith(".state"));
  }

  async #read(path: string): Promise<Snapshot | null> {
    const size = await this.#disk.size(path);
    if (size === null || size < 4) return null;
    const file = await this.#disk.openRead(path);
    try {
      const bytes = Buffer.from(await file.read(0, size));
      const body = bytes.subarray(4);
      if (crc32(body) !== bytes.readUInt32LE(0)) return null;
      return JSON.parse(inflateSync(body).toString("utf8")) as Snapshot;
    } finally {
      await file.close();
    }
  }
}

/** For tests and memory logs: survives a crash of the engine, not of the process. */
export class MemorySnapshots implements Snapshots {
  #held: string | null = null;

  async save(commit: CommitRecord, states: readonly SavedState[]): Promise<void> {
    this.#held = JSON.stringify({ commit, states });
  }

  async load(plan: string, epoch: number): Promise<Snapshot | null> {
    const snapshot = this.#held === null ? null : (JSON.parse(this.#held) as Snapshot);
    return snapshot !== null && snapshot.commit.plan === plan && snapshot.commit.epoch <= epoch ? snapshot : null;
  }

  async clear(): Promise<void> {
    this.#held = null;
  }
}
