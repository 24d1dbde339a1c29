import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Campaign, CampaignLine } from "./generate.js";
import { buildCampaign, generateCampaign, RECORDED } from "./generate.js";
import { STAGES } from "./journal.js";
import { Random } from "./random.js";

const RECORDINGS = new URL("../../recordings/", import.meta.url);
const RULES = new URL("../../rules/", import.meta.url);

interface RecordedEvent {
  readonly "@timestamp": string;
  readonly Channel: string;
  readonly EventID: number;
  readonly Hostname: string;
  readonly RecordNumber: number;
  readonly [field: string]: unknown;
}

function digest(lines: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

function expectedAlerts(): Map<string, number[]> {
  const text = readFileSync(new URL("expected-alerts.json", RECORDINGS), "utf8");
  return new Map(Object.entries(JSON.parse(text) as Record<string, number[]>));
}

describe("campaign", () => {
  let campaign: Campaign;
  let lines: CampaignLine[];
  let events: RecordedEvent[];

  before(() => {
    campaign = buildCampaign(RECORDED);
    lines = [...campaign.lines];
    events = lines.map(({ text }) => JSON.parse(text) as RecordedEvent);
  });

  test("the same seed gives the same bytes, another seed does not", () => {
    const small = { seed: 7, scale: 0.1 };
    assert.equal(digest(generateCampaign(small)), digest(generateCampaign(small)));
    assert.notEqual(digest(generateCampaign(small)), digest(generateCampaign({ ...small, seed: 8 })));
    assert.throws(() => buildCampaign({ seed: 7, scale: 0 }), RangeError);
  });

  test("the committed recording is what the generator makes", () => {
    const raw = gunzipSync(readFileSync(new URL("mill-campaign.ndjson.gz", RECORDINGS)));
    assert.equal(createHash("sha256").update(raw).digest("hex"), digest(lines.map((l) => l.text)));
    assert.ok(lines.length >= 20_000 && lines.length <= 40_000, `${lines.length} events`);
  });

  test("every line is one event in the flat shape of the collector", () => {
    for (const [i, event] of events.entries()) {
      const at = `line ${i + 1}`;
      assert.match(event["@timestamp"], /^2025-03-11T1[3-5]:\d\d:\d\d\.\d{3}Z$/, at);
      assert.match(event.Hostname, /^(WS|SRV)-[A-Z]+\d\d\.mill\.example$/, at);
      assert.equal(typeof event.EventID, "number", at);
      assert.equal(lines[i]?.text.includes("\n"), false, at);
    }
  });

  test("the awkward parts of real collectors are there", () => {
    const text = lines.map((l) => l.text);
    assert.ok(text.some((l) => l.includes('"Keywords":-9223372036854775808,')));
    assert.ok(text.some((l) => l.includes('"Keywords":"-9214364837600034816"')));
    assert.ok(text.some((l) => l.includes('"Channel":"security"')));
    assert.ok(events.some((e) => e.ProcessID !== undefined && e.ProcessId !== undefined));
    assert.ok(new Set(text).size < text.length, "no line arrives twice");
    const times = events.map((e) => Date.parse(e["@timestamp"]));
    assert.ok(
      times.some((t, i) => t < (times[i - 1] ?? 0)),
      "nothing out of order",
    );
  });

  test("without the repeated lines, receipt steps back by at most a quarter of a second", () => {
    const seen = new Set<string>();
    let latest = 0;
    for (const [i, { text }] of lines.entries()) {
      const time = Date.parse(events[i]?.["@timestamp"] ?? "");
      if (!seen.has(text)) assert.ok(latest - time <= 250, `line ${i + 1}`);
      seen.add(text);
      latest = Math.max(latest, time);
    }
  });

  test("every stage of the intrusion is present, and begins after the one before", () => {
    const first = STAGES.map((stage) => lines.findIndex((l) => l.stage === stage));
    assert.ok(first.every((line) => line >= 0));
    const ordered = first.slice(0, STAGES.indexOf("impact") + 1);
    assert.deepEqual(
      ordered,
      ordered.toSorted((a, b) => a - b),
    );
    const share = lines.filter((l) => l.stage !== undefined).length / lines.length;
    assert.ok(share < 0.05, `${share} of the lines belong to the intrusion`);
  });

  test("processes are created before anything refers to them", () => {
    const known = new Map<string, string>();
    const check = (guid: unknown, pid: unknown, at: string) => {
      if (typeof guid !== "string" || campaign.bootGuids.has(guid)) return;
      assert.equal(known.get(guid), pid, `${at}: ${guid}`);
    };
    for (const [i, e] of events.entries()) {
      const at = `line ${i + 1}`;
      if (!e.Channel.includes("Sysmon")) continue;
      if (e.EventID === 1) {
        check(e.ParentProcessGuid, e.ParentProcessId, at);
        known.set(String(e.ProcessGuid), String(e.ProcessId));
      } else {
        check(e.ProcessGuid, e.ProcessId, at);
        check(e.SourceProcessGUID, e.SourceProcessId, at);
        check(e.TargetProcessGUID, e.TargetProcessId, at);
      }
    }
    assert.ok(known.size > 500);
  });

  test("record numbers run without gaps within a host and channel", () => {
    const last = new Map<string, number>();
    for (const e of events) {
      const key = `${e.Hostname} ${e.Channel}`;
      const previous = last.get(key);
      if (previous !== undefined && e.RecordNumber > previous) assert.equal(e.RecordNumber, previous + 1, key);
      last.set(key, Math.max(previous ?? 0, e.RecordNumber));
    }
  });

  test("rules are expected to fire on the intrusion and hardly anywhere else", () => {
    const alerts = expectedAlerts();
    const ids = readdirSync(RULES, { encoding: "utf8", recursive: true })
      .filter((name) => name.endsWith(".yml"))
      .map((name) => /^id: (\S+)$/m.exec(readFileSync(new URL(name, RULES), "utf8"))?.[1]);
    const unknown = [...alerts.keys()].filter((id) => !ids.includes(id));
    assert.deepEqual(unknown, [], "a rule that is gone");
    const benign = [...alerts.values()].flat().filter((line) => lines[line - 1]?.stage === undefined);
    const commands = benign.map((line) => events[line - 1]?.CommandLine);
    assert.deepEqual(commands, ["nltest /dclist:mill.example", "nltest /dclist:mill.example"]);
    for (const [id, found] of alerts) assert.ok(found.length > 0, id);
  });
});

test("parts of the generator are independent", () => {
  const a = new Random(1);
  const before = a.fork("x").next();
  a.next();
  assert.equal(a.fork("x").next(), before);
  assert.notEqual(a.fork("y").next(), before);
});
