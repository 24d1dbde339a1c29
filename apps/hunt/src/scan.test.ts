/** `hunt scan` and the live application agree with what is expected, line by line. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { App } from "millrace";
import { embed } from "millrace";
import type { ScanMatch } from "./scan.js";
import { scan } from "./scan.js";
import { sharedData } from "./sigma/compare.js";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const RECORDING = join(HERE, "recordings", "mill-campaign.ndjson.gz");
const RULES = join(HERE, "rules");
const ABSENT = "the shared data (../shared/data beside the repository) is not there";
/** Its log source is all of Windows; the expected file has no matches for it. See README.md. */
const NOT_JUDGED = "06d71506-7beb-4f22-8888-e2e5e2ca7fd8";

interface Ended {
  readonly code: number | null;
  readonly matches: readonly ScanMatch[];
  readonly err: string;
}

function huntScan(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(HERE, "bin", "hunt.js"), "scan", ...args]);
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => (out += part));
  child.stderr.on("data", (part) => (err += part));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const lines = out.split("\n").filter((line) => line !== "");
      resolve({ code, err, matches: lines.map((line) => JSON.parse(line) as ScanMatch) });
    });
  });
}

/** Rule -> lines, ascending, once for each match. */
function linesByRule(matches: readonly Pick<ScanMatch, "rule" | "line">[]): Record<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { rule, line } of matches) found.set(rule, [...(found.get(rule) ?? []), line]);
  return Object.fromEntries([...found].sort().map(([rule, lines]) => [rule, lines.sort((a, b) => a - b)]));
}

const LABELLED = `title: Trail
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: StopLogging}, condition: s}
`;

test("what can't match is said: rules that wait for labels, by log source, and a folder without rules", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hunt-silent-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const none = await huntScan(RECORDING, "--rules", folder);
  assert.equal(none.code, 2);
  assert.match(none.err, /there is no rule in .*\n.*\.yml/);
  writeFileSync(join(folder, "trail.yml"), LABELLED);
  writeFileSync(join(folder, "more.yml"), LABELLED.replace("Trail", "Another").replace("StopLogging", "DeleteTrail"));
  writeFileSync(join(folder, "any.yml"), LABELLED.replace("product: aws, service: cloudtrail", "product: windows"));
  const { code, err } = await huntScan(RECORDING, "--rules", folder);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^2 rules of 3 rules match only events that their sender labels .*\n {2}product aws, service cloudtrail: 2 rules\n/,
  );
});

