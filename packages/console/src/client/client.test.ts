/** Event streams, rates, formats and SQL texts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ago, baseName, instant, span, text, visible } from "../ui/format.js";
import { EventParser } from "./event-parser.js";
import type { Sample } from "./rates.js";
import { keepSample, rateOf, rateSeries, shareOf } from "./rates.js";
import { contains, every, identifier, literal, timestamp } from "./sql-text.js";
import { hasWords, isCondition } from "./stream-rows.js";

test("an event stream reads the same in whatever pieces it comes", () => {
  const whole = ': open\n\nevent: row\nid: 0:1\ndata: {"a":"x: y"}\n\ndata:one\r\ndata: two\r\n\r\nevent: end\n\n';
  const expected = [
    { name: "row", data: '{"a":"x: y"}' },
    { name: "message", data: "one\ntwo" },
  ];
  for (let size = 1; size <= whole.length; size++) {
    const seen: unknown[] = [];
    const parser = new EventParser((event) => seen.push(event));
    for (let at = 0; at < whole.length; at += size) parser.push(whole.slice(at, at + size));
    assert.deepEqual(seen, expected, `pieces of ${size}`);
  }
});

test("values as text", () => {
  assert.equal(text("2025-03-11T14:54:41.000Z"), "2025-03-11 14:54:41");
  assert.equal(text(["T1059", "T1486"]), "T1059, T1486");
  assert.equal(text({ a: null }), '{"a":null}');
  assert.equal(text(1741705190254), "1741705190254");
  assert.equal(instant(5), null);
  assert.equal(visible("\u202egnp.exe\u0007"), "\\u{202e}gnp.exe\\u{7}");
  assert.equal(baseName("C:\\Windows\\cmd.exe"), "cmd.exe");
  assert.equal(baseName("/usr/bin/sh"), "sh");
  assert.equal(span(4200), "4 s");
  assert.equal(ago(0, 3 * 3_600_000), "3 h ago");
});

describe("rates", () => {
  const sample = (at: number, events: number, workMs = 0, epochs = 1): Sample => ({
    at,
    plan: "p",
    events,
    alerts: 0,
    lag: 0,
    streams: {},
    epochs,
    workMs,
    commitMs: 0,
    rows: [],
    busyMs: [],
  });

  test("samples are kept a second apart, the newest always", () => {
    let kept: readonly Sample[] = [];
    for (let at = 0; at <= 10_000; at += 250) kept = keepSample(kept, sample(at, at));
    assert.equal(kept.at(-1)?.at, 10_000);
    assert.ok(kept.length >= 10 && kept.length <= 12, `${kept.length} samples`);
    assert.equal(
      rateOf(kept, ({ events }) => events),
      1000,
    );
    assert.deepEqual(
      rateSeries(kept, ({ events }) => events)[1].every((value) => value === 1000),
      true,
    );
  });

  test("a program that began anew has no past", () => {
    const kept = keepSample([sample(0, 500, 0, 9), sample(1000, 900, 0, 10)], sample(2000, 3, 0, 1));
    assert.equal(kept.length, 1);
    assert.equal(
      rateOf(kept, ({ events }) => events),
      0,
    );
  });

  test("a share of the time is at most all of it", () => {
    assert.equal(
      shareOf([sample(0, 0), sample(1000, 0, 250)], ({ workMs }) => workMs),
      0.25,
    );
    assert.equal(
      shareOf([sample(0, 0), sample(1000, 0, 4000)], ({ workMs }) => workMs),
      1,
    );
  });
});

describe("SQL texts", () => {
  test("what comes from events stays a text", () => {
    assert.equal(literal("x' or '1'='1"), "'x'' or ''1''=''1'");
    assert.equal(identifier('we"ird'), '"we""ird"');
    assert.equal(identifier("host"), "host");
    assert.equal(identifier("offset"), '"offset"');
    assert.equal(contains("title", "100%_\\'"), "title ilike '%100\\%\\_\\\\''%' escape '\\'");
    assert.equal(timestamp(Date.UTC(2025, 2, 11, 14)), "timestamp '2025-03-11 14:00:00.000'");
    assert.equal(every([null, "a", null, "b"]), "a and b");
    assert.equal(every([]), "true");
  });

  test("words are looked for in text columns; what has an operator is a condition", () => {
    assert.equal(
      hasWords("two words", ["title"]),
      "(title ilike '%two%' escape '\\') and (title ilike '%words%' escape '\\')",
    );
    assert.equal(hasWords(" ", ["title"]), "true");
    assert.ok(isCondition("Image like '%x'"));
    assert.ok(!isCondition("powershell.exe"));
  });
});
