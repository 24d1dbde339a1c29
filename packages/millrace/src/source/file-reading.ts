/**
 * One file, decoded from where it was taken in to.
 *
 *   | passed over (a CSV header is looked for) | read again: [position, until) | new |      decoded bytes
 *
 * The batch before `until` comes again as it was, whatever follows it now; what a line was when it was taken does not
 * change either: its rest is a dead row.
 */
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { MillraceError } from "../base/errors.js";
import type { Schema } from "../schema/column-type.js";
import type { ByteSource } from "./byte-stream.js";
import { bytesOf, fileBytes, streamBytes } from "./byte-stream.js";
import type { CsvOptions } from "./csv.js";
import { CsvHeader, csvDecoder } from "./csv.js";
import type { Decoded, Decoder, DecoderCounts, DecoderOptions, Projection } from "./decoder.js";
import type { FileFormat, FilesSource } from "./spec.js";
import { FORMATS_HINT, formatOf } from "./spec.js";
import { streamDecoder } from "./stream-decoder.js";
import { ZeekHeadings, zeekDecoder } from "./zeek.js";

export interface ReadFilesOptions {
  readonly schema: Schema;
  readonly projection?: Projection;
  readonly rowsMax?: number;
  readonly batchBytesMax?: number;
  readonly lineBytesMax?: number;
  /** Keep the place and the bytes of each row with its batch. */
  readonly places?: boolean;
  /** The folder relative patterns begin at; the working directory where not given. */
  readonly root?: string;
  /** How far a file has been taken in before (decoded bytes, lines), from `log.sourcePosition`. */
  readonly resume?: (file: string) => ResumeAt | null | Promise<ResumeAt | null>;
  /** The clock, for times that do not say their year; the machine's where not given. */
  readonly now?: () => number;
  /** No file will grow: a last line without its end counts as it stands. */
  readonly complete?: boolean;
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

const NEWLINE = 10;
const READ_BYTES = 256 << 10;
export const NOTHING: DecoderCounts = { lines: 0, rows: 0, dead: 0, blank: 0, continued: 0, unknown: 0 };

export class FileReading {
  position: number;
  line: number;
  readonly #file: string;
  readonly #source: FilesSource;
  readonly #asked: ReadFilesOptions;
  /** Begins where the bytes passed over end. */
  #decoder: Decoder | null = null;
  /** Decoded bytes still to be passed over. */
  #skip: number;
  /** Decoded bytes given to the decoder, with those passed over. */
  #at: number;
  /** Where a batch must end; none when it is behind. */
  readonly #until: number;
  /** Finds the column names in the bytes passed over; null where there are none to find. */
  #head: CsvHeader | null = null;
  /** Those of the bytes passed over. */
  #headings: ZeekHeadings | null = null;
  #header: boolean | readonly string[];
  #begun = false;

  constructor(file: string, source: FilesSource, options: ReadFilesOptions, from: ResumeAt) {
    this.#file = file;
    this.#source = source;
    this.#asked = options;
    this.position = from.position;
    this.line = from.line;
    this.#skip = from.position;
    this.#at = from.position;
    this.#until = from.until ?? 0;
    this.#header = source.header ?? true;
  }

