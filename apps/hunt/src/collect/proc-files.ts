/**
 * Reading below /proc: small files, links and folders, by blocking calls. The kernel makes their content while they are
 * read, without a disk, so a blocking call is a few microseconds where an asynchronous one is a round through the
 * thread pool; and what is read in one go is of one moment.
 *
 * A process may be gone between two calls, and much of other users' processes is closed: neither is an error here.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";

/** What could not be read: gone by now, or not for this user. */
export type Unreadable = { readonly unreadable: "gone" | "denied" };

const GONE: Unreadable = { unreadable: "gone" };
const DENIED: Unreadable = { unreadable: "denied" };

export function isRead<T>(value: T | Unreadable): value is T {
  return typeof value !== "object" || value === null || !("unreadable" in value);
}

export class ProcFiles {
  readonly root: string;
  #buffer = Buffer.allocUnsafe(8192);

  /** Another root is for tests: a folder of that shape. */
  constructor(root = "/proc") {
    this.root = root;
  }

  /** The ids of all processes that can be seen, ascending. Empty when there is no such folder. */
  pids(): number[] {
    const pids: number[] = [];
    for (const name of this.list("")) {
      const first = name.charCodeAt(0);
      if (first >= 48 && first <= 57) pids.push(Number(name));
    }
    return pids.sort((a, b) => a - b);
  }

  /** Up to `bytesMax` bytes of a file, as text; bytes that are not UTF-8 become U+FFFD. */
  read(path: string, bytesMax = 4096): string | Unreadable {
    let fd: number;
    try {
      fd = openSync(`${this.root}/${path}`, "r");
    } catch (error) {
      return refusal(error);
    }
    try {
      let used = 0;
      for (;;) {
        if (used === this.#buffer.length) this.#grow();
        const got = readSync(fd, this.#buffer, used, Math.min(this.#buffer.length, bytesMax) - used, null);
        used += got;
        if (got === 0 || used >= bytesMax) return this.#buffer.toString("utf8", 0, used);
      }
    } catch (error) {
      return refusal(error);
    } finally {
      closeSync(fd);
    }
  }

  link(path: string): string | Unreadable {
    try {
      return readlinkSync(`${this.root}/${path}`);
    } catch (error) {
      return refusal(error);
    }
  }

  /** Names in a folder; none when it can't be read. */
  list(path: string): string[] {
    try {
      return readdirSync(`${this.root}/${path}`);
    } catch {
      return [];
    }
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(this.#buffer.length * 2);
    this.#buffer.copy(grown);
    this.#buffer = grown;
  }
}

function refusal(error: unknown): Unreadable {
  const { code } = error as { code?: string };
  return code === "EACCES" || code === "EPERM" ? DENIED : GONE;
}
