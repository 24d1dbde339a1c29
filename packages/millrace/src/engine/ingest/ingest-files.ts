/** Files into a stream: decoded, appended durably batch by batch, and gone on with after a crash where it stopped. */
import type { MillraceError } from "../../base/errors.js";
import type { InputPlan } from "../../plan/resolve.js";
import type { FileProgress } from "../../source/file-reading.js";
import { readFiles } from "../../source/files.js";
import { KnownFiles } from "../../source/known-files.js";
import type { FilesSource } from "../../source/spec.js";
import type { Runtime } from "../runtime.js";
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
  const begun = new Map<string, { name: string; position: number; line: number }>();
  const items = readFiles(source, {
    schema: input.declared,
    places: mayRefuse(input),
    ...(options.root === undefined ? {} : { root: options.root }),
    complete: options.complete ?? false,
    resume: async (file) => {
      const name = file === "-" ? file : await known.nameOf(file, options.root);
      const from = file === "-" ? { position: 0, line: 0 } : runtime.resume(input, name);
      begun.set(file, { name, position: from.position, line: from.line });
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
    const { batch, position, line, dead, places } = item.decoded;
    const { name, ...from } = begun.get(item.file) ?? { name: item.file, position: 0, line: 0 };
    const taken = await runtime.take(input, batch, dead, {
      source: item.file,
      places,
      // Standard input can't be read again, so no place in it is kept.
      ...(item.file === "-"
        ? {}
        : {
            position: {
              source: name,
              position,
              line,
              from: from.position,
              fromLine: from.line,
            },
          }),
      ...(options.partition === undefined ? {} : { partition: options.partition }),
    });
    begun.set(item.file, { name, position, line });
    rows += taken.rows;
    refused += taken.refused;
    if (options.stopped?.() === true) break;
  }
  return { rows, refused, files, failed, unfinished };
}
