/**
 * Tries every rule on the events beside it. The verdict is the engine's: the events go through it together, as
 * `hunt scan` reads a file, so what is tested is what runs live. Only a wrong verdict is explained, by the slow evaluator.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scan } from "../scan.js";
import type { Placeholders } from "../sigma/compile.js";
import { readSigmaFiles } from "../sigma/load.js";
import type { SigmaFilter, SigmaRule } from "../sigma/parse.js";
import type { Problem } from "../sigma/problem.js";
import { compileSigma, filtersOf, readSigma } from "../sigma/rule-set.js";
import type { EventCase } from "./event-file.js";
import { EVENTS_ENDING, eventsPath, readEventCases } from "./event-file.js";
import { explain, inLogSource } from "./explain.js";

export interface RuleReport {
  readonly rule: SigmaRule;
  /** The events meant for this rule, in file order. */
  readonly cases: readonly EventCase[];
  readonly failures: readonly Failure[];
  /** What passes and yet proves little: an event that must not match because it is of another log source. */
  readonly doubts: readonly EventCase[];
}

export interface Failure {
  /** Null where the rule as a whole fails: it has no events, or none that must match. */
  readonly at: EventCase | null;
  readonly reason: string;
  /** Why the verdict came out so. */
  readonly because: readonly string[];
}

export interface TestReport {
  readonly rules: readonly RuleReport[];
  /** Rules that can't be used, lines that are no test, files of events that belong to no rule. */
  readonly problems: readonly Problem[];
}

/** Runs the tests of all rules at or below the paths. Reading them is the only thing that may throw. */
export async function testRules(paths: readonly string[]): Promise<TestReport> {
  const files = paths.flatMap((path) => readSigmaFiles(path));
  const { rules: compiled, problems, unsupported } = compileSigma(files);
  const found = [...problems, ...unsupported];
  const { rules: read, filters, placeholders } = readSigma(files);
  const rules = read.filter((rule) =>
    compiled.some(({ id, meta }) => id === rule.id && meta.path === rule.document.path),
  );
  const cases = new Map(files.map(({ path }) => [path, readEventCases(eventsPath(path), found)]));
  found.push(...straysIn(paths, new Set(files.map(({ path }) => eventsPath(path)))));
  const all = [...cases.values()].flat();
  const matched = await matchAll(paths, all);
  for (const one of all)
    if (one.rule !== null && !rules.some((rule) => isMeant(one, rule)))
      found.push({ path: one.path, line: one.line, reason: `no rule of the file beside it is "${one.rule}"` });
  const reports = rules.map((rule) => {
    const own = (cases.get(rule.document.path) ?? []).filter((one) => isMeant(one, rule));
    const hasMatched = (one: EventCase): boolean => matched.has(matchKey(all.indexOf(one) + 1, rule.id));
    return reportOf(rule, own, { filters: filtersOf(filters, rule), placeholders }, hasMatched);
  });
  return { rules: reports, problems: found };
}

/** Files of events without a rule beside them: a rule that was renamed, most likely. */
function straysIn(paths: readonly string[], expected: ReadonlySet<string>): Problem[] {
  const folders = paths.filter((path) => statSync(path).isDirectory());
  const names = folders.flatMap((folder) =>
    readdirSync(folder, { encoding: "utf8", recursive: true }).map((name) => join(folder, name)),
  );
  return names
    .filter((path) => path.endsWith(EVENTS_ENDING) && !expected.has(path))
    .map((path) => ({ path, line: 1, reason: "no rule has the name of this file of events" }));
}

function isMeant({ path, rule: wanted }: EventCase, rule: SigmaRule): boolean {
  if (eventsPath(rule.document.path) !== path) return false;
  return wanted === null || [rule.id, rule.name, rule.title].includes(wanted);
}

function reportOf(
  rule: SigmaRule,
  cases: readonly EventCase[],
  { filters, placeholders }: { readonly filters: readonly SigmaFilter[]; readonly placeholders: Placeholders },
  hasMatched: (one: EventCase) => boolean,
): RuleReport {
  const failures: Failure[] = [];
  if (!cases.some(({ match }) => match)) {
    const reason = cases.length === 0 ? "it has no events" : "it has no event that must match";
    failures.push({ at: null, reason, because: [`put some into ${eventsPath(rule.document.path)}`] });
  }
  for (const one of cases) {
    const has = hasMatched(one);
    if (has === one.match) continue;
    const reason = one.match ? "should match and does not" : "should not match and does";
    failures.push({ at: one, reason, because: explain(rule, filters, one.row, has, placeholders) });
  }
  return { rule, cases, failures, doubts: cases.filter((one) => !one.match && !inLogSource(rule, one.row)) };
}

/** (line of all events, rule) of everything the engine finds. */
async function matchAll(paths: readonly string[], cases: readonly EventCase[]): Promise<ReadonlySet<string>> {
  const matched = new Set<string>();
  if (cases.length === 0) return matched;
  const folder = mkdtempSync(join(tmpdir(), "hunt-test-"));
  try {
    const file = join(folder, "events.ndjson");
    writeFileSync(file, cases.map(({ text }) => `${text}\n`).join(""));
    const match = (found: { line: number; rule: string }) => matched.add(matchKey(found.line, found.rule));
    await scan([file], { rules: paths, workers: 1, match, warn: () => {} });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return matched;
}

function matchKey(line: number, rule: string): string {
  return `${line} ${rule}`;
}
