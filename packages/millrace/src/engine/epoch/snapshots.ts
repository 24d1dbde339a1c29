/**
 * Snapshots of operator state, each of a committed epoch. Two are kept: while the newest is sound the other is not
 * needed, and when it is damaged recovery begins at the other, with the journal from there on. So what the journal and
 * the log must hold is told by the oldest.
 */
import { join } from "node:path";
import type { Disk } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { CommitRecord } from "../../view/store.js";
import { checkSnapshot, openSnapshot, writeSnapshot } from "./snapshot-file.js";
import type { StatePiece } from "./state-piece.js";

export interface TaskPiece extends StatePiece {
  /** Index of the task whose keys these are. */
  readonly task: number;
}

export interface Snapshot {
  readonly commit: CommitRecord;
  /** Number of tasks that it was taken from. */
  readonly workers: number;
  pieces(): AsyncIterable<TaskPiece>;
}

export interface Snapshots {
  /** Durable when it resolves; when it rejects, those that were there still are. */
  save(commit: CommitRecord, workers: number, pieces: AsyncIterable<TaskPiece>): Promise<void>;
  /** The newest of that plan at or before `epoch` that can be read, or null. Changes nothing. */
  load(plan: string, epoch: number): Promise<Snapshot | null>;
  /** The earliest commit that recovery may have to begin at, as saves and `load` have found it; null: at the beginning. */
  readonly oldest: CommitRecord | null;
  clear(): Promise<void>;
}

const KEPT = 2;
const SUFFIX = ".state";

/** One file for each, named after its epoch. */
export class FileSnapshots implements Snapshots {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #warn: (text: string) => void;
  /** Those that can be begun at, newest first. */
  #usable: CommitRecord[] = [];

  /** `warn` is told of snapshots that can't be read. */
  constructor(disk: Disk, folder: string, warn: (text: string) => void = () => {}) {
    this.#disk = disk;
    this.#folder = folder;
    this.#warn = warn;
  }

  get oldest(): CommitRecord | null {
    return this.#usable[KEPT - 1] ?? null;
  }

  async save(commit: CommitRecord, workers: number, pieces: AsyncIterable<TaskPiece>): Promise<void> {
    // Of one epoch there is one state.
    if (this.#usable[0]?.epoch === commit.epoch) return;
    await writeSnapshot(this.#disk, join(this.#folder, nameOf(commit)), { commit, workers }, pieces);
    this.#usable = [commit, ...this.#usable].slice(0, KEPT);
    const kept = this.#usable.map(nameOf);
    await this.#removeAll((name) => !kept.includes(name));
  }

  async load(plan: string, epoch: number): Promise<Snapshot | null> {
    this.#usable = [];
    let newest: Snapshot | null = null;
    const names = (await this.#disk.list(this.#folder)).filter((name) => name.endsWith(SUFFIX));
    for (const name of names.reverse()) {
      // The one that is used is read whole beforehand: a task can't give back what it has taken up.
      const snapshot = await this.#read(join(this.#folder, name), newest === null);
      if (snapshot === null || snapshot.commit.plan !== plan || snapshot.commit.epoch > epoch) continue;
      newest ??= snapshot;
      this.#usable.push(snapshot.commit);
    }
    return newest;
  }

  async clear(): Promise<void> {
    this.#usable = [];
    await this.#removeAll(() => true);
  }

  async #read(path: string, whole: boolean): Promise<Snapshot | null> {
    try {
      const snapshot = await openSnapshot(this.#disk, path);
      if (whole) await checkSnapshot(this.#disk, path);
      return snapshot;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      this.#warn(`${error.message}; it is passed over`);
      return null;
    }
  }

  async #removeAll(which: (name: string) => boolean): Promise<void> {
    for (const name of await this.#disk.list(this.#folder))
      if (which(name)) await this.#disk.remove(join(this.#folder, name));
  }
}

function nameOf({ epoch }: CommitRecord): string {
  return `${String(epoch).padStart(16, "0")}${SUFFIX}`;
}

/** For tests and memory logs: survives a crash of the engine, not of the process; memory is not damaged, so one is enough. */
export class MemorySnapshots implements Snapshots {
  #held: { readonly commit: CommitRecord; readonly workers: number; readonly pieces: readonly TaskPiece[] } | null =
    null;

  get oldest(): CommitRecord | null {
    return this.#held?.commit ?? null;
  }

  async save(commit: CommitRecord, workers: number, pieces: AsyncIterable<TaskPiece>): Promise<void> {
    const held: TaskPiece[] = [];
    for await (const piece of pieces) held.push(piece);
    this.#held = { commit, workers, pieces: held };
  }

  async load(plan: string, epoch: number): Promise<Snapshot | null> {
    const held = this.#held;
    if (held === null || held.commit.plan !== plan || held.commit.epoch > epoch) return null;
    return {
      ...held,
      async *pieces() {
        yield* held.pieces;
      },
    };
  }

  async clear(): Promise<void> {
    this.#held = null;
  }
}
