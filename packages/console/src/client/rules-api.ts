/** Rule sets: reading them, changing their files, trying a file on history. A server without them answers 404. */
import { ApiError, ask, askJson } from "./http.js";

export interface RuleProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface RuleSetSummary {
  readonly name: string;
  readonly files: number;
  readonly rules: number;
  readonly problems: readonly RuleProblem[];
  readonly changes: number;
}

/** A rule with the columns its set declares: title, level and the like. */
export interface RuleMeta extends Readonly<Record<string, unknown>> {
  readonly id: string;
}

export interface RuleFileSummary {
  readonly file: string;
  readonly rules: readonly RuleMeta[];
  readonly problems: readonly RuleProblem[];
}

export interface RuleFile extends RuleFileSummary {
  readonly text: string;
}

export interface Changed {
  /** The change's number; null: nothing was changed. */
  readonly change: number | null;
  readonly problems: readonly RuleProblem[];
}

export interface Trial {
  readonly scanned: number;
  readonly total?: number;
  readonly matched: number;
  readonly rows: readonly TrialRow[];
  readonly problems: readonly RuleProblem[];
  /** False: time ran out before all of the history was looked through. */
  readonly complete: boolean;
}

/** A row as the named stream would have it. */
export interface TrialRow {
  readonly stream: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export interface Hunt {
  readonly change: number;
  readonly files?: readonly string[];
  readonly file?: string;
  readonly state: "running" | "done" | "failed";
  readonly scanned: number;
  readonly total: number;
  readonly matched: number;
}

const name = encodeURIComponent;
const PAGE = 1000;

/** Null where the server has no such API: rules can't be changed while the program runs. */
export async function getRuleSets(signal: AbortSignal): Promise<readonly RuleSetSummary[] | null> {
  try {
    return await askJson<readonly RuleSetSummary[]>("/api/rules", { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Files by path, page by page. */
export async function getRuleFiles(set: string, signal: AbortSignal): Promise<readonly RuleFileSummary[]> {
  const files: RuleFileSummary[] = [];
  for (;;) {
    const after = files.at(-1)?.file ?? "";
    const query = new URLSearchParams({ after, limit: String(PAGE) });
    const page = await askJson<{ readonly files: readonly RuleFileSummary[] }>(`/api/rules/${name(set)}?${query}`, {
      signal,
    });
    files.push(...page.files);
    if (page.files.length < PAGE) return files;
  }
}

export function getRuleFile(set: string, file: string, signal: AbortSignal): Promise<RuleFile> {
  return askJson(filePath(set, file), { signal });
}

/** retro: new rules are run over the history too. */
export async function putRuleFile(set: string, file: string, text: string, retro: boolean): Promise<Changed> {
  const response = await ask(`${filePath(set, file)}?retro=${retro}`, {
    method: "PUT",
    headers: { "content-type": "text/plain" },
    body: text,
  });
  return (await response.json()) as Changed;
}

export function deleteRuleFile(set: string, file: string): Promise<Changed> {
  return askJson(filePath(set, file), { method: "DELETE" });
}

export function tryRuleFile(
  set: string,
  file: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<Trial> {
  return askJson(`/api/rules/${name(set)}/try`, {
    method: "POST",
    signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ file, text, limit }),
  });
}

export function getHunts(set: string, signal: AbortSignal): Promise<readonly Hunt[]> {
  return askJson(`/api/rules/${name(set)}/hunts`, { signal });
}

/** What a refused change says of the file's lines. */
export function problemsIn(error: unknown): readonly RuleProblem[] {
  if (!(error instanceof ApiError) || typeof error.answer !== "object" || error.answer === null) return [];
  const { problems } = error.answer as { readonly problems?: unknown };
  return Array.isArray(problems) ? (problems as readonly RuleProblem[]) : [];
}

function filePath(set: string, file: string): string {
  return `/api/rules/${name(set)}/files/${name(file)}`;
}
