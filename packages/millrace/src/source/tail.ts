/**
 * A plain file that is read as it grows, through one open handle: what it is called meanwhile, and whether it still has
 * a name at all, makes no difference.
 *
 *   | read before        | MARK | new |          bytes; MARK are the last ones read
 *
 * Before more is read, MARK is compared with what stands there now: a file that was emptied and written anew
 * (logrotate's copytruncate) is noticed even if it is longer again by then.
 */
import type { FileHandle } from "node:fs/promises";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ByteSource } from "./byte-stream.js";
import { unreadable } from "./glob.js";
import { isZstd } from "./zstd.js";

const MARK_BYTES = 1024;

/** What a name stands for now. */
export interface FileFacts {
  /** The file whatever its name; another one may get it once this one is gone. */
  readonly id: string;
  readonly size: number;
  readonly changedMs: number;
}

/** Null for what is no regular file, or is not there. */
export async function factsOf(path: string): Promise<FileFacts | null> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() !== true) return null;
  return { id: `${info.dev}:${info.ino}`, size: info.size, changedMs: info.mtimeMs };
}

/** Whether the file begins as gzip or zstd does. */
export async function isPacked(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return (bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b) || isZstd(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Files beside `path` whose names begin with its name: app.log.1, app.log-20260101.gz. */
export async function rotatedNames(path: string): Promise<string[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => [] as string[]);
  return names.filter((other) => other !== name && other.startsWith(name)).map((other) => join(dirname(path), other));
}

export class Tail implements ByteSource {
  readonly total = null;
  /** Bytes read so far. */
  position = 0;
  readonly #file: FileHandle;
  readonly #path: string;
  #mark: Buffer = Buffer.alloc(0);

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Rejects with `DISK`. */
  static async open(path: string): Promise<Tail> {
    try {
      return new Tail(await open(path, "r"), path);
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  async read(size: number): Promise<Buffer> {
    try {
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(size), 0, size, this.position);
      const bytes = buffer.subarray(0, bytesRead);
      this.position += bytesRead;
      this.#mark = Buffer.from(
        bytesRead >= MARK_BYTES
          ? bytes.subarray(-MARK_BYTES)
          : Buffer.concat([this.#mark, bytes]).subarray(-MARK_BYTES),
      );
      return bytes;
    } catch (cause) {
      throw unreadable(this.#path, cause);
    }
  }

  /** Bytes there are to read; -1 when the file no longer begins with what was read of it. */
  async left(): Promise<number> {
    const { size } = await this.#file.stat();
    if (size < this.position) return -1;
    const at = this.position - this.#mark.length;
    const { buffer } = await this.#file.read(Buffer.alloc(this.#mark.length), 0, this.#mark.length, at);
    return buffer.equals(this.#mark) ? size - this.position : -1;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
