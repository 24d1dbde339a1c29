/**
 * `hunt scan`: Sigma rules over recorded events, beside `JSON.parse` of each line of the same file, which is the least
 * that a matcher in JavaScript would do. Both unpack the file. Reading and compiling the rules is a case of its own.
 */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { scan } from "hunt/dist/scan.js";
import { forEachLine, linesOf, OWN_RULES, RECORDING, RECORDING_EXPECTED, realSet, sigmaRules } from "./events.js";
import { quantile, secondsOf } from "./measure.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, rateResult } from "./result.js";

const REAL = "purplesharp_ad_playbook_I";

interface Scanned {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly string[];
  /** "rule:line" of every match, sorted. */
  readonly expected: string;
}

export const hunt: Bench = {
  name: "hunt",
  about: "Sigma rules over recorded events, one thread, beside JSON.parse of each line",
  async run(size) {
    const results = [await compare(await ownRules(), size)];
    const real = size === "tiny" ? null : await wholeSet();
    if (real !== null) results.push(await compare(real, size));
    return results;
  },
};

async function compare(scanned: Scanned, size: Size): Promise<Result> {
  const { name, file, rules } = scanned;
  const events = (await linesOf(file)).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  const times = { start: [] as number[], ours: [] as number[], reference: [] as number[] };
  for (let round = 0; round < (size === "tiny" ? 1 : 3); round++) {
    times.reference.push(await secondsOf(() => parseAll(file, events)));
    times.start.push(await secondsOf(async () => void (await matches([], rules))));
    times.ours.push(
      await secondsOf(async () => expectSame(`${name}: matches`, await matches([file], rules), scanned.expected)),
    );
  }
  const [start, whole, reference] = [times.start, times.ours, times.reference].map((list) => quantile(list, 0.5)) as [
    number,
    number,
    number,
  ];
  const ours = Math.max(whole - start, 0.001);
  const compared = {
    bench: "hunt",
    case: `${name} (rules ready in ${start.toFixed(1)} s)`,
    referenceName: "JSON.parse",
  };
  return rateResult(compared, "k events/s", events / 1000, { ours, reference });
}

async function matches(files: readonly string[], rules: readonly string[]): Promise<string> {
  const found = new Set<string>();
  await scan(files, { rules, workers: 1, match: ({ rule, line }) => found.add(`${rule}:${line}`), warn: () => {} });
  return [...found].sort().join("\n");
}

async function parseAll(file: string, events: number): Promise<void> {
  let count = 0;
  forEachLine(await linesOf(file), (line) => {
    if ((JSON.parse(line) as { Channel?: unknown }).Channel !== null) count++;
  });
  expectSame("lines", count, events);
}

/** The project's rules over the whole recording: it takes a second, and the answer is known for all of it only. */
async function ownRules(): Promise<Scanned> {
  const expected = JSON.parse(await readFile(RECORDING_EXPECTED, "utf8")) as Record<string, number[]>;
  const lines = Object.entries(expected).flatMap(([rule, numbers]) => numbers.map((line) => `${rule}:${line}`));
  return { name: "recording, own rules", file: RECORDING, rules: [OWN_RULES], expected: lines.sort().join("\n") };
}

interface ExpectedSigma {
  readonly datasets: Readonly<Record<string, { readonly matches: readonly { rule: string; lines: number[] }[] }>>;
}

/** The whole Sigma set over one real set, where both are there. */
async function wholeSet(): Promise<Scanned | null> {
  const file = realSet(`${REAL}.ndjson.gz`);
  const answers = realSet("expected-sigma.json.gz");
  const rules = sigmaRules();
  if (file === null || answers === null || rules.length === 0) return null;
  const { datasets } = JSON.parse(gunzipSync(await readFile(answers)).toString()) as ExpectedSigma;
  const found = new Set<string>();
  for (const { rule, lines } of datasets[REAL]?.matches ?? [])
    for (const line of lines) found.add(`${rule.slice(0, rule.indexOf(":"))}:${line}`);
  return { name: `${REAL}, whole Sigma set`, file, rules, expected: [...found].sort().join("\n") };
}
