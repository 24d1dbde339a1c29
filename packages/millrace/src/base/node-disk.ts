/**
 * The disk of this machine, on node:fs. Creating, removing and replacing files fsyncs their folder, so that after a
 * crash of the machine the names are as durable as the bytes.
 */
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Disk, DiskFile } from "./disk.js";
import { MillraceError } from "./errors.js";

/** The most parts one writev takes (IOV_MAX on Linux). */
const PARTS_MAX = 1024;

export const nodeDisk: Disk = {
  async open(path) {
    return guard(path, async () => {
      try {
        return new NodeFile(path, await open(path, "r+"));
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
      }
      await makeFolders(dirname(path));
      const handle = await open(path, "a+");
      await handle.close();
      await syncFolder(dirname(path));
      return new NodeFile(path, await open(path, "r+"));
    });
  },

  async openRead(path) {
    return guard(path, async () => new NodeFile(path, await open(path, "r")));
  },

  async list(folder) {
    return guard(folder, async () => (await orNull(readdir(folder)))?.sort() ?? []);
  },

  async size(path) {
    return guard(path, async () => (await orNull(stat(path)))?.size ?? null);
  },

  async remove(path) {
    await guard(path, async () => {
      await rm(path, { force: true });
      await orNull(syncFolder(dirname(path)));
    });
  },

  async replace(path, bytes) {
    await guard(path, async () => {
      await makeFolders(dirname(path));
      const temporary = join(dirname(path), `.${basename(path)}.new`);
      const file = new NodeFile(temporary, await open(temporary, "w"));
      try {
        await file.write(0, [bytes]);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncFolder(dirname(path));
    });
  },

  async rename(from, to) {
    await guard(from, async () => {
      await rename(from, to);
      await syncFolder(dirname(to));
    });
  },
};

class NodeFile implements DiskFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    return guard(this.#path, async () => {
      const bytes = Buffer.allocUnsafeSlow(length);
      let have = 0;
      while (have < length) {
        const { bytesRead } = await this.#handle.read(bytes, have, length - have, position + have);
        if (bytesRead === 0) break;
        have += bytesRead;
      }
      return have === length ? bytes : bytes.subarray(0, have);
    });
  }

  async write(position: number, parts: readonly Uint8Array[]): Promise<void> {
    await guard(this.#path, async () => {
      let at = position;
      for (let first = 0; first < parts.length; first += PARTS_MAX)
        at = await this.#writeAll(at, parts.slice(first, first + PARTS_MAX));
    });
  }

  /** A disk that fills up may take a part only: go on with the rest until it takes all or says why not. */
  async #writeAll(position: number, parts: readonly Uint8Array[]): Promise<number> {
    let at = position;
    let left = parts.filter((part) => part.length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await this.#handle.writev(left, at);
      at += bytesWritten;
      left = without(left, bytesWritten);
    }
    return at;
  }

  async sync(): Promise<void> {
    await guard(this.#path, () => this.#handle.datasync());
  }

  async truncate(length: number): Promise<void> {
    await guard(this.#path, () => this.#handle.truncate(length));
  }

  async close(): Promise<void> {
    await guard(this.#path, () => this.#handle.close());
  }
}

/** What is left of the parts after their first `bytes` bytes. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  let k = 0;
  while (k < parts.length && skip >= (parts[k] as Uint8Array).length) skip -= (parts[k++] as Uint8Array).length;
  const left = parts.slice(k);
  if (skip > 0) left[0] = (left[0] as Uint8Array).subarray(skip);
  return left;
}

async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  // `first` is the topmost folder that was missing: each new name has to last in the folder above it.
  for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals its names by itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw diskError(path, error);
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

const GOES_ON = "writing goes on when there is room.";
const RIGHTS = "Check the owner and mode of the file and of the folders above it, and who runs this process.";

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ["the disk is full", `Free space, or keep less (\`keep\` of a stream); ${GOES_ON}`],
  EDQUOT: ["the disk quota is used up", `Free space or raise the quota; ${GOES_ON}`],
  EFBIG: [
    "the file may not grow beyond the limit on file sizes",
    "Raise the limit (ulimit -f), or use a file system that takes larger files; writing goes on then.",
  ],
  EACCES: ["this user may not read or write it", RIGHTS],
  EPERM: ["the system does not allow it", RIGHTS],
  EROFS: ["the file system is read-only", "Mount it for writing, or choose a data directory elsewhere."],
  ENOENT: ["is not there", "Check the path."],
  EISDIR: ["is a folder, not a file", "Check the path."],
  ENOTDIR: ["a part of the path is a file, not a folder", "Check the path."],
  EEXIST: ["a file stands where a folder is needed", "Check the path."],
  ELOOP: ["its links lead round in a circle", "Check the path with ls -l."],
  ENAMETOOLONG: ["the path is too long for the file system", "Choose a data directory with a shorter path."],
  EIO: ["the device failed to read or write", "Check the disk's health (dmesg, smartctl), and restore from a backup."],
  EMFILE: ["this process has too many files open", "Raise its limit on open files (ulimit -n)."],
  ENFILE: ["the machine has too many files open", "End what opens them, or raise the machine's limit (fs.file-max)."],
};

/** `DISK` with path and reason of a system error; `code` where the error does not have it as text. */
export function diskError(path: string, cause: unknown, code = codeOf(cause)): MillraceError {
  const [reason, hint] = REASONS[code] ?? [cause instanceof Error ? cause.message : String(cause), undefined];
  return new MillraceError("DISK", `${path}: ${reason}`, { cause, ...(hint === undefined ? {} : { hint }) });
}
