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
 * A packed file is also one that begins like it unpacked: positions are counted in decoded bytes.
 *
 * Paths are real ones, so a link to a folder is that folder. What is no regular file (a pipe) has its path only.
 */
import { createHash } from "node:crypto";
import { open, realpath, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { bytesOf, fileBytes } from "./byte-stream.js";
import { isPacked } from "./tail.js";

/** As many of the first bytes as a print covers; fewer where the file had fewer when it was first read. */
const PRINT_BYTES = 64 << 10;
const NAME = /^(.*)#(\d{1,5})-([0-9a-f]{16})$/s;

/** The file of that name in the log begins with other bytes than these, or with them. */
export function beginsAs(name: string, head: Buffer): boolean {
  return isOf(knownOf(name), head) && knownOf(name).print !== null;
}

/** Where the file was when it got that name. */
export function pathOf(name: string): string {
  return knownOf(name).path;
}

function knownOf(name: string): Known {
  const [, path, bytes, hash] = NAME.exec(name) ?? [];
  if (path === undefined || hash === undefined) return { name, path: name, print: null };
  return { name, path, print: { bytes: Number(bytes), hash } };
}

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
      const known = knownOf(name);
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
    const plain = await plainHeadOf(path);
    const same = this.#strays.filter(
      (known) => !this.#taken.has(known.name) && (isOf(known, head) || (plain !== null && isOf(known, plain))),
    );
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

/**
 * The first decoded bytes of a packed file: a log that was packed when it was rotated begins as it did. Null of a plain
 * file, and of one that can't be unpacked.
 */
export async function plainHeadOf(path: string): Promise<Buffer | null> {
  try {
    if (!(await isPacked(path))) return null;
    const parts: Buffer[] = [];
    let length = 0;
    for await (const piece of bytesOf(await fileBytes(path), path)) {
      parts.push(...piece.parts);
      length += piece.parts.reduce((sum, part) => sum + part.length, 0);
      if (length >= PRINT_BYTES) break;
    }
    return Buffer.concat(parts).subarray(0, PRINT_BYTES);
  } catch {
    return null;
  }
}

/** The first bytes of a regular file; null of anything else, and of one that can't be read. */
export async function headOf(path: string): Promise<Buffer | null> {
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
