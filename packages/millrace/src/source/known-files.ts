/**
 * Which file is which: the name under which the log keeps how far a file was taken in.
 *
 *   /var/log/orders.csv#65536-9f86d081884c7d65       path when it was first read, then its *print*:
 *                                                    how many of its first bytes, and their hash
 *
 * A path alone would read everything again when a folder is moved, and go on in the middle when another file takes the
 * name. A print alone would leave out a file that begins like another. So:
 *
 *   a file with a path that is known   is that one while its first bytes are; otherwise it was replaced, and is new
 *   a file with a path that is not     is one that is no longer where it was and whose first bytes it has (it was moved,
 *                                      or rotated), of the same name if there are several; otherwise it is new
 *
 * Paths are real ones, so a link to a folder is that folder. What is no regular file (a pipe) has its path only.
 */
import { createHash } from "node:crypto";
import { open, realpath, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";

/** As many of the first bytes as a print covers; fewer where the file had fewer when it was first read. */
const PRINT_BYTES = 64 << 10;
const NAME = /^(.*)#(\d{1,5})-([0-9a-f]{16})$/s;

interface Known {
  readonly name: string;
  readonly path: string;
  /** Null for a name without a print: its path says all. */
  readonly print: { readonly bytes: number; readonly hash: string } | null;
}

export class KnownFiles {
  readonly #byPath = new Map<string, Known[]>();
  readonly #all: Known[] = [];
  #strays: readonly Known[] | null = null;
  /** Names that files have by now. */
  readonly #taken = new Set<string>();

  /** names: of what has been taken into the stream (`log.sources`). */
  constructor(names: Iterable<string>) {
    for (const name of names) {
      const [, path, bytes, hash] = NAME.exec(name) ?? [];
      const known: Known =
        path === undefined || hash === undefined
          ? { name, path: name, print: null }
          : { name, path, print: { bytes: Number(bytes), hash } };
      this.#all.push(known);
      this.#byPath.set(known.path, [...(this.#byPath.get(known.path) ?? []), known]);
    }
  }

  /** The name of the file at `path` (absolute, or relative to `root`): one that is known, or a new one. */
  async nameOf(path: string, root = "."): Promise<string> {
    const given = resolve(root, path);
    const real = await realpath(given).catch(() => given);
    const head = await headOf(real);
    const known =
      this.#at([real, given], head) ?? (head === null || head.length === 0 ? null : await this.#moved(real, head));
    const name = known?.name ?? (head === null ? real : `${real}#${head.length}-${hashOf(head)}`);
    this.#taken.add(name);
    return name;
  }

  /** What is known under one of the paths and begins so; the longest print says most. */
  #at(paths: readonly string[], head: Buffer | null): Known | null {
    const there = paths.flatMap((path) => this.#byPath.get(path) ?? []).filter((known) => isOf(known, head));
    return there.sort((a, b) => (b.print?.bytes ?? -1) - (a.print?.bytes ?? -1))[0] ?? null;
  }

  async #moved(path: string, head: Buffer): Promise<Known | null> {
    this.#strays ??= await this.#withoutFile();
    const same = this.#strays.filter((known) => !this.#taken.has(known.name) && isOf(known, head));
    return same.find((known) => basename(known.path) === basename(path)) ?? same[0] ?? null;
  }

  /** Those that are no longer where they were. */
  async #withoutFile(): Promise<readonly Known[]> {
    const strays: Known[] = [];
    for (const known of this.#all)
      if (known.print !== null && !isOf(known, await headOf(known.path))) strays.push(known);
    return strays;
  }
}

function isOf({ print }: Known, head: Buffer | null): boolean {
  if (print === null) return true;
  return head !== null && head.length >= print.bytes && hashOf(head.subarray(0, print.bytes)) === print.hash;
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** The first bytes of a regular file; null of anything else, and of one that can't be read. */
async function headOf(path: string): Promise<Buffer | null> {
  // Opening a pipe waits for whoever writes it.
  const info = await stat(path).catch(() => null);
  if (info?.isFile() !== true) return null;
  const file = await open(path, "r").catch(() => null);
  if (file === null) return null;
  try {
    const buffer = Buffer.alloc(Math.min(PRINT_BYTES, info.size));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