  get counts(): DecoderCounts {
    return { ...(this.#decoder?.counts ?? NOTHING) };
  }

  get unfinished(): number {
    return this.#at - this.position;
  }

  async *batches(): AsyncGenerator<Decoded> {
    const file = this.#file;
    const format = this.#begin();
    const input = await this.#input();
    try {
      for await (const { parts, rawBytes } of bytesOf(input, file)) {
        for (const part of parts) {
          this.#push(part, format);
          yield* this.#take();
        }
        this.#asked.onProgress?.({ file, bytesRead: rawBytes, bytesTotal: input.total });
      }
      if (this.#skip > 0 || this.#at < this.#until) throw this.#shorter();
      if (this.#asked.complete === true || file === "-") this.#decoder?.end();
      else this.#decoder?.flush();
    } catch (error) {
      // What is behind the last whole line stays unread: it is not known to be a line.
      this.#decoder?.flush();
      yield* this.#take();
      throw error;
    }
    yield* this.#take();
  }

  /** What the file has by now, up to its last whole line; called again it goes on there. Instead of `batches`. */
  async *more(tail: ByteSource): AsyncGenerator<Decoded> {
    const format = this.#begin();
    for (let bytes = await tail.read(READ_BYTES); bytes.length > 0; bytes = await tail.read(READ_BYTES)) {
      this.#push(bytes, format);
      yield* this.#take();
    }
    if (this.#skip > 0 || this.#at < this.#until) throw this.#shorter();
    this.#decoder?.flush();
    yield* this.#take();
  }

  /** After `more`: nothing has come for long, so that lines which waited for others (auditd) are taken. */
  *settle(): Generator<Decoded> {
    this.#decoder?.settle();
    yield* this.#take();
  }

  /** After `more`: nothing follows, so that a last line without its end counts as it stands. */
  *finish(): Generator<Decoded> {
    this.#decoder?.end();
    yield* this.#take();
  }

  #begin(): FileFormat {
    const file = this.#file;
    const format = this.#source.format ?? (file === "-" ? "ndjson" : formatOf(file));
    if (format === null)
      throw new MillraceError("DECODE", `cannot tell the format of "${file}" from its name`, {
        hint: FORMATS_HINT,
      });
    if (this.#begun) return format;
    this.#begun = true;
    if (this.#skip === 0) this.#open(format, false);
    else if (format === "zeek") this.#headings = new ZeekHeadings();
    else if (format === "csv" && this.#header === true) this.#head = new CsvHeader(this.#csvOptions());
    return format;
  }

  async #input(): Promise<ByteSource> {
    if (this.#file === "-") return streamBytes(this.#asked.stdin ?? process.stdin);
    return await fileBytes(resolve(this.#asked.root ?? ".", this.#file));
  }

  #push(bytes: Buffer, format: FileFormat): void {
    let part = bytes;
    if (this.#skip > 0) {
      part = bytes.subarray(this.#skip);
      this.#pass(bytes.subarray(0, this.#skip), format);
    }
    const before = this.#until - this.#at;
    if (before > 0 && before <= part.length) {
      this.#give(part.subarray(0, before));
      // Everything up to there was taken: where the file was said to be complete, its last line as it stood.
      this.#decoder?.end();
      part = part.subarray(before);
    }
    this.#give(part);
  }

  #give(part: Buffer): void {
    this.#at += part.length;
    if (part.length > 0) this.#decoder?.push(part);
  }

  #pass(part: Buffer, format: FileFormat): void {
    this.#skip -= part.length;
    this.#headings?.pass(part);
    if (this.#head !== null) {
      const names = this.#head.push(part, this.#skip === 0);
      if (names !== null) {
        this.#header = names;
        this.#head = null;
      }
    }
    if (this.#skip === 0) this.#open(format, part.at(-1) !== NEWLINE);
  }

  #open(format: FileFormat, inLine: boolean): void {
    const at = { position: this.position, line: this.line, inLine };
    if (format === "csv") this.#decoder = csvDecoder({ ...this.#csvOptions(), ...at, header: this.#header });
    else if (format === "zeek")
      this.#decoder = zeekDecoder({ ...this.#options(), ...at, headings: this.#headings ?? new ZeekHeadings() });
    else if (format === "parquet")
      throw new MillraceError("PROGRAM", `"${this.#file}": Parquet is read from files that are complete`, {
        hint: "It can't be followed, and does not come over standard input.",
      });
    else this.#decoder = streamDecoder(format, { ...this.#options(), ...at }, this.#source);
  }

  #options(): DecoderOptions {
    const { schema, projection, rowsMax, batchBytesMax, lineBytesMax, now, places } = this.#asked;
    return {
      schema,
      places: places ?? false,
      file: this.#file,
      ...(projection === undefined ? {} : { projection }),
      ...(rowsMax === undefined ? {} : { rowsMax }),
      ...(batchBytesMax === undefined ? {} : { batchBytesMax }),
      ...(lineBytesMax === undefined ? {} : { lineBytesMax }),
      ...(now === undefined ? {} : { now }),
    };
  }

  #csvOptions(): CsvOptions {
    return {
      ...this.#options(),
      delimiter: this.#source.delimiter ?? (/\.tsv(?:\.gz|\.zst)?$/i.test(this.#file) ? "\t" : ","),
    };
  }

  *#take(): Generator<Decoded> {
    for (const decoded of this.#decoder?.take() ?? []) {
      this.position = decoded.position;
      this.line = decoded.line;
      yield decoded;
    }
  }

  #shorter(): MillraceError {
    const has = this.#at - this.#skip;
    const before = Math.max(this.#until, this.#at);
    return new MillraceError(
      "CORRUPT",
      `"${this.#file}" has ${has} decoded bytes, fewer than the ${before} read from it before`,
      {
        hint: "It was replaced or cut. Give the new file another name, so that it is read from its beginning.",
        at: this.#file,
      },
    );
  }
}
