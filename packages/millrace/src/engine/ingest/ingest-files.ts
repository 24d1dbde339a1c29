/** Files into a stream: decoded, appended durably batch by batch, and gone on with after a crash where it stopped. */
import type { MillraceError } from "../../base/errors.js";
import type { InputPlan } from "../../plan/resolve.js";
import type { Decoded } from "../../source/decoder.js";
import type { FileProgress } from "../../source/file-reading.js";
import { readFiles } from "../../source/files.js";
import { KnownFiles } from "../../source/known-files.js";
import type { FilesSource } from "../../source/spec.js";
import type { Runtime } from "../runtime.js";
import type { Taken } from "./ingest.js";
import { mayRefuse } from "./ingest.js";

export interface IngestFilesOptions {
  /** Relative patterns begin here. Default: the working directory. */
  readonly root?: string;
  /** For streams without `partitionBy`. */
  readonly partition?: number;
  /**
   * The files are whole: a last line without its end counts as it stands. Otherwise it is left for the next time, as the
   * file may be growing; `unfinished` names the file.
   */
  readonly complete?: boolean;
  /** Called now and then with what has been read and how many rows were taken. */
  readonly progress?: (file: FileProgress, rows: number) => void;
  /** Asked between batches: true stops, leaving the rest for the next time. */
  readonly stopped?: () => boolean;
}

export interface IngestedFiles {
  readonly rows: number;
  readonly refused: number;
  readonly files: number;
  /** Files that could not be read to their end; what came before the trouble is in the log. */
  readonly failed: readonly { readonly file: string; readonly error: MillraceError }[];
  /** Files whose last line has no end yet, and was left: so many decoded bytes. */
  readonly unfinished: readonly { readonly file: string; readonly bytes: number }[];
}

/** How far a file has been taken in. */
export interface TakenTo {
  /** For dead letters; "-" is standard input, which can't be read again: no place in it is kept. */
  readonly file: string;
  /** What the file is called in the log. */
  readonly name: string;
  position: number;
  line: number;
}

/** Takes the batch that begins at `at`, durably, and moves `at` to its end. */
export async function takeDecoded(
  runtime: Runtime,
  input: InputPlan,
  { batch, dead, places, position, line }: Decoded,
  at: TakenTo,
  partition: number | undefined,
): Promise<Taken> {
  const place = { source: at.name, position, line, from: at.position, fromLine: at.line };
  const taken = await runtime.take(input, batch, dead, {
    source: at.file,
    places,
    ...(at.file === "-" ? {} : { position: place }),
    ...(partition === undefined ? {} : { partition }),
  });
  at.position = position;
  at.line = line;
  return taken;
}

export async function ingestFiles(
  runtime: Runtime,
  input: InputPlan,
  source: FilesSource,
  options: IngestFilesOptions = {},
): Promise<IngestedFiles> {
  let rows = 0;
  let refused = 0;
  let files = 0;
  const failed: { file: string; error: MillraceError }[] = [];
  const unfinished: { file: string; bytes: number }[] = [];
  const known = new KnownFiles(runtime.sources(input));
  /** What the file is called in the log, and where the batch being taken began; of each file. */
  const begun = new Map<string, TakenTo>();
  const items = readFiles(source, {
    schema: input.declared,
    places: mayRefuse(input),
    ...(options.root === undefined ? {} : { root: options.root }),
    complete: options.complete ?? false,
    now: () => runtime.clock.now(),
    resume: async (file) => {
      const name = file === "-" ? file : await known.nameOf(file, options.root);
      const from = file === "-" ? { position: 0, line: 0 } : runtime.resume(input, name);
      begun.set(file, { file, name, position: from.position, line: from.line });
      return from;
    },
    onProgress: (progress) => options.progress?.(progress, rows),
  });
  for await (const item of items) {
    if (item.kind === "end") {
      files++;
      const { error, unfinished: bytes } = item.outcome;
      if (error !== null) failed.push({ file: item.file, error });
      else if (bytes > 0) unfinished.push({ file: item.file, bytes });
      continue;
    }
    const at = begun.get(item.file) as TakenTo;
    const taken = await takeDecoded(runtime, input, item.decoded, at, options.partition);
    rows += taken.rows;
    refused += taken.refused;
    if (options.stopped?.() === true) break;
  }
  return { rows, refused, files, failed, unfinished };
}
