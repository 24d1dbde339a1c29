/** `hunt test` on rules that pass, fail, and are broken in every way. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const HUNT = fileURLToPath(new URL("../../bin/hunt.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "hunt-rule-tests-"));
after(() => rmSync(root, { recursive: true, force: true }));

const DETECTION = `detection:
    selection:
        Image|endswith:
            - '\\reg.exe'
            - '\\regedit.exe'
        CommandLine|contains|all:
            - ' save '
            - 'SAM'
    filter:
        User: 'backup'
    condition: selection and not filter
`;

function rule(title: string, id: string, detection = DETECTION): string {
  return `title: ${title}\nid: ${id}\nlevel: low\nlogsource:\n    category: process_creation\n    product: windows\n${detection}`;
}

const SYSMON = { Channel: "Microsoft-Windows-Sysmon/Operational", EventID: 1 };
const HIT = { ...SYSMON, Image: "C:\\Windows\\System32\\reg.exe", CommandLine: "reg save HKLM\\SAM s", User: "ada" };

let folders = 0;

/** Runs `hunt test` over a folder with these files. */
function huntTest(files: Readonly<Record<string, string>>): { code: number | null; lines: string[]; err: string } {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [HUNT, "test", "."], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, lines: stdout.trimEnd().split("\n"), err: stderr };
}

function events(...cases: readonly object[]): string {
  return cases.map((one) => `${JSON.stringify(one)}\n`).join("");
}

const ID = "0f9a5a2e-7c0b-4a38-9d09-3f1c2f6f0001";
const OTHER = "0f9a5a2e-7c0b-4a38-9d09-3f1c2f6f0002";

