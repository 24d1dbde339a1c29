/**
 * The decoded bytes of a file or of standard input: as they are, or out of gzip or zstd (seen by their first bytes;
 * several members one after the other are one input).
 *
 *   read ──> inflate (thread pool) ──> caller      while the caller decodes piece n, piece n + 1 is read and inflated
 *
 * At most two pieces are ahead. A piece is READ_BYTES of a plain file, or what GZIP_BYTES of a compressed one become.
 */
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Gunzip } from "node:zlib";
import { createGunzip } from "node:zlib";
import { MillraceError } from "../base/errors.js";
import { unreadable } from "./glob.js";
import { CUT_OFF, isZstd, ZstdUnpacker } from "./zstd.js";

const READ_BYTES = 256 << 10;
/** Small, because a crafted file may swell a thousandfold. */
const GZIP_BYTES = 32 << 10;

export interface ByteSource {
  /** The next raw bytes; empty at the end. They are the caller's. */
  read(size: number): Promise<Buffer>;
  close(): Promise<void>;
  /** Raw bytes in all, where known. */
  readonly total: number | null;
}

/** Opens a file for `bytesOf`. Rejects with `DISK`. */
export async function fileBytes(path: string): Promise<ByteSource> {
  try {
    const file = await open(path, "r");
    const info = await file.stat();
    if (info.isDirectory()) {
      await file.close();
      throw new MillraceError("DISK", "it is a folder");
    }
    let position = 0;
    return {
      total: info.size,
      async read(size) {
        const { buffer, bytesRead } = await file.read(
          Buffer.allocUnsafe(size),
          0,
          size,
          info.isFile() ? position : null,
        );
        position += bytesRead;
        return buffer.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Standard input, or any other stream of bytes. */
export function streamBytes(stream: Readable): ByteSource {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  let rest: Buffer = Buffer.alloc(0);
  return {
    total: null,
    async read(size) {
      while (rest.length === 0) {
        const { value, done } = await iterator.next();
        if (done === true) return rest;
        rest = Buffer.from(value);
      }
      const part = rest.subarray(0, size);
      rest = rest.subarray(part.length);
      return part;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

/** Decoded bytes and how many raw ones they cost so far. */
export interface Piece {
  readonly parts: readonly Buffer[];
  readonly rawBytes: number;
}

/**
 * The decoded bytes in order. Ends with a thrown `CORRUPT` where gzip is cut off or damaged, `DISK` where reading
 * fails; all pieces before that have been given. Closes the source.
 */
export async function* bytesOf(source: ByteSource, name: string): AsyncGenerator<Piece> {
  let rawBytes = 0;
  let inflater: Inflater | ZstdInflater | null = null;
  const errorOf = ({ error, bytes, what }: Inflater | ZstdInflater): MillraceError | null =>
    error === null ? null : damaged(name, what, error, bytes, rawBytes);
  const step = async (): Promise<{ piece: Piece | null; error: unknown }> => {
    try {
      if (inflater instanceof ZstdInflater && inflater.full) {
        const parts = inflater.more();
        return { piece: { parts, rawBytes }, error: errorOf(inflater) };
      }
      let raw = await source.read(rawBytes === 0 || inflater !== null ? GZIP_BYTES : READ_BYTES);
      // What gzip and zstd are known by.
      for (let more = raw; rawBytes === 0 && more.length > 0 && raw.length < 4; raw = Buffer.concat([raw, more]))
        more = await source.read(GZIP_BYTES);
      if (rawBytes === 0 && raw.length >= 2 && raw[0] === 0x1f && raw[1] === 0x8b) inflater = new Inflater();
      else if (rawBytes === 0 && isZstd(raw)) inflater = new ZstdInflater();
      rawBytes += raw.length;
      if (inflater === null) return { piece: raw.length === 0 ? null : { parts: [raw], rawBytes }, error: null };
      const parts = await (raw.length === 0 ? inflater.end() : inflater.write(raw));
      if (inflater.error !== null) return { piece: { parts, rawBytes }, error: errorOf(inflater) };
      return { piece: raw.length === 0 && parts.length === 0 ? null : { parts, rawBytes }, error: null };
    } catch (cause) {
      return { piece: null, error: cause instanceof MillraceError ? cause : unreadable(name, cause) };
    }
  };
  let next = step();
  try {
    for (;;) {
      const { piece, error } = await next;
      if (error === null && piece !== null) next = step();
      if (piece !== null) yield piece;
      if (error !== null) throw error;
      if (piece === null) return;
    }
  } finally {
    await next;
    await source.close();
  }
}

function damaged(name: string, what: string, error: Error, decodedBytes: number, rawBytes: number): MillraceError {
  const cut = (error as { code?: string }).code === "Z_BUF_ERROR" || error.message === CUT_OFF;
  return new MillraceError(
    "CORRUPT",
    `"${name}" is ${cut ? "cut off" : "damaged"}: its ${what} stream ${cut ? "ends" : "breaks"} after ` +
      `${decodedBytes} decoded bytes (at most ${rawBytes} compressed): ${error.message}`,
    {
      hint: "The whole lines before that were read. Get the file again and resume, or go on without it.",
      cause: error,
      at: name,
    },
  );
}

/** Gunzip a piece at a time, so that what came before an error is never lost with the stream's buffer. */
class Inflater {
  readonly what = "gzip";
  error: Error | null = null;
  bytes = 0;
  readonly #gunzip: Gunzip;
  #parts: Buffer[] = [];
  #wake: () => void = () => {};

  constructor() {
    this.#gunzip = createGunzip({ chunkSize: 128 << 10 });
    this.#gunzip.on("data", (part: Buffer) => {
      this.#parts.push(part);
      this.bytes += part.length;
    });
    this.#gunzip.on("error", (error: Error) => {
      this.error = error;
      this.#wake();
    });
    this.#gunzip.on("end", () => this.#wake());
  }

  async write(raw: Buffer): Promise<Buffer[]> {
    // Behind the last member Node stops reading: what follows is not gzip and is left alone.
    if (this.error === null && !this.#gunzip.readableEnded)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#gunzip.write(raw, () => resolve());
      });
    return this.#take();
  }

  async end(): Promise<Buffer[]> {
    if (this.error === null && !this.#gunzip.readableEnded)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#gunzip.end();
      });
    return this.#take();
  }

  #take(): Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}

/** The same for zstd, at most about a megabyte at a time. */
class ZstdInflater {
  readonly what = "zstd";
  error: Error | null = null;
  bytes = 0;
  /** There may be more without further raw bytes. */
  full = false;
  readonly #unpacker = new ZstdUnpacker();

  write(raw: Buffer): Buffer[] {
    this.#unpacker.push(raw);
    return this.more();
  }

  end(): Buffer[] {
    return this.write(Buffer.alloc(0));
  }

  more(): Buffer[] {
    try {
      const parts = this.#unpacker.next();
      for (const part of parts) this.bytes += part.length;
      this.full = parts.length > 0;
      return parts;
    } catch (cause) {
      this.full = false;
      this.error = cause as Error;
      return this.#unpacker.rest();
    }
  }
}
