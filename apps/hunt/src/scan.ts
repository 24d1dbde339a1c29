/** `hunt scan FILES… --rules DIR`: every match of every rule, a line each. */
import { resolve } from "node:path";
import type { App } from "millrace";
import { embed, MillraceError } from "millrace";

export interface ScanOptions {
  readonly rules: readonly string[];
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

/** Scans files one after the other in the order given. */
export async function scan(files: readonly string[], options: ScanOptions): Promise<ScanResult> {
  const url = new URL("./scan-app.js", import.meta.url);
  for (const folder of options.rules) url.searchParams.append("rules", resolve(folder));
  const { default: program } = (await import(url.href)) as { default: App };
  const hunt = await embed(program, { workers: options.workers });
  const result = { events: 0, matches: 0, refused: 0, failedFiles: 0 };
  try {
    for (const problems of Object.values(hunt.ruleProblems))
      for (const { path, line, reason } of problems) options.warn(`${path}:${line}: ${reason}`);
    let seen = 0;
    for (const file of files) {
      const taken = await hunt.ingest("events", file, { complete: true });
      await hunt.settle();
      for (const { file: failed, error } of taken.failed)
        options.warn(`${failed}: ${error instanceof MillraceError ? error.message : String(error)}`);
      result.events += taken.rows;
      result.refused += taken.refused;
      result.failedFiles += taken.failed.length;
      for await (const row of hunt.rows("matches", seen)) {
        options.match(row as unknown as ScanMatch);
        seen++;
      }
      result.matches = seen;
      await hunt.forget("events");
      await hunt.forget("matches");
    }
  } finally {
    await hunt.close();
  }
  return result;
}
