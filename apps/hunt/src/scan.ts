/**
 * `hunt scan FILES… --rules DIR`: every match of every rule, a line each. No log and no views: the files are read, and
 * of each line what the rules ask for.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ScannedPart } from "millrace";
import { FileScanner, MillraceError } from "millrace";
import { RULE_FILES, scanRules } from "./scan-rules.js";
import { tellLabelled } from "./sigma/labelled.js";

export interface ScanOptions {
  readonly rules: readonly string[];
  /** Threads; each scans whole files. */
  readonly workers: number;
  readonly match: (match: ScanMatch) => void;
  /** What could not be read or compiled. */
  readonly warn: (message: string) => void;
}

export interface ScanMatch {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly title: string;
  readonly level: string;
}

export interface ScanResult {
  readonly events: number;
  readonly matches: number;
  readonly refused: number;
  readonly failedFiles: number;
}

/** Scans files (or folders, or patterns) in the order given, which is also that of the matches. */
export async function scan(files: readonly string[], options: ScanOptions): Promise<ScanResult> {
  const { rules, problems } = scanRules(options.rules);
  if (rules.length + problems.length === 0) throw noRules(options.rules);
  for (const { path, line, reason } of problems) options.warn(`${path}:${line}: ${reason}`);
  // The project's own rules of such log sources are listed in the README.
  if (options.rules.length > 0) for (const line of tellLabelled(rules)) options.warn(line);
  const result = { events: 0, matches: 0, refused: 0, failedFiles: 0 };
  const threads = Math.min(options.workers, files.length);
  const parts = threads > 1 ? inThreads(files, options.rules, threads) : inTurn(files, new FileScanner(rules));
  for await (const { file, events, refused, matches, error } of parts) {
    if (error !== null) options.warn(`${file}: ${error.message}`);
    result.events += events;
    result.refused += refused;
    result.failedFiles += error === null ? 0 : 1;
    result.matches += matches.length;
    for (const { line, rule: number } of matches) {
      const rule = rules[number];
      if (rule !== undefined)
        options.match({ file, line, rule: rule.id, title: rule.meta.title, level: rule.meta.level });
    }
  }
  return result;
}

function noRules(folders: readonly string[]): MillraceError {
  return new MillraceError("USAGE", `there is no rule in ${folders.join(", ")}`, {
    hint: RULE_FILES,
  });
}

/** What a thread says of a part; errors themselves do not cross threads. */
export type PartMessage = Omit<ScannedPart, "error"> & { readonly error: { readonly message: string } | null };

async function* inTurn(files: readonly string[], scanner: FileScanner): AsyncGenerator<PartMessage> {
  for (const file of files) yield* scanner.scan(file);
}

/** The next file goes to the thread that is free first; what comes too early waits. */
async function* inThreads(
  files: readonly string[],
  rules: readonly string[],
  count: number,
): AsyncGenerator<PartMessage> {
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL("./scan-thread.js", import.meta.url), { workerData: rules });
  });
  const taken = files.map((_file, k) => k).values();
  const scanned = files.map(() => new Later<readonly PartMessage[]>());
  try {
    for (const worker of workers) void scanWith(worker, files, taken, scanned);
    for (const one of scanned) yield* await one.promise;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives a thread one file after another while there are any. */
async function scanWith(
  worker: Worker,
  files: readonly string[],
  taken: Iterator<number> & Iterable<number>,
  scanned: readonly Later<readonly PartMessage[]>[],
): Promise<void> {
  for (const k of taken) {
    worker.postMessage(files[k]);
    try {
      const [parts] = (await once(worker, "message")) as [readonly PartMessage[]];
      scanned[k]?.resolve(parts);
    } catch (error) {
      for (const one of scanned) one.reject(error);
      return;
    }
  }
}

/** A promise and what settles it; a rejection nobody waits for yet is not an unhandled one. */
class Later<T> {
  resolve: (value: T) => void = () => {};
  reject: (error: unknown) => void = () => {};
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => {});
  }
}
