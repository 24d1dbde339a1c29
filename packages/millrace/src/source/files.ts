/**
 * Files to decoded batches: found, opened, unzipped, decoded, one after the other in natural order.
 *
 *   pattern -> paths -> for each: Decoded, Decoded, …, then how it ended
 *
 * One file that cannot be read does not stop the others: it ends with an outcome that names it. Pulling the next item
 * is what moves the reading on, so a slow consumer holds it back; about two pieces (byte-stream.ts) are read ahead.
 */
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { MillraceError } from "../base/errors.js";
import type { Schema } from "../schema/column-type.js";
import type { ByteSource } from "./byte-stream.js";
import { bytesOf, fileBytes, streamBytes } from "./byte-stream.js";
import { csvDecoder, csvHeader } from "./csv.js";
import type { Decoded, Decoder, DecoderCounts, DecoderOptions, Projection } from "./decoder.js";
import { findFiles, unreadable } from "./glob.js";
import { ndjsonDecoder } from "./ndjson.js";
import type { FileFormat, FilesSource } from "./spec.js";

export interface ReadFilesOptions {
  readonly schema: Schema;
  readonly projection?: Projection;
  readonly rowsMax?: number;
  readonly batchBytesMax?: number;
  readonly lineBytesMax?: number;
  /** The folder relative patterns begin at; the working directory where not given. */
  readonly root?: string;
  /** How far a file has been taken in before (decoded bytes, lines), from `log.sourcePosition`. */
  readonly resume?: (file: string) => ResumeAt | null;
  readonly onProgress?: (progress: FileProgress) => void;
  /** Read for "-"; standard input where not given. */
  readonly stdin?: Readable;
}

export interface ResumeAt {
  readonly position: number;
  readonly line: number;
  /** A batch ends here whatever follows: the batch that is read again ends where it did before, also when the file has grown. */
  readonly until?: number;
}

export interface FileProgress {
  readonly file: string;
  /** Raw (compressed) bytes read so far, and in all: null for a stream. */
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
}

export type FileItem =
  | { readonly kind: "decoded"; readonly file: string; readonly decoded: Decoded }
  /** Comes once for each file, after its batches. */
  | { readonly kind: "end"; readonly file: string; readonly outcome: FileOutcome };

export interface FileOutcome {
  /**
   * Why the file was not read to its end: `DISK`, `CORRUPT`, or `DECODE` where its format cannot be told. Null when
   * it was.
   */
  readonly error: MillraceError | null;
  readonly counts: DecoderCounts;
  /** Up to here the file has been given as batches and dead rows: bytes of the decoded file, lines. */
  readonly position: number;
  readonly line: number;
}

/**
 * Everything the source's files hold, with one "end" item a file. Throws only for what is wrong with the event type
 * or options.
 */
export async function* readFiles(source: FilesSource, options: ReadFilesOptions): AsyncGenerator<FileItem> {
  if (source.pattern === "-") {
    yield* readOne("-", source, options);
    return;
  }
  const { files, failed } = await findFiles(
    source.pattern,
    (path) => source.format !== undefined || formatOf(path) !== null,
    options.root,
  );
  for (const { path, error } of failed)
    yield { kind: "end", file: path, outcome: { error, counts: NOTHING, position: 0, line: 0 } };
  for (const file of files) yield* readOne(file, source, options);
}

/** The format a file name tells, null when it tells none. A .gz behind it is looked through. */
export function formatOf(path: string): FileFormat | null {
  const match = /\.(ndjson|jsonl|json|log|csv|tsv)(?:\.gz)?$/i.exec(path);
  if (match === null) return null;
  return /^[ct]sv$/i.test(match[1] as string) ? "csv" : "ndjson";
}

const NOTHING: DecoderCounts = { lines: 0, rows: 0, dead: 0, blank: 0, continued: 0, unknown: 0 };

async function* readOne(file: string, source: FilesSource, options: ReadFilesOptions): AsyncGenerator<FileItem> {
  const from: ResumeAt = options.resume?.(file) ?? { position: 0, line: 0 };
  const reading = new FileReading(file, source, options, from);
  let error: MillraceError | null = null;
  try {
    for await (const decoded of reading.batches()) yield { kind: "decoded", file, decoded };
  } catch (cause) {
    if (cause instanceof MillraceError && (cause.code === "PROGRAM" || cause.code === "NAME")) throw cause;
    error = cause instanceof MillraceError ? cause : unreadable(file, cause);
  }
  yield {
    kind: "end",
    file,
    outcome: { error, counts: reading.counts, position: reading.position, line: reading.line },
  };
}

