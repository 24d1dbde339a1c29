/**
 * Agreement with the expected matches of the recordings beside the repository: per data set and rule, the set of
 * line numbers. Rules of which the expected file says nothing (it lists what it could not convert) are counted apart.
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createGunzip, gunzipSync } from "node:zlib";
import type { RowAccess } from "millrace";
import { evaluate } from "millrace";
import type { CompiledRule } from "./compile.js";
import { parseJsonRow } from "./json-row.js";
import type { SigmaFile } from "./load.js";
import { readSigmaFiles } from "./load.js";

/** The data beside the repository; it may be absent, see `sharedData`. */
const SHARED = fileURLToPath(new URL("../../../../../shared/data", import.meta.url));

/** The path of a file of the shared data, or null when it is not there. */
export function sharedData(...parts: string[]): string | null {
  const path = join(SHARED, ...parts);
  return existsSync(path) ? path : null;
}

/** The rule collections of the shared data, with paths relative to it. */
export function sharedRules(): SigmaFile[] {
  const root = sharedData("sigma");
  if (root === null) return [];
  return ["rules", "rules-threat-hunting", "rules-emerging-threats"]
    .flatMap((folder) => readSigmaFiles(join(root, folder)))
    .map((file) => ({ ...file, path: file.path.slice(root.length + 1) }));
}

export interface Difference {
  readonly dataset: string;
  readonly rule: string;
  readonly title: string;
  /** 1-based lines that only one side has. */
  readonly missing: readonly number[];
  readonly extra: readonly number[];
}

export interface Comparison {
  readonly datasets: number;
  readonly events: number;
  /** (data set, rule, line) triples on both sides. */
  readonly agreed: number;
  readonly differences: readonly Difference[];
  /** Matches of rules that the expected file could not convert, by rule id. */
  readonly unjudged: ReadonlyMap<string, number>;
}

/** Gives the ids of the rules that fire for a row. */
export type Matcher = (row: RowAccess) => readonly string[];

interface Expected {
  readonly rules: Readonly<Record<string, { readonly id: string; readonly title: string }>>;
  readonly datasets: Readonly<
    Record<
      string,
      {
        readonly file: string;
        readonly matches: readonly { readonly rule: string; readonly lines: readonly number[] }[];
      }
    >
  >;
}

/** The slow evaluator over all rules, with those left out whose routing a channel and event id already rule out. */
export function referenceMatcher(rules: readonly CompiledRule[]): Matcher {
  const candidates = new Map<string, readonly CompiledRule[]>();
  return (row) => {
    const key = ROUTING.map((name) => String(row.get(name)).toLowerCase()).join("\n");
    let routed = candidates.get(key);
    if (routed === undefined) {
      routed = rules.filter((rule) => evaluate(rule.route, row));
      candidates.set(key, routed);
    }
    return routed.filter((rule) => evaluate(rule.when, row)).map((rule) => rule.id);
  };
}

/** The attributes that routes look at. */
const ROUTING = [
  ...["Channel", "log_name", "winlog.channel", "event_data.Channel", "winlog.event_data.Channel"],
  ...["EventID", "event_id", "winlog.event_id", "event_data.EventID", "winlog.event_data.EventID"],
  ...["Provider_Name", "SourceName", "source_name", "winlog.provider_name", "_path", "@stream"],
  ...["logsource.product", "logsource.category", "logsource.service"],
];

export interface CompareOptions {
  /** Called after each data set. */
  readonly onDataset?: (name: string, events: number) => void;
}

/** The names of the data sets that have expected matches. */
export function expectedDatasets(): string[] {
  return Object.keys(readExpected().datasets);
}

/** Runs the matcher over the named data sets and compares, line by line. Matches are keyed by rule id. */
export async function compareWithExpected(
  datasets: readonly string[],
  matcher: Matcher,
  options: CompareOptions = {},
): Promise<Comparison> {
  const expected = readExpected();
  const titles = new Map(Object.values(expected.rules).map((rule) => [rule.id, rule.title]));
  const differences: Difference[] = [];
  const unjudged = new Map<string, number>();
  let [events, agreed] = [0, 0];
  for (const dataset of datasets) {
    const found = await matchDataset(expected.datasets[dataset]?.file ?? "", matcher);
    events += found.events;
    options.onDataset?.(dataset, found.events);
    const wanted = new Map<string, Set<number>>();
    for (const match of expected.datasets[dataset]?.matches ?? [])
      for (const line of match.lines) addLine(wanted, expected.rules[match.rule]?.id ?? match.rule, line);
    for (const rule of new Set([...wanted.keys(), ...found.lines.keys()])) {
      const [want, have] = [wanted.get(rule) ?? new Set<number>(), found.lines.get(rule) ?? new Set<number>()];
      if (!titles.has(rule)) {
        unjudged.set(rule, (unjudged.get(rule) ?? 0) + have.size);
        continue;
      }
      const missing = [...want].filter((line) => !have.has(line));
      const extra = [...have].filter((line) => !want.has(line));
      agreed += want.size - missing.length;
      if (missing.length + extra.length > 0)
        differences.push({ dataset, rule, title: titles.get(rule) as string, missing, extra });
    }
  }
  return { datasets: datasets.length, events, agreed, differences, unjudged };
}

async function matchDataset(
  file: string,
  matcher: Matcher,
): Promise<{ events: number; lines: Map<string, Set<number>> }> {
  const lines = new Map<string, Set<number>>();
  let events = 0;
  const input = createReadStream(join(SHARED, "hunt/public", file)).pipe(createGunzip());
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    events++;
    if (line !== "") for (const rule of matcher(parseJsonRow(line))) addLine(lines, rule, events);
  }
  return { events, lines };
}

function addLine(lines: Map<string, Set<number>>, rule: string, line: number): void {
  const known = lines.get(rule);
  if (known === undefined) lines.set(rule, new Set([line]));
  else known.add(line);
}

function readExpected(): Expected {
  const text = gunzipSync(readFileSync(join(SHARED, "hunt/public/expected-sigma.json.gz"))).toString("utf8");
  return JSON.parse(text) as Expected;
}
