/**
 * Files to decoded batches: found, opened, unzipped, decoded, one after the other in natural order.
 *
 *   pattern -> paths -> for each: Decoded, Decoded, …, then how it ended
 *
 * One file that cannot be read does not stop the others: it ends with an outcome that names it. Pulling the next item
 * is what moves the reading on, so a slow consumer holds it back; about two pieces (byte-stream.ts) are read ahead.
 *
 * A file may grow and be read again, from where it was taken in to. So a last line without its end waits: it is read
 * when it has its end, or as it stands when the caller says that the input is complete (standard input always is). A
 * CSV record whose quote is open waits in the same way. Should a complete file grow after all, the rest of the line is
 * a dead row, and the lines after it are rows: nothing is taken twice.
 */
import { MillraceError } from "../base/errors.js";
import type { Decoded, DecoderCounts } from "./decoder.js";
import type { ReadFilesOptions } from "./file-reading.js";
import { FileReading, NOTHING } from "./file-reading.js";
import { findFiles, unreadable } from "./glob.js";
import { ParquetReading } from "./parquet.js";
import type { FilesSource } from "./spec.js";
import { formatOf } from "./spec.js";

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
  /** Bytes behind that, of a last line that has no end yet. */
  readonly unfinished: number;
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
    yield { kind: "end", file: path, outcome: { error, counts: NOTHING, position: 0, line: 0, unfinished: 0 } };
  for (const file of files) yield* readOne(file, source, options);
}

async function* readOne(file: string, source: FilesSource, options: ReadFilesOptions): AsyncGenerator<FileItem> {
  const from = (await options.resume?.(file)) ?? { position: 0, line: 0 };
  const isParquet = (source.format ?? formatOf(file)) === "parquet";
  const reading = isParquet ? new ParquetReading(file, options, from) : new FileReading(file, source, options, from);
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
    outcome: {
      error,
      counts: reading.counts,
      position: reading.position,
      line: reading.line,
      unfinished: reading.unfinished,
    },
  };
}