describe("hunt test", () => {
  test("a rule that passes, below a folder", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": events(
        { match: true, event: HIT },
        { match: false, note: "no", event: { ...HIT, User: "BACKUP" } },
      ),
    });
    assert.deepEqual(lines, ["1 rule on 2 events (1 that must match, 1 that must not), 1 pass, 0 fail"]);
    assert.equal(code, 0);
  });

  test("an event that should match and does not: which part of the condition, which line, and what the event has", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": events(
        { match: true, event: HIT },
        { match: true, note: "renamed", event: { ...HIT, Image: "C:\\x.exe", CommandLine: "x query" } },
        { match: true, event: { ...HIT, User: "backup" } },
      ),
    });
    assert.deepEqual(lines.slice(0, -1), [
      "FAIL Hive saved (a.yml)",
      "  a.events.ndjson:2 should match and does not: renamed",
      "      as an event of sysmon:",
      "      condition: selection and not filter",
      "        selection does not hold",
      "          line 10: Image|endswith: '\\reg.exe', '\\regedit.exe', the event has 'C:\\x.exe'",
      "          line 13: CommandLine|contains|all: ' save ', 'SAM', the event has 'x query'",
      "  a.events.ndjson:3 should match and does not",
      "      as an event of sysmon:",
      "      condition: selection and not filter",
      "        filter holds",
      "          line 16: User: 'backup', the event has 'backup'",
    ]);
    assert.match(lines.at(-1) ?? "", /0 pass, 1 fail/);
    assert.equal(code, 1);
  });

  test("an event that should not match and does; only the values that decided it are told", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": events({ match: true, event: HIT }, { match: false, event: HIT }),
    });
    assert.deepEqual(lines.slice(1, 9), [
      "  a.events.ndjson:2 should not match and does",
      "      as an event of sysmon:",
      "      condition: selection and not filter",
      "        selection holds",
      "          line 10: Image|endswith: '\\reg.exe', the event has 'C:\\Windows\\System32\\reg.exe'",
      "          line 13: CommandLine|contains|all: ' save ', 'SAM', the event has 'reg save HKLM\\SAM s'",
      "        filter does not hold",
      "          line 16: User: 'backup', the event has 'ada'",
    ]);
    assert.equal(code, 1);
  });

  test("an event of another log source is told apart from one that fails; as a near miss it is doubted", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": events({ match: true, event: { ...HIT, EventID: 5 } }, { match: false, event: { a: 1 } }),
    });
    assert.match(lines[0] ?? "", /^a\.events\.ndjson:2: doubtful/);
    assert.deepEqual(lines.slice(2, 7), [
      "  a.events.ndjson:1 should match and does not",
      "      the event is not of the rule's log source (product: windows, category: process_creation)",
      "        sysmon asks for EventID 1 where it has 5",
      "        audit asks for Channel 'Security' where it has 'Microsoft-Windows-Sysmon/Operational' and EventID 4688 where it has 5",
      "1 rule on 2 events (1 that must match, 1 that must not), 0 pass, 1 fail",
    ]);
    assert.equal(code, 1);
  });

  test("a filter over the rule is named", () => {
    const filter = `title: Not ours\nlogsource:\n  product: windows\nfilter:\n  rules: [${ID}]\n  selection:\n    User: ada\n  condition: selection\n`;
    const { lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": events({ match: true, event: HIT }),
      "filter.yml": filter,
    });
    assert.equal(lines[2], '      the rule holds; the filter "Not ours" (filter.yml) is over it');
  });

  test("a rule without events fails, and so does one whose events all must not match", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "b.yml": rule("Hive saved again", OTHER),
      "b.events.ndjson": events({ match: false, event: { ...HIT, User: "backup" } }),
    });
    assert.deepEqual(lines.slice(0, 6), [
      "FAIL Hive saved (a.yml)",
      "  it has no events",
      "      put some into a.events.ndjson",
      "FAIL Hive saved again (b.yml)",
      "  it has no event that must match",
      "      put some into b.events.ndjson",
    ]);
    assert.equal(code, 1);
  });

  test("two rules in a file: an event is for both, or for the one it names", () => {
    const second = rule("Any reg", OTHER, "detection:\n    s:\n        Image|endswith: 'reg.exe'\n    condition: s\n");
    const { code, lines } = huntTest({
      "a.yml": `${rule("Hive saved", ID)}---\n${second}`,
      "a.events.ndjson": events(
        { match: true, event: HIT },
        { match: false, rule: ID, event: { ...HIT, CommandLine: "reg query" } },
        { match: true, rule: "Any reg", event: { ...HIT, CommandLine: "reg query" } },
      ),
    });
    assert.equal(lines.at(-1), "2 rules on 4 events (3 that must match, 1 that must not), 2 pass, 0 fail");
    assert.equal(code, 0);
  });

  test("what can't be used is named with file and line, and the rest goes on", () => {
    const { code, lines } = huntTest({
      "a.yml": rule("Hive saved", ID),
      "a.events.ndjson": [
        '{"match":true,"event":{"Channel":"x"',
        '{"match":"yes","event":{}}',
        '{"match":true}',
        '{"match":true,"because":"x","event":{}}',
        '{"event":{},"match":true}',
        '{"match":true,"rule":"another","event":{}}',
        JSON.stringify({ match: true, event: HIT }),
      ].join("\n"),
      "broken.yml": "title: [",
      "gone.events.ndjson": "",
    });
    const told = lines.filter((line) => /^[a-z.]+:\d+: /.test(line)).map((line) => line.replace(/: .*/, ""));
    assert.deepEqual(
      told.sort(),
      ["broken.yml:1", "gone.events.ndjson:1", ...[1, 2, 3, 4, 5, 6].map((line) => `a.events.ndjson:${line}`)].sort(),
    );
    assert.match(lines.at(-1) ?? "", /1 pass, 0 fail, 8 problems/);
    assert.equal(code, 1);
  });

  test("an event reaches the rule as it is written: digits beyond 2^53, and quotes in the note", () => {
    const detection = "detection:\n    s:\n        Keywords: 9223372036854775807\n    condition: s\n";
    const raw =
      '{"match":true,"note":"its \\"event\\":{} key","event":{"Channel":"Security","EventID":4688,"Keywords":9223372036854775807}}';
    const near = raw.replace("true", "false").replace("775807}", "775806}");
    const { lines, code } = huntTest({ "a.yml": rule("Exact", ID, detection), "a.events.ndjson": `${raw}\n${near}\n` });
    assert.equal(code, 0, lines.join("\n"));
  });

  test("no rules, a path that is not there", () => {
    const { code, err } = huntTest({ "readme.txt": "" });
    assert.equal(code, 1);
    assert.match(err, /no rule/);
    const gone = spawnSync(process.execPath, [HUNT, "test", join(root, "nowhere")], { encoding: "utf8" });
    assert.equal(gone.status, 2);
    assert.match(gone.stderr, /nowhere/);
  });
});