test("every command says what it takes", async () => {
  for (const [command, expected] of [
    ["scan", /--rules DIR[\s\S]*--format F/],
    ["demo", /--silences DIR[\s\S]*--deliver T/],
    ["watch", /--silences DIR/],
    ["test", /\.events\.ndjson/],
    ["collect", /--to/],
  ] as const) {
    const { status, stdout } = spawnSync(process.execPath, [join(HERE, "bin", "hunt.js"), command, "--help"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, command);
    assert.match(stdout, expected);
  }
});

describe("hunt scan", () => {
  const folder = mkdtempSync(join(tmpdir(), "hunt-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const expected = JSON.parse(readFileSync(join(HERE, "recordings", "expected-alerts.json"), "utf8"));

  test("on the recording with the project's rules", async () => {
    const { code, matches, err } = await huntScan(RECORDING, "--rules", RULES);
    assert.equal(code, 0, err);
    assert.deepEqual(linesByRule(matches), expected);
    assert.deepEqual(Object.keys(matches[0] ?? {}), ["file", "line", "rule", "title", "level"]);
    assert.ok(matches.every(({ file }) => file === RECORDING));
  });

  test("two workers share the files, and the matches keep their order", async () => {
    const copies = ["a", "b", "c"].map((name) => join(folder, `${name}.ndjson.gz`));
    for (const copy of copies) copyFileSync(RECORDING, copy);
    const { code, matches, err } = await huntScan(...copies, "--rules", RULES, "--workers", "2");
    assert.equal(code, 0, err);
    assert.deepEqual([...new Set(matches.map(({ file }) => file))], copies);
    for (const copy of copies)
      assert.deepEqual(linesByRule(matches.filter(({ file }) => file === copy)), expected, copy);
  });

  test("one broken rule is named with file and line, the others go on; so does a file that is missing", async () => {
    writeFileSync(
      join(folder, "broken.yml"),
      "title: Broken\nid: 1\ndetection:\n  selection: {a: [\n  condition: selection\n",
    );
    writeFileSync(
      join(folder, "wrong.yml"),
      "title: Wrong\nid: 0f9a5a2e-7c0b-4a38-9d09-3f1c2f6f0001\nlevel: low\nlogsource:\n  product: windows\ndetection:\n  selection:\n    A: 1\n  condition: selektion\n",
    );
    const none = join(folder, "none.ndjson");
    const { code, matches, err } = await huntScan(RECORDING, none, "--rules", RULES, "--rules", folder);
    assert.match(err, /broken\.yml:\d+: \S+/);
    assert.match(err, /wrong\.yml:\d+: .*selektion/);
    assert.match(err, /none\.ndjson/);
    assert.deepEqual(linesByRule(matches), expected);
    assert.equal(code, 1, "a file could not be read");
  });

  test("lines that are no events are counted, and lines keep their numbers", async () => {
    const lines = gunzipSync(readFileSync(RECORDING)).toString().trimEnd().split("\n");
    const [rule, [line]] = Object.entries<number[]>(expected)[0] as [string, [number]];
    const hit = lines[line - 1] as string;
    const file = join(folder, "mixed.ndjson");
    writeFileSync(file, `not JSON\n\n${hit}\n[]\n${hit}`);
    const { code, matches, err } = await huntScan(file, "--rules", RULES);
    assert.equal(code, 0);
    assert.match(err, /in 2 events, 2 lines refused/);
    assert.deepEqual(linesByRule(matches)[rule], [3, 5]);
  });

  test("slips exit with 2", async () => {
    for (const args of [
      [RECORDING, "--format", "xml"],
      [RECORDING, "--ruels", "x"],
    ]) {
      const { code, err } = await huntScan(...args);
      assert.equal(code, 2, err);
      assert.doesNotMatch(err, /\n {4}at /);
    }
  });

  const DATASETS = [
    "cmd_bitsadmin_download_psh_script",
    "cmd_psexec_lsa_secrets_dump",
    "covenant_installutil",
    "cmd_sharpview_pcre_net",
  ];
  test("four recordings with all shared rules match as expected", async (context) => {
    const path = sharedData("hunt", "public", "expected-sigma.json.gz");
    if (path === null) return context.skip(ABSENT);
    const known = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Expected;
    const rules = ["rules", "rules-threat-hunting", "rules-emerging-threats"].map(
      (name) => sharedData("sigma", name) as string,
    );
    const files = DATASETS.map(
      (name) => sharedData("hunt", "public", basename(known.datasets[name]?.file ?? "")) as string,
    );
    const judged = new Set(Object.values(known.rules).map(({ id }) => id));
    const matches: ScanMatch[] = [];
    await scan(files, { rules, workers: 1, match: (match) => matches.push({ ...match }), warn: () => {} });
    for (const [k, name] of DATASETS.entries()) {
      const ours = matches.filter(({ file, rule }) => file === files[k] && rule !== NOT_JUDGED && judged.has(rule));
      const unions = new Map<string, Set<number>>();
      for (const { rule, lines } of known.datasets[name]?.matches ?? []) {
        const id = known.rules[rule]?.id as string;
        if (id !== NOT_JUDGED) unions.set(id, new Set([...(unions.get(id) ?? []), ...lines]));
      }
      const wanted = [...unions].flatMap(([rule, lines]) => [...lines].map((line) => ({ rule, line })));
      assert.deepEqual(linesByRule(ours), linesByRule(wanted), name);
      assert.ok(wanted.length > 0);
    }
    context.diagnostic(`${matches.length} matches`);
  });
});

interface Expected {
  readonly rules: Readonly<Record<string, { readonly id: string }>>;
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

describe("the application", () => {
  const folder = mkdtempSync(join(tmpdir(), "hunt-live-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("fed live in small pieces it has the alerts and views that history gives", async () => {
    const { default: app } = (await import("./app.js")) as { default: App };
    const lines = gunzipSync(readFileSync(RECORDING)).toString().trimEnd().split("\n");
    const alertsOf = async (pieces: number, workers: number): Promise<readonly unknown[]> => {
      const hunt = await embed(app, { workers, epochRows: pieces === 1 ? 65_536 : 97 });
      if (pieces > 1) hunt.runtime.live();
      const size = Math.ceil(lines.length / pieces);
      for (let piece = 0; piece < pieces; piece++) {
        const file = join(folder, `${pieces}-${piece}.ndjson`);
        writeFileSync(file, `${lines.slice(piece * size, (piece + 1) * size).join("\n")}\n`);
        await hunt.ingest("windows", file);
      }
      await hunt.settle();
      // File and line are those of the piece; the place in the stream tells which event it was.
      const alerts: unknown[] = [];
      for await (const { file: _file, line: _line, ...alert } of hunt.rows("alerts")) alerts.push(alert);
      const views = ["alerts_by_rule", "alerts_by_host", "events_by_host"].map((name) => hunt.view(name));
      await hunt.close();
      return [new Set(alerts.map((alert) => JSON.stringify(alert))), views];
    };
    const history = await alertsOf(1, 1);
    assert.ok((history[0] as Set<string>).size > 200);
    assert.deepEqual(await alertsOf(60, 2), history);
  });
});
