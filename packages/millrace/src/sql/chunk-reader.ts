/**
 * Chunks for the SQL worker, read with blocking calls: the thread serves scans only, and DuckDB's callbacks cannot
 * wait. Remembers which attributes each chunk has, since every query on an open stream asks.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { MillraceError } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import type { ChunkHeader } from "../batch/chunk-codec.js";
import { decodeChunk, readChunkHeader } from "../batch/chunk-codec.js";
import type { Schema } from "../schema/column-type.js";
import type { SqlAttribute } from "./catalog.js";
import type { PinnedChunk } from "./pinned-log.js";

const OPEN_FILES_MAX = 16;
/** Mostly the whole header of a chunk. */
const HEADER_BYTES = 32 * 1024;
/** Chunks whose attributes are remembered. */
const REMEMBERED_MAX = 100_000;

export class ChunkReader {
  readonly #files = new Map<string, number>();
  readonly #attributes = new Map<string, readonly SqlAttribute[]>();

  /** Throws `CORRUPT`, `DISK`, or `RETENTION` when the file has been given up since the snapshot was made. */
  read({ at }: PinnedChunk, schema: Schema, columns: readonly string[], attributes: readonly string[] | null): Batch {
    if (at instanceof Uint8Array) return decodeChunk(at, schema, columns, attributes);
    const bytes = this.#bytes(at);
    try {
      return decodeChunk(bytes, schema, columns, attributes);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== "CORRUPT") throw error;
      throw new MillraceError("CORRUPT", `${at.path} at ${at.position}: ${error.message}`, {
        cause: error,
        hint: "millrace doctor lists what is damaged; other offsets can be read.",
      });
    }
  }

  /** From the chunk's statistics: no column is decoded. */
  attributes({ at }: PinnedChunk, openColumn: string): readonly SqlAttribute[] {
    // Files are append-only: a place in one always holds the same chunk.
    const key = at instanceof Uint8Array ? null : `${at.position} ${at.length} ${at.path}`;
    let attributes = key === null ? undefined : this.#attributes.get(key);
    if (attributes === undefined) {
      attributes =
        this.#header(at)
          .columns.find(({ name }) => name === openColumn)
          ?.attributes.map(({ name, kind, rows }) => ({ name, kind, rows })) ?? [];
      if (key !== null) this.#remember(key, attributes);
    }
    return attributes;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #header(at: PinnedChunk["at"]): ChunkHeader {
    if (at instanceof Uint8Array) return readChunkHeader(at);
    const first = Math.min(at.length, HEADER_BYTES);
    try {
      return readChunkHeader(this.#bytes({ ...at, length: first }));
    } catch (error) {
      // A header longer than that looks cut off; of the whole chunk it is whole, or really damaged.
      if (first === at.length) throw error;
      return readChunkHeader(this.#bytes(at));
    }
  }

  #remember(key: string, attributes: readonly SqlAttribute[]): void {
    if (this.#attributes.size >= REMEMBERED_MAX) this.#attributes.clear();
    this.#attributes.set(key, attributes);
  }

  #bytes({ path, position, length }: { path: string; position: number; length: number }): Uint8Array {
    if (length === 0) throw new MillraceError("CORRUPT", "a chunk's bytes are lost", { at: `${path} at ${position}` });
    const bytes = new Uint8Array(length);
    const got = readSync(this.#file(path), bytes, 0, length, position);
    if (got < length)
      throw new MillraceError("CORRUPT", `${length - got} of ${length} bytes of a chunk are missing`, {
        at: `${path} at ${position}`,
      });
    return bytes;
  }

  #file(path: string): number {
    let file = this.#files.get(path);
    if (file !== undefined) return file;
    try {
      file = openSync(path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        throw new MillraceError("RETENTION", `${path} has been given up while it was queried`, {
          hint: "Run the query again.",
          cause: error,
        });
      throw new MillraceError("DISK", `cannot open ${path}: ${(error as Error).message}`, { at: path, cause: error });
    }
    this.#files.set(path, file);
    if (this.#files.size > OPEN_FILES_MAX) {
      const [oldest, handle] = this.#files.entries().next().value as [string, number];
      closeSync(handle);
      this.#files.delete(oldest);
    }
    return file;
  }
}
