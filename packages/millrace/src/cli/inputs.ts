/**
 * Taking in files: those of `--in`, or else those that the program names.
 *
 * A *lane* is what must be read in order to give the same log each time: the files of one partition. Lanes run side by
 * side; tables come before all streams, so that no lookup depends on which was faster.
 */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError, MillraceError, suggest } from "../base/errors.js";
import { Follower } from "../engine/ingest/follow-files.js";
import { ingestFiles } from "../engine/ingest/ingest-files.js";
import type { Runtime } from "../engine/runtime.js";
import type { App } from "../plan/api.js";
import type { InputPlan } from "../plan/resolve.js";
import type { ReadingProgress } from "../server/status.js";
import { findFiles } from "../source/glob.js";
import type { FileFormat, FilesSource } from "../source/spec.js";
import { FILE_FORMATS, files, formatOf } from "../source/spec.js";
import type { Parsed } from "./arguments.js";
import { checkFile } from "./program-file.js";
import { count } from "./progress.js";

/** One `--in`: a file, a folder or a pattern for each partition. */
export interface FileInput {
  readonly stream: string;
  readonly files: readonly string[];
  /** Of all of them; else by their names. */
  readonly format?: FileFormat | undefined;
}

/** What `--format` says; undefined without it. */
export function formatAsked(parsed: Parsed): FileFormat | undefined {
  return parsed.text("format") === undefined ? undefined : parsed.oneOf("format", FILE_FORMATS, "ndjson");
}

