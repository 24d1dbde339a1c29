/**
 * A disk in memory that fails as disks do; test double for everything written to `Disk`.
 *
 * Bytes live in pages of 64 bytes (small, so that short entries tear too). A write changes what reads see; a sync
 * makes its pages durable; a crash keeps any subset of the pages not synced, and either length of a file not synced.
 * A failed sync does what kernels do: it keeps some pages, forgets that the others were dirty, and the next sync says
 * "fine". Names (create, remove, replace) are durable at once, as `nodeDisk` makes them by syncing folders.
 */
import type { Disk, DiskFile } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";

const PAGE_BYTES = 64;

interface Inode {
  /** What reads see. */
  bytes: Uint8Array;
  durable: Uint8Array;
  readonly dirty: Set<number>;
}

export class FaultDisk {
  /** Bytes all files together may have; writes beyond stop in the middle with "the disk is full". */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** So many of the next writes or syncs fail. */
  failWrites = 0;
  failSyncs = 0;
  /** Syncs answer "done" and do nothing: the canary that a test must notice. */
  skipSync = false;
  /** Operations wait up to so many turns of the microtask queue. */
  slowTurnsMax = 0;
  readonly done = { writes: 0, syncs: 0, crashes: 0, kills: 0, pagesLost: 0 };
  readonly #random: Random;
  readonly #files = new Map<string, Inode>();
  #generation = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The process stops: every open file is dead, but the kernel keeps what was written, synced or not. */
  kill(): void {
    this.#generation++;
    this.done.kills++;
  }

  /** The machine stops: every open file is dead, unsynced pages are kept or lost by chance. */
  crash(): void {
    this.#generation++;
    this.done.crashes++;
    for (const inode of this.#files.values()) {
      const length = inode.dirty.size === 0 || this.#chance() ? inode.durable.length : inode.bytes.length;
      this.#settle(inode, length);
      inode.bytes = inode.durable.slice();
    }
  }

  /** The disk as the machine sees it from now until the next crash; after that everything it is asked fails. */
  boot(): Disk {
    const generation = this.#generation;
    const whole = (bytes: Uint8Array): Inode => ({ bytes: bytes.slice(), durable: bytes.slice(), dirty: new Set() });
    return {
      open: async (path) => {
        await this.#turns();
        this.#alive(path, generation);
        if (!this.#files.has(path)) this.#files.set(path, whole(new Uint8Array(0)));
        return this.#handle(path, generation);
      },
      openRead: async (path) => {
        await this.#turns();
        this.#alive(path, generation);
        if (!this.#files.has(path)) throw refused(path, "is not there");
        return this.#handle(path, generation);
      },
      list: async (folder) => {
        await this.#turns();
        this.#alive(folder, generation);
        const inside = [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
        return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0] as string))].sort();
      },
      size: async (path) => {
        await this.#turns();
        this.#alive(path, generation);
        return this.#files.get(path)?.bytes.length ?? null;
      },
      remove: async (path) => {
        await this.#turns();
        this.#alive(path, generation);
        this.#files.delete(path);
      },
      replace: async (path, bytes) => {
        await this.#turns();
        this.#alive(path, generation);
        this.#files.set(path, whole(bytes));
      },
      rename: async (from, to) => {
        await this.#turns();
        this.#alive(from, generation);
        const inode = this.#files.get(from);
        if (inode === undefined) throw refused(from, "is not there");
        this.#files.delete(from);
        this.#files.set(to, inode);
      },
    };
  }

  /** Turns bits of stored, durable bytes over: bit rot. */
  damage(path: string, position: number, length: number): void {
    const inode = this.#files.get(path);
    for (let k = position; k < position + length; k++)
      for (const bytes of [inode?.bytes, inode?.durable])
        if (bytes !== undefined && k < bytes.length) bytes[k] = (bytes[k] as number) ^ 0x5a;
  }

  #handle(path: string, generation: number): DiskFile {
    const inode = this.#files.get(path) as Inode;
    // The check is in the same turn as the effect, lest a crash come between them.
    const alive = () => this.#alive(path, generation);
    return {
      read: async (position, length) => {
        await this.#turns();
        alive();
        return inode.bytes.slice(position, position + length);
      },
      write: async (position, parts) => {
        await this.#turns();
        alive();
        this.done.writes++;
        const bytes = Buffer.concat(parts);
        const room = this.capacityBytes - this.#used() + Math.max(0, inode.bytes.length - position);
        const fails = this.failWrites > 0;
        const taken = fails ? this.#random.int(0, bytes.length) : Math.min(bytes.length, Math.max(0, room));
        put(inode, position, bytes.subarray(0, taken));
        if (fails) this.failWrites--;
        if (fails || taken < bytes.length)
          throw refused(path, fails ? "the device failed to read or write" : "the disk is full");
      },
      sync: async () => {
        // The slowest operation of a disk, and the one a crash likes best.
        for (let k = 0; k < 4; k++) await this.#turns();
        alive();
        this.done.syncs++;
        if (this.skipSync) return;
        const fails = this.failSyncs > 0;
        if (fails) this.failSyncs--;
        this.#settle(inode, inode.bytes.length, fails ? undefined : "all");
        if (fails) throw refused(path, "the device failed to read or write");
      },
      truncate: async (length) => {
        await this.#turns();
        alive();
        if (length === inode.bytes.length) return;
        const before = inode.bytes.length;
        inode.bytes = resized(inode.bytes, length);
        markDirty(inode, Math.min(before, length), Math.max(before, length));
      },
      close: async () => {},
    };
  }

  /** Makes dirty pages durable: all of them, or each by chance. */
  #settle(inode: Inode, length: number, which?: "all"): void {
    const durable = resized(inode.durable, length);
    for (const page of inode.dirty) {
      const from = page * PAGE_BYTES;
      if (from >= length) continue;
      if (which === "all" || this.#chance())
        durable.set(inode.bytes.subarray(from, Math.min(from + PAGE_BYTES, length)), from);
      else this.done.pagesLost++;
    }
    inode.durable = durable;
    inode.dirty.clear();
  }

  #used(): number {
    let bytes = 0;
    for (const inode of this.#files.values()) bytes += inode.bytes.length;
    return bytes;
  }

  #chance(): boolean {
    return this.#random.next() < 0.5;
  }

  async #turns(): Promise<void> {
    for (let turns = this.slowTurnsMax === 0 ? 0 : this.#random.int(0, this.slowTurnsMax); turns > 0; turns--)
      await undefined;
  }

  #alive(path: string, generation: number): void {
    if (generation !== this.#generation) throw refused(path, "the machine has crashed");
  }
}

function put(inode: Inode, position: number, bytes: Uint8Array): void {
  const end = position + bytes.length;
  if (end > inode.bytes.length) inode.bytes = resized(inode.bytes, end);
  inode.bytes.set(bytes, position);
  markDirty(inode, position, end);
}

function markDirty(inode: Inode, from: number, to: number): void {
  for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page++) inode.dirty.add(page);
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, Math.min(length, bytes.length)));
  return copy;
}

function refused(path: string, reason: string): MillraceError {
  return new MillraceError("DISK", `${path}: ${reason}`);
}
