/** Alerts' filters, techniques in the matrix, and events in one line. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { conditionBesideLevels, conditionOf, filterFrom, isWhole } from "./alert-filter.js";
import { alertFrom, foldRuns, gravest, shortHost } from "./alerts.js";
import { tacticsOf, techniqueName } from "./attack.js";
import { attribute, eventColumnsOf } from "./event-columns.js";
import { eventName } from "./event-names.js";
import { placeFrom } from "./events.js";
import type { Seen } from "./matrix.js";
import { matrixOf } from "./matrix.js";
import { attributesOf, eventTimeOf, readEvent, securityAttributes } from "./security-event.js";
import { waysFrom } from "./ways.js";

describe("filters", () => {
  test("words of the address become a condition, and stay texts", () => {
    const filter = filterFrom(
      new URLSearchParams("level=high critical&host=a'b&q=power shell&from=0&to=x&technique=T1059"),
    );
    assert.deepEqual(filter.levels, ["high", "critical"]);
    assert.equal(filter.to, null, "what is no number is no time");
    const condition = conditionOf(filter);
    assert.match(condition, /^level in \('high', 'critical'\) and /);
    assert.match(condition, /host = 'a''b'/);
    assert.match(condition, /title ilike '%power%' escape '\\'/);
    assert.match(condition, /"at" >= timestamp '1970-01-01 00:00:00.000'/);
    assert.match(condition, /starts_with\(x, 'T1059\.'\)/);
    assert.doesNotMatch(conditionBesideLevels(filter), /level in/);
  });

  test("without words it is the whole list", () => {
    assert.ok(isWhole(filterFrom(new URLSearchParams("by=rule"))));
    assert.ok(!isWhole(filterFrom(new URLSearchParams("from=0"))));
    assert.equal(conditionOf(filterFrom(new URLSearchParams(""))), "true");
  });
});

describe("alerts", () => {
  const place = { stream: "alerts", partition: 0, offset: 0 };
  const alert = (rule: string, host: string) =>
    alertFrom(place, { rule, host, level: "low", at: "2025-03-11T14:00:00Z" });

  test("a row of another shape is still an alert", () => {
    const odd = alertFrom(place, { title: 5, techniques: "T1", stream: null });
    assert.deepEqual([odd.title, odd.techniques, odd.event, odd.level], ["alert", [], null, "informational"]);
  });

  test("neighbours of one rule and host fold, others do not", () => {
    const runs = foldRuns([alert("a", "x"), alert("a", "x"), alert("a", "y"), alert("a", "x")]);
    assert.deepEqual(
      runs.map(({ alerts }) => alerts),
      [2, 1, 1],
    );
  });

  test("hosts without their domain, addresses whole", () => {
    assert.equal(shortHost("WS-01.mill.example"), "WS-01");
    assert.equal(shortHost("10.20.1.5"), "10.20.1.5");
    assert.equal(gravest(["low", "high", "odd"]), "high");
  });
});

describe("the matrix", () => {
  const seen = (techniques: string[], tactics: string[], alerts = 1, level = "high"): Seen => ({
    techniques,
    tactics,
    level,
    alerts,
    hosts: ["h"],
    rules: ["r"],
    first: 0,
    last: 1,
  });

  test("a technique stands under the tactics of the alert that are its own", () => {
    assert.deepEqual(tacticsOf("T1053.005", ["persistence", "impact"], []), ["persistence"]);
    assert.deepEqual(tacticsOf("T1036", ["stealth"], []), ["stealth"], "newer versions divide defense evasion");
    assert.deepEqual(
      tacticsOf("T9999", ["impact", "discovery"], ["T9999", "T1018"]),
      ["impact"],
      "discovery is T1018's",
    );
    assert.deepEqual(tacticsOf("T1018", [], []), ["discovery"]);
    assert.deepEqual(tacticsOf("T9999", [], []), ["unknown"]);
    assert.equal(techniqueName("T1059.001"), "PowerShell");
    assert.equal(techniqueName("T9999"), null);
  });

  test("sub-techniques are counted under their technique, each alert once", () => {
    const columns = matrixOf([
      seen(["T1059.001", "T1059"], ["execution"], 3),
      seen(["T1059.003"], ["execution"], 2, "critical"),
      seen(["T1486"], ["impact"], 7),
    ]);
    assert.deepEqual(
      columns.map(({ tactic, alerts }) => [tactic, alerts]),
      [
        ["execution", 5],
        ["impact", 7],
      ],
    );
    const [cell] = columns[0]?.cells ?? [];
    assert.deepEqual([cell?.technique, cell?.alerts, cell?.level], ["T1059", 5, "critical"]);
    assert.deepEqual(
      cell?.subs.map(({ technique, alerts }) => [technique, alerts]),
      [
        ["T1059.001", 3],
        ["T1059.003", 2],
      ],
    );
  });
});

describe("events", () => {
  test("one event in three shapes reads the same", () => {
    const flat = {
      EventID: 1,
      Channel: "Microsoft-Windows-Sysmon/Operational",
      Hostname: "h",
      Image: "C:\\a\\b.exe",
      CommandLine: "b -x",
    };
    const shapes = [
      flat,
      {
        EventID: 1,
        Channel: flat.Channel,
        Computer: "h",
        "event_data.Image": flat.Image,
        "event_data.CommandLine": "b -x",
      },
      {
        "winlog.event_id": "1",
        "winlog.channel": flat.Channel,
        "winlog.computer_name": "h",
        "winlog.event_data.Image": flat.Image,
        "winlog.event_data.CommandLine": "b -x",
      },
    ];
    for (const shape of shapes) {
      const { id, log, name, host, process, summary } = readEvent(attributesOf(shape));
      assert.deepEqual(
        [id, log, name, host, process, summary],
        [1, "Sysmon", "process started", "h", flat.Image, "b -x"],
      );
    }
  });

  test("names of files that turn around what is beside them are written out", () => {
    const { summary } = readEvent(
      attributesOf({ EventID: 11, Channel: "Sysmon", Image: "a.exe", TargetFilename: "\u202egnp.exe" }),
    );
    assert.equal(summary, "a.exe  \\u{202e}gnp.exe");
  });

  test("an unknown number is itself, and '-' says nothing", () => {
    assert.deepEqual(eventName(77, "Security"), { name: "event 77", category: "other" });
    assert.equal(attributesOf({ User: "-", "event_data.User": "u" })("User"), "u");
    assert.equal(securityAttributes({ amount: 3 }), null);
    assert.ok(Number.isNaN(eventTimeOf({})));
    assert.equal(eventTimeOf({ UtcTime: "2025-03-11 14:00:00.5" }), Date.UTC(2025, 2, 11, 14, 0, 0, 500));
  });

  test("attributes that differ in case alone keep apart in SQL", () => {
    const column = (column_name: string) => ({ column_name, column_type: "VARCHAR" });
    const columns = eventColumnsOf(["rest", "ProcessId", "ProcessID_2", "event_data.ProcessId"].map(column));
    assert.deepEqual(columns.of("ProcessId"), ["ProcessId", "event_data.ProcessId"]);
    assert.deepEqual(columns.of("ProcessID"), ["ProcessID_2"]);
    assert.equal(attribute(columns, "Missing"), "null");
  });

  test("places as links carry them", () => {
    assert.deepEqual(placeFrom("windows/0/17"), { stream: "windows", partition: 0, offset: 17 });
    for (const bad of [null, "", "windows", "windows/x/1", "windows/0/1/"]) assert.equal(placeFrom(bad), null);
  });

  test("the ways on are the same everywhere, without the one one is at", () => {
    const event = { stream: "windows", partition: 0, offset: 17 };
    const keys = (subject: Parameters<typeof waysFrom>[0], here?: string): string =>
      waysFrom(subject, here)
        .map((way) => way.keys)
        .join("");
    assert.equal(keys({ event, host: "h", at: 0, rule: "r" }), "eptmr");
    assert.equal(keys({ event, host: "h", at: 0 }, "Timeline"), "epm");
    assert.equal(keys({ event: null, host: null, at: 0 }), "m");
  });
});