/** Parses the values of `--in`; throws `USAGE` for one that is malformed, names no file, or names a file twice. */
export function parseInputs(texts: readonly string[], format: FileFormat | undefined): readonly FileInput[] {
  const inputs = texts.map((text) => {
    const [, stream, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const names = (list ?? "").split(",").filter((file) => file !== "");
    if (stream === undefined || names.length === 0)
      throw new MillraceError("USAGE", `--in ${text} is not STREAM=FILE[,FILE…]`, {
        hint: "For example: --in orders=a.csv,b.csv, a file for each partition; a folder or a pattern counts as one.",
      });
    return { stream, files: names, format };
  });
  const seen = new Set<string>();
  for (const { stream, files: names } of inputs) {
    if (seen.has(stream))
      throw new MillraceError("USAGE", `--in ${stream}=… is given twice`, {
        hint: `List the files in one, --in ${stream}=FILE,FILE, a file for each partition.`,
      });
    seen.add(stream);
    for (const name of names) {
      if (seen.has(`${stream} ${resolve(name)}`))
        throw new MillraceError("USAGE", `--in ${stream}: ${name} is given twice`);
      seen.add(`${stream} ${resolve(name)}`);
      // A pattern, which the shell leaves alone behind the "=": whether it matches is seen when it is read.
      if (name !== "-" && !/[*?]/.test(name)) checkFile(name);
    }
  }
  return inputs;
}

/** Throws `USAGE` when the program has no such stream or table. */
export function checkInputs(names: readonly string[], inputs: readonly FileInput[]): void {
  for (const { stream } of inputs)
    if (!names.includes(stream))
      throw new MillraceError("USAGE", `--in ${stream}: the program has no stream or table "${stream}"`, {
        hint: suggest(stream, names),
      });
}

interface Work {
  readonly input: InputPlan;
  readonly source: FilesSource;
  readonly partition: number | undefined;
  readonly root: string;
}

export interface TakenIn {
  readonly rows: number;
  readonly refused: number;
  /** One line for each file that could not be read to its end. */
  readonly failed: readonly string[];
  /** One line for each file whose last line has no end yet, and was left. */
  readonly unfinished: readonly string[];
}

type Taking = { -readonly [K in keyof TakenIn]: TakenIn[K] extends number ? number : string[] };

/** What is being read, over all lanes. */
export interface Reading {
  readonly bytesRead: number;
  /** Null when a size is not known (standard input). */
  readonly bytesTotal: number | null;
  readonly rows: number;
  /** The file that gave the last rows. */
  readonly now: ReadingProgress | null;
}

/** Lanes read at the same time. */
const LANES_MAX = 8;

export interface IntakeOptions {
  /** These streams and tables, where not all are wanted. */
  readonly only?: readonly string[];
  /** The files are whole: a last line without its end counts as it stands. */
  readonly complete: boolean;
  /** All files are followed, not only those of sources that say so. */
  readonly follow?: boolean;
}

export class Intake {
  readonly #runtime: Runtime;
  readonly #complete: boolean;
  readonly #tables: readonly (readonly Work[])[];
  readonly #streams: readonly (readonly Work[])[];
  readonly #read = new Map<string, number>();
  readonly #rows = new Map<Work, number>();
  readonly #followed: readonly Work[];
  #bytesTotal: number | null = 0;
  #now: ReadingProgress | null = null;

  constructor(runtime: Runtime, app: App, inputs: readonly FileInput[], { only, complete, follow }: IntakeOptions) {
    this.#runtime = runtime;
    this.#complete = complete;
    const all = workOf(runtime, app, inputs).filter(({ input }) => only === undefined || only.includes(input.name));
    const isFollowed = ({ source }: Work): boolean =>
      !complete && source.pattern !== "-" && (follow === true || source.follow === true);
    this.#followed = all.filter(isFollowed);
    const work = all.filter((one) => !isFollowed(one));
    this.#tables = lanesOf(work.filter(({ input }) => input.kind === "table"));
    this.#streams = lanesOf(work.filter(({ input }) => input.kind === "stream"));
  }

  get reading(): Reading {
    const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
    return {
      bytesRead: sum(this.#read.values()),
      bytesTotal: this.#bytesTotal,
      rows: sum(this.#rows.values()),
      now: this.#now,
    };
  }

  /** Takes everything in, durably, going on where it stopped before. `stopped` is asked between batches. */
  async run(stopped: () => boolean, progress: () => void): Promise<TakenIn> {
    await this.#measure();
    const taken: Taking = { rows: 0, refused: 0, failed: [], unfinished: [] };
    try {
      for (const lanes of [this.#tables, this.#streams]) {
        const left = [...lanes];
        const next = async (): Promise<void> => {
          for (let lane = left.shift(); lane !== undefined; lane = left.shift())
            for (const work of lane) await this.#take(work, taken, stopped, progress);
        };
        await Promise.all(Array.from({ length: LANES_MAX }, next));
      }
    } finally {
      this.#now = null;
    }
    return taken;
  }

  /** Begins to read the files that are followed, and reads on until they are closed. */
  follow(tell: (line: string) => void): readonly Follower[] {
    return this.#followed.map(({ input, source, partition, root }) => {
      const place = partition === undefined ? { root, tell } : { root, tell, partition };
      const follower = new Follower(this.#runtime, input, source, place);
      follower.start();
      return follower;
    });
  }

  async #take(work: Work, taken: Taking, stopped: () => boolean, progress: () => void): Promise<void> {
    if (stopped()) return;
    const { input, source, partition, root } = work;
    const { rows, refused, failed, unfinished } = await ingestFiles(this.#runtime, input, source, {
      root,
      stopped,
      complete: this.#complete,
      ...(partition === undefined ? {} : { partition }),
      progress: ({ file, bytesRead, bytesTotal }, n) => {
        this.#read.set(`${input.name} ${partition ?? ""} ${file}`, bytesRead);
        this.#rows.set(work, n);
        this.#now = { stream: input.name, file, bytesRead, bytesTotal, rows: n };
        progress();
      },
    });
    taken.rows += rows;
    taken.refused += refused;
    taken.failed.push(...failed.map(({ error }) => `${input.name}: ${describeError(error)}`));
    taken.unfinished.push(
      ...unfinished.map(
        ({ file, bytes }) =>
          `${input.name}: "${file}" ends within a line: its last ${count(bytes)} bytes wait for the line's end`,
      ),
    );
  }

  /** How much there is to read, so that progress has an end. */
  async #measure(): Promise<void> {
    for (const { source, root } of [...this.#tables, ...this.#streams].flat()) {
      if (source.pattern === "-") this.#bytesTotal = null;
      if (this.#bytesTotal === null) return;
      const found = await findFiles(
        source.pattern,
        (path) => source.format !== undefined || formatOf(path) !== null,
        root,
      );
      for (const file of found.files)
        this.#bytesTotal += statSync(resolve(root, file), { throwIfNoEntry: false })?.size ?? 0;
    }
  }
}

function workOf(runtime: Runtime, app: App, inputs: readonly FileInput[]): readonly Work[] {
  const root = dirname(fileURLToPath(app.url));
  return runtime.plan.inputPlans.flatMap((input): Work[] => {
    const given = inputs.find(({ stream }) => stream === input.name);
    const own = input.from.filter((source) => source.source === "files");
    if (given === undefined) return own.map((source) => ({ input, source, partition: undefined, root }));
    // How the program reads its own files (a CSV without a header, say) holds for those given instead.
    const { pattern: _pattern, source: _source, ...spec } = own[0] ?? files("-");
    return given.files.map((file, partition) => ({
      input,
      source: files(file, { ...spec, ...formatFor(file, given, own[0]) }),
      partition: input.kind === "table" ? undefined : partition,
      root: process.cwd(),
    }));
  });
}

/** The format said, or for standard input, which has no name, that of the program's own files. */
function formatFor(file: string, { format }: FileInput, own: FilesSource | undefined): { format?: FileFormat } {
  if (format !== undefined) return { format };
  const known = file === "-" ? (own?.format ?? formatOf(own?.pattern ?? "")) : null;
  return known === null ? {} : { format: known };
}

/** Rows that are spread by key share partitions: only one file after the other gives the same order each time. */
function lanesOf(work: readonly Work[]): readonly (readonly Work[])[] {
  const lanes = new Map<string, Work[]>();
  for (const one of work) {
    const spread = one.input.partitionBy.length > 0 && one.input.partitions > 1;
    const lane = spread || one.partition === undefined ? one.input.name : `${one.input.name}/${one.partition}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), one]);
  }
  return [...lanes.values()];
}
