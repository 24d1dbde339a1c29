/** Recorded events with the matches that Sigma rules are known to have in them. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { OWN_RULES, RECORDING, RECORDING_EXPECTED, realSet, sigmaRules } from "./events.js";

export interface Scanned {
  readonly name: string;
  readonly file: string;
  /** Folders. */
  readonly rules: readonly string[];
  /** "rule:line" of every match, sorted. */
  readonly expected: string;
}

/** Its matches are left out where there is no expectation: they take the rule for one of no log source. */
const NOT_JUDGED = "06d71506-7beb-4f22-8888-e2e5e2ca7fd8";

/** Matches as text to compare. */
export function matchesText(found: Iterable<{ readonly rule: string; readonly line: number }>): string {
  const lines = new Set<string>();
  for (const { rule, line } of found) if (rule !== NOT_JUDGED) lines.add(`${rule}:${line}`);
  return [...lines].sort().join("\n");
}

/** The project's rules over the whole recording. */
export async function ownRules(): Promise<Scanned> {
  const expected = JSON.parse(await readFile(RECORDING_EXPECTED, "utf8")) as Record<string, number[]>;
  const found = Object.entries(expected).flatMap(([rule, lines]) => lines.map((line) => ({ rule, line })));
  return { name: "recording, own rules", file: RECORDING, rules: [OWN_RULES], expected: matchesText(found) };
}

interface ExpectedSigma {
  readonly datasets: Readonly<Record<string, { readonly matches: readonly { rule: string; lines: number[] }[] }>>;
}

/** The whole Sigma set over real sets, where both are there. */
export async function wholeSets(names: readonly string[]): Promise<Scanned[]> {
  const answers = realSet("expected-sigma.json.gz");
  const rules = sigmaRules();
  if (answers === null || rules.length === 0) return [];
  const { datasets } = JSON.parse(gunzipSync(await readFile(answers)).toString()) as ExpectedSigma;
  return names.flatMap((name) => {
    const file = realSet(`${name}.ndjson.gz`);
    if (file === null) return [];
    const found = (datasets[name]?.matches ?? []).flatMap(({ rule, lines }) =>
      lines.map((line) => ({ rule: rule.slice(0, rule.indexOf(":")), line })),
    );
    return [{ name: `${name}, whole Sigma set`, file, rules, expected: matchesText(found) }];
  });
}
