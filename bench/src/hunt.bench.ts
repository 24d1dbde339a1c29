/**
 * Sigma rules over recorded events, one thread:
 *
 *   scan      from the bytes of a file to matches, beside `JSON.parse` of each line, the least that a matcher in
 *             JavaScript would do. Both read the same unpacked bytes; ours from a file.
 *   all       the scan with all rules beside the same with the first hundred
 *   history   the same rules over events that are in the log already, beside the aim of 500,000 a second
 *   rsigma    a native engine over the same files, where `MILLRACE_RSIGMA` names its program (cargo install rsigma)
 */
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { scanRules } from "hunt/dist/scan-rules.js";
import type { App } from "millrace";
import { embed, FileScanner } from "millrace";
import { forEachLine, linesOf, OWN_RULES } from "./events.js";
import { quantile, secondsOf, withFolder } from "./measure.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, rateResult } from "./result.js";
import type { Scanned } from "./sigma-sets.js";
import { matchesText, ownRules, wholeSets } from "./sigma-sets.js";

const REAL = [
  "purplesharp_ad_playbook_I",
  "empire_dcom_shellwindows_stager",
  "cmd_wevtutil_modify_security_eventlog_path",
];
const FEW = 100;
const AIM = 500_000;

type Rules = ReturnType<typeof scanRules>["rules"];

export const hunt: Bench = {
  name: "hunt",
  about: "Sigma rules over recorded events, one thread, beside JSON.parse of each line",
  async run(size) {
    const results: Result[] = [];
    for (const scanned of [await ownRules(), ...(size === "tiny" ? [] : await wholeSets(REAL))])
      results.push(...(await withFolder((folder) => casesOf(scanned, folder, size))));
    return results;
  },
};

async function casesOf(scanned: Scanned, folder: string, size: Size): Promise<Result[]> {
  const bytes = await linesOf(scanned.file);
  const file = join(folder, "events.ndjson");
  await writeFile(file, bytes);
  let events = 0;
  forEachLine(bytes, () => events++);
  let rules: Rules = [];
  const ready = await secondsOf(() => {
    rules = scanRules(scanned.rules).rules;
  });
  const few = rules.slice(0, size === "tiny" ? 5 : FEW);
  const seconds = { all: [] as number[], few: [] as number[], parse: [] as number[], history: [] as number[] };
  for (let round = 0; round < (size === "tiny" ? 1 : 3); round++) {
    seconds.parse.push(await secondsOf(() => parseAll(bytes, events)));
    seconds.all.push(await scanSeconds(file, rules, scanned));
    seconds.few.push(await scanSeconds(file, few, null));
    seconds.history.push(await historySeconds(file, scanned, events));
  }
  const [all, hundred, parse, history] = [seconds.all, seconds.few, seconds.parse, seconds.history].map((list) =>
    quantile(list, 0.5),
  ) as [number, number, number, number];
  const rate = (name: string, referenceName: string, ours: number, reference: number): Result =>
    rateResult({ bench: "hunt", case: name, referenceName }, "k events/s", events / 1000, { ours, reference });
  return [
    rate(`${scanned.name} (rules read in ${ready.toFixed(1)} s)`, "JSON.parse", all, parse),
    rate(`${scanned.name}, beside ${few.length} of them`, `${few.length} rules`, all, hundred),
    rate(`${scanned.name}, from the log`, "aim", history, events / AIM),
    ...(await nativeCase(scanned, file, events, all)),
  ];
}

async function scanSeconds(file: string, rules: Rules, expected: Scanned | null): Promise<number> {
  const scanner = new FileScanner(rules);
  const found: { rule: string; line: number }[] = [];
  const seconds = await secondsOf(async () => {
    for await (const { matches } of scanner.scan(file))
      for (const { rule, line } of matches) found.push({ rule: rules[rule]?.id ?? "", line });
  });
  if (expected !== null) expectSame(`${expected.name}: matches`, matchesText(found), expected.expected);
  return seconds;
}

/** The events are taken in first; then the program, which has compiled its rules over one event, runs over all of them. */
async function historySeconds(file: string, scanned: Scanned, events: number): Promise<number> {
  const url = new URL("./history-app.js", import.meta.url);
  for (const folder of scanned.rules) url.searchParams.append("rules", folder);
  const { default: program } = (await import(url.href)) as { default: App };
  const history = await embed(program);
  try {
    const first = `${file}.first.ndjson`;
    await writeFile(first, (await readFile(file, "utf8")).split("\n", 1)[0] as string);
    await history.ingest("events", first, { complete: true });
    await history.settle();
    const { rows } = await history.ingest("events", file, { complete: true });
    expectSame("events in the log", rows, events);
    const seconds = await secondsOf(() => history.settle());
    const found: { rule: string; line: number }[] = [];
    for await (const row of history.rows("matches")) found.push(row as unknown as { rule: string; line: number });
    expectSame(`${scanned.name}: matches from the log`, matchesText(found), scanned.expected);
    return seconds;
  } finally {
    await history.close();
  }
}

function parseAll(bytes: Buffer, events: number): void {
  let count = 0;
  forEachLine(bytes, (line) => {
    if ((JSON.parse(line) as { Channel?: unknown }).Channel !== null) count++;
  });
  expectSame("lines", count, events);
}

/**
 * A native engine over the same file, with its own routing by log source, which leaves out rules of other products.
 * Its start, over no events, is taken off, as ours is not counted either. Its matches are not compared: it knows log
 * sources by product only, so that rules fire on kinds of events that they are not about.
 */
async function nativeCase(scanned: Scanned, file: string, events: number, ours: number): Promise<Result[]> {
  const program = process.env.MILLRACE_RSIGMA;
  // It has no look-ahead, which one of our own rules uses.
  if (program === undefined || scanned.rules.includes(OWN_RULES)) return [];
  const [none, rules] = [`${file}.none`, `${file}.rules`];
  await writeFile(none, "");
  for (const [k, folder] of scanned.rules.entries()) await cp(folder, join(rules, String(k)), { recursive: true });
  const routing = ["--logsource-routing", "--event-logsource", "product=windows"];
  const seconds = (input: string): Promise<number> =>
    secondsOf(async () => {
      const args = ["engine", "eval", "-q", "-r", rules, "-e", `@${input}`, "--input-format", "json", ...routing];
      await promisify(execFile)(program, args, { maxBuffer: 1 << 30 });
    });
  const times: number[] = [];
  for (let round = 0; round < 3; round++) times.push((await seconds(file)) - (await seconds(none)));
  const reference = Math.max(quantile(times, 0.5), 0.001);
  const compared = { bench: "hunt", case: `${scanned.name}, beside a native engine`, referenceName: "rsigma" };
  return [rateResult(compared, "k events/s", events / 1000, { ours, reference })];
}