class FileReading {
  position: number;
  line: number;
  readonly #file: string;
  readonly #source: FilesSource;
  readonly #options: ReadFilesOptions;
  #decoder: Decoder | null = null;
  /** Decoded bytes still to be passed over. */
  #skip: number;
  /** Decoded bytes given to the decoder, with those passed over. */
  #at: number;
  /** Where a batch must end; none when it is behind. */
  readonly #until: number;
  /** The passed-over beginning, kept until the CSV header in it is whole. */
  #head: Buffer | null = null;

  constructor(file: string, source: FilesSource, options: ReadFilesOptions, from: ResumeAt) {
    this.#file = file;
    this.#source = source;
    this.#options = options;
    this.position = from.position;
    this.line = from.line;
    this.#skip = from.position;
    this.#at = from.position;
    this.#until = from.until ?? 0;
  }

  get counts(): DecoderCounts {
    return this.#decoder === null ? NOTHING : { ...this.#decoder.counts };
  }

  async *batches(): AsyncGenerator<Decoded> {
    const file = this.#file;
    const format = this.#source.format ?? (file === "-" ? "ndjson" : formatOf(file));
    if (format === null)
      throw new MillraceError("DECODE", `cannot tell the format of "${file}" from its name`, {
        hint: 'Say it: files(…, { format: "ndjson" }) or "csv".',
      });
    const needsHeader = this.#skip > 0 && format === "csv" && this.#source.header !== false;
    if (needsHeader) this.#head = Buffer.alloc(0);
    else this.#open(format, this.#source.header ?? true);
    const input = await this.#input();
    try {
      for await (const { parts, rawBytes } of bytesOf(input, file)) {
        for (const part of parts) {
          this.#push(part);
          yield* this.#take();
        }
        this.#options.onProgress?.({ file, bytesRead: rawBytes, bytesTotal: input.total });
      }
      if (this.#skip > 0) throw this.#shorter();
      this.#decoder?.end();
    } catch (error) {
      // What is behind the last whole line stays unread: it is not known to be a line.
      this.#decoder?.flush();
      yield* this.#take();
      throw error;
    }
    yield* this.#take();
  }

  async #input(): Promise<ByteSource> {
    if (this.#file === "-") return streamBytes(this.#options.stdin ?? process.stdin);
    return await fileBytes(resolve(this.#options.root ?? ".", this.#file));
  }

  #push(bytes: Buffer): void {
    let part = bytes;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, part.length);
      if (this.#head !== null) this.#findHeader(part.subarray(0, skipped));
      this.#skip -= skipped;
      part = part.subarray(skipped);
    }
    const before = this.#until - this.#at;
    if (before > 0 && before <= part.length) {
      this.#give(part.subarray(0, before));
      this.#decoder?.flush();
      part = part.subarray(before);
    }
    this.#give(part);
  }

  #give(part: Buffer): void {
    this.#at += part.length;
    if (part.length > 0) this.#decoder?.push(part);
  }

  #findHeader(part: Buffer): void {
    const head = Buffer.concat([this.#head as Buffer, part]);
    const names = csvHeader(head, this.#delimiter());
    this.#head = head;
    if (names === null && this.#skip > part.length) return;
    this.#head = null;
    this.#open("csv", names ?? true);
  }

  #open(format: FileFormat, header: boolean | readonly string[]): void {
    const { schema, projection, rowsMax, batchBytesMax, lineBytesMax } = this.#options;
    const options: DecoderOptions = {
      schema,
      file: this.#file,
      position: this.position,
      line: this.line,
      ...(projection === undefined ? {} : { projection }),
      ...(rowsMax === undefined ? {} : { rowsMax }),
      ...(batchBytesMax === undefined ? {} : { batchBytesMax }),
      ...(lineBytesMax === undefined ? {} : { lineBytesMax }),
    };
    this.#decoder =
      format === "ndjson" ? ndjsonDecoder(options) : csvDecoder({ ...options, header, delimiter: this.#delimiter() });
  }

  #delimiter(): string {
    return this.#source.delimiter ?? (/\.tsv(?:\.gz)?$/i.test(this.#file) ? "\t" : ",");
  }

  *#take(): Generator<Decoded> {
    for (const decoded of this.#decoder?.take() ?? []) {
      this.position = decoded.position;
      this.line = decoded.line;
      yield decoded;
    }
  }

  #shorter(): MillraceError {
    const has = this.position - this.#skip;
    return new MillraceError(
      "CORRUPT",
      `"${this.#file}" has ${has} decoded bytes, fewer than the ${this.position} read from it before`,
      {
        hint: "It was replaced or cut. Give the new file another name, so that it is read from its beginning.",
        at: this.#file,
      },
    );
  }
}
