/**
 * Reads and decodes the chunk of an entry, in whatever thread needs the rows. Keeps a few files open, since entries of
 * one segment are mostly read one after the other.
 */
import type { Disk, DiskFile } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import { decodeChunk } from "../batch/chunk-codec.js";
import type { Schema } from "../schema/column-type.js";
import type { EntryRef } from "./log.js";

/** Files kept open for each disk and thread. */
const OPEN_FILES_MAX = 16;

/**
 * The rows of an entry: all columns (null), or the named ones. A mark has none. Throws `CORRUPT` naming stream,
 * partition, offset, segment and position when the bytes fail their checksum; `RETENTION` when the segment has been
 * given up since the entry was looked up.
 */
export async function loadRows(
  ref: EntryRef,
  schema: Schema,
  columns: readonly string[] | null,
  disk: Disk,
): Promise<Batch> {
  const { body } = ref;
  if (body.kind === "mark") throw new MillraceError("REQUEST", `${placeOf(ref)} is a mark: it has no rows`);
  if (body.at.kind === "memory") return decodeChunk(body.at.chunk, schema, columns);
  const { path, position, length } = body.at;
  if (length === 0) throw corrupt(ref, path, position, "its bytes are lost");
  const files = filesOf(disk);
  for (let attempt = 0; ; attempt++) {
    try {
      const bytes = await files.read(path, position, length);
      if (bytes.length < length)
        throw new MillraceError("CORRUPT", `${length - bytes.length} of ${length} bytes are missing`);
      return decodeChunk(bytes, schema, columns);
    } catch (error) {
      if (!(error instanceof MillraceError) || (error.code !== "CORRUPT" && error.code !== "DISK")) throw error;
      // The open file may be one that has been unlinked, with another of its name in its place: look once more.
      await files.drop(path);
      if (attempt > 0) throw await reasonOf(ref, path, position, error, disk);
    }
  }
}

/** Closes the files that `loadRows` keeps open on this disk. */
export async function closeLoaded(disk: Disk): Promise<void> {
  await open.get(disk)?.close();
  open.delete(disk);
}

const open = new WeakMap<Disk, OpenFiles>();

function filesOf(disk: Disk): OpenFiles {
  let files = open.get(disk);
  if (files === undefined) {
    files = new OpenFiles(disk);
    open.set(disk, files);
  }
  return files;
}

interface OpenFile {
  readonly file: Promise<DiskFile>;
  readers: number;
  dropped: boolean;
}

/** Open files by path, least recently used first; one that is being read is closed when its readers are done. */
class OpenFiles {
  readonly #disk: Disk;
  readonly #files = new Map<string, OpenFile>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async read(path: string, position: number, length: number): Promise<Uint8Array> {
    const entry = this.#files.get(path) ?? { file: this.#disk.openRead(path), readers: 0, dropped: false };
    this.#files.delete(path);
    this.#files.set(path, entry);
    entry.readers++;
    try {
      const file = await entry.file;
      return await file.read(position, length);
    } catch (error) {
      await this.drop(path);
      throw error;
    } finally {
      entry.readers--;
      if (entry.dropped && entry.readers === 0) await closeQuietly(entry);
      for (const oldest of this.#files.keys()) {
        if (this.#files.size <= OPEN_FILES_MAX) break;
        await this.drop(oldest);
      }
    }
  }

  async drop(path: string): Promise<void> {
    const entry = this.#files.get(path);
    if (entry === undefined) return;
    this.#files.delete(path);
    entry.dropped = true;
    if (entry.readers === 0) await closeQuietly(entry);
  }

  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.drop(path);
  }
}

async function closeQuietly(entry: OpenFile): Promise<void> {
  await entry.file.then((file) => file.close()).catch(() => {});
}

async function reasonOf(
  ref: EntryRef,
  path: string,
  position: number,
  error: MillraceError,
  disk: Disk,
): Promise<MillraceError> {
  const size = await disk.size(path).catch(() => null);
  if (size === null || size === 0)
    return new MillraceError("RETENTION", `${placeOf(ref)} has been given up while it was read`, {
      at: path,
      cause: error,
    });
  return error.code === "DISK" ? error : corrupt(ref, path, position, error.message, error);
}

function corrupt(ref: EntryRef, path: string, position: number, reason: string, cause?: unknown): MillraceError {
  return new MillraceError("CORRUPT", `${placeOf(ref)} cannot be read: ${reason}`, {
    at: `${path} at ${position}`,
    hint: "All other offsets can be read. Restore the segment from a copy; millrace doctor lists all that is damaged.",
    cause,
  });
}

function placeOf({ stream, partition, from, to }: EntryRef): string {
  return `stream "${stream}", partition ${partition}, offsets [${from}, ${to})`;
}
