/** Syslog and CEF: lines as the standards and devices write them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { schemaOf, t } from "../schema/builder.js";
import { cefDecoder } from "./cef.js";
import type { DecoderOptions } from "./decoder.js";
import { syslogDecoder } from "./syslog.js";
import { read, rowOf, whyNot } from "./text-formats.test.module.js";

const now = (): number => Date.UTC(2026, 2, 10, 12);
const syslog = (options: DecoderOptions) => syslogDecoder({ now, ...options });
const cef = (options: DecoderOptions) => cefDecoder({ now, ...options });

describe("syslog, RFC 5424", () => {
  test("all of it", () => {
    const line =
      '<165>1 2026-03-01T22:14:15.003Z mill.example evntslog 8710 ID47 [origin@32473 ip="10.0.0.1" who="a \\"b\\" \\] \\\\ \\x"][meta seq="7"] \ufeffgrinding — stopped\tnow';
    assert.deepEqual(rowOf(syslog, line), {
      facility: 20,
      severity: 5,
      timestamp: "2026-03-01T22:14:15.003Z",
      host: "mill.example",
      app: "evntslog",
      procId: "8710",
      msgId: "ID47",
      "data.origin@32473.ip": "10.0.0.1",
      "data.origin@32473.who": 'a "b" ] \\ \\x',
      "data.meta.seq": "7",
      message: "grinding — stopped\tnow",
    });
  });

  test("what is not said is absent; no message, no data", () => {
    assert.deepEqual(rowOf(syslog, "<0>1 - - - - - -"), { facility: 0, severity: 0, message: "" });
    assert.deepEqual(rowOf(syslog, "<34>1 2026-03-01T22:14:15+02:00 h a - - - m"), {
      facility: 4,
      severity: 2,
      timestamp: "2026-03-01T22:14:15+02:00",
      host: "h",
      app: "a",
      message: "m",
    });
  });

  test("what is malformed says how", () => {
    assert.match(whyNot(syslog, "<192>1 - - - - - - m"), /number from 0 to 191/);
    assert.match(whyNot(syslog, "<1x>1 - - - - - - m"), /number from 0 to 191/);
    assert.match(whyNot(syslog, "<1>1 yesterday h a p m - x"), /RFC 5424: "yesterday" is not a time/);
    assert.match(whyNot(syslog, "<1>1 - h a p"), /a time, host, application/);
    for (const data of ["[", "[]", "[a b]", '[a b="c]', '[a b="c"', "[a b=c]", "x"])
      assert.match(whyNot(syslog, `<1>1 - h a p m ${data}`), /structured data is malformed/, data);
    assert.match(whyNot(syslog, '<1>1 - h a p m [a b="c"]x'), /a space is expected/);
    assert.match(whyNot(syslog, "nothing of the kind"), /neither a priority \(<34>\) nor a time/);
  });
});

describe("syslog, RFC 3164 and what is found in its place", () => {
  test("a time without a year is the latest that is not a day ahead", () => {
    const at = (time: string): unknown => rowOf(syslog, `<34>${time} mill su[12]: no`).timestamp;
    assert.equal(at("Mar  1 22:14:15"), "2026-03-01T22:14:15.000Z");
    assert.equal(at("Mar 11 11:59:59"), "2026-03-11T11:59:59.000Z");
    assert.equal(at("Mar 11 12:00:01"), "2025-03-11T12:00:01.000Z");
    assert.equal(at("Dec 31 23:59:59.25"), "2025-12-31T23:59:59.250Z");
    assert.equal(at("Feb 29 00:00:00"), "2024-02-29T00:00:00.000Z");
    assert.equal(at("Feb 03 2019 01:02:03"), "2019-02-03T01:02:03.000Z");
    const east = (options: DecoderOptions) => syslogDecoder({ ...options, now, zoneMinutes: 330 });
    assert.equal(rowOf(east, "<34>Mar  1 05:30:00 mill su: no").timestamp, "2026-03-01T00:00:00.000Z");
    assert.equal(rowOf(east, "2026-03-01T05:30:00 mill su: no").timestamp, "2026-03-01T05:30:00+05:30");
  });

  for (const [line, expected] of [
    ["<34>Mar  1 22:14:15 mill su[12]: no: [x]", { host: "mill", app: "su", procId: "12", message: "no: [x]" }],
    ["<34>Mar  1 22:14:15 mill CRON: (root) CMD", { host: "mill", app: "CRON", message: "(root) CMD" }],
    ["<34>Mar  1 22:14:15 mill no tag at all", { host: "mill", message: "no tag at all" }],
    ["<34>Mar  1 22:14:15 su: no host", { app: "su", message: "no host" }],
    ["<34>Mar  1 22:14:15 mill app[1", { host: "mill", message: "app[1" }],
    ["<34>Mar  1 22:14:15 10.0.0.1 : odd", { host: "10.0.0.1", message: ": odd" }],
    ["<34>2026-03-01T22:14:15.5+02:00 mill a/b[9]: iso", { host: "mill", app: "a/b", procId: "9", message: "iso" }],
  ] as const)
    test(line, () => {
      const { timestamp, facility, severity, ...row } = rowOf(syslog, line);
      assert.deepEqual(row, expected);
      assert.deepEqual([facility, severity], [4, 2]);
      assert.ok(timestamp);
    });

  test("without a priority, as in files; with one and nothing else, as the standard wants it read", () => {
    assert.deepEqual(rowOf(syslog, "2026-03-01T22:14:15Z mill kernel: [ 1.5] up"), {
      timestamp: "2026-03-01T22:14:15Z",
      host: "mill",
      app: "kernel",
      message: "[ 1.5] up",
    });
    assert.deepEqual(rowOf(syslog, "<13>just so"), { facility: 1, severity: 5, message: "just so" });
    assert.deepEqual(rowOf(syslog, "<189>*Mar  1 18:46:11: %SYS-5-CONFIG_I: by console"), {
      facility: 23,
      severity: 5,
      timestamp: "2026-03-01T18:46:11.000Z",
      app: "%SYS-5-CONFIG_I",
      message: "by console",
    });
  });

  test("declared columns take what they are called", () => {
    const schema = schemaOf({
      at: t.timestamp().from("timestamp"),
      severity: t.int32(),
      pid: t.int().optional().from("procId"),
      line: t.int().from("$line"),
      message: t.string(),
    });
    const { rows, dead } = read(
      syslog,
      "<34>Mar  1 22:14:15 mill su[12]: a\r\n\n<34>Mar  1 22:14:15 mill su[x]: b\n<13>c\n",
      { schema },
    );
    assert.deepEqual(rows, [{ at: Date.UTC(2026, 2, 1, 22, 14, 15), severity: 2, pid: 12, line: 1, message: "a" }]);
    assert.deepEqual(
      dead.map(({ line, bytes }) => [line, Buffer.from(bytes).toString()]),
      [
        [3, "<34>Mar  1 22:14:15 mill su[x]: b"],
        [4, "<13>c"],
      ],
    );
    assert.match(dead[0]?.reason ?? "", /column "pid" expects int, got string "x"/);
    assert.match(dead[1]?.reason ?? "", /column "at" is missing/);
  });
});

describe("CEF", () => {
  const head = { cefVersion: "0", deviceVendor: "V|e", deviceProduct: "P", deviceVersion: "1.0" };

  test("header and fields, blanks in values, escapes, labels", () => {
    const line =
      "CEF:0|V\\|e|P|1.0|100|worm = stopped|10|src=10.0.0.1 dst=2.1.2.2 msg=a b  c\\=d \\\\ e\\nf | g cs1Label=Rule Name cs1=deny all cn1=5 cn1Label=Count request=http://x/?a=b&c=d empty=  end= ";
    assert.deepEqual(rowOf(cef, line), {
      ...head,
      deviceEventClassId: "100",
      name: "worm = stopped",
      severity: "10",
      src: "10.0.0.1",
      dst: "2.1.2.2",
      msg: "a b  c=d \\ e\nf | g",
      cs1Label: "Rule Name",
      cs1: "deny all",
      cn1: "5",
      cn1Label: "Count",
      request: "http://x/?a=b&c=d",
      empty: "",
      end: "",
      "labels.Rule Name": "deny all",
      "labels.Count": "5",
    });
  });

  test("within syslog of either standard", () => {
    const tail = "CEF:0|V\\|e|P|1.0|1|n|Low|act=x";
    const event = { ...head, deviceEventClassId: "1", name: "n", severity: "Low", act: "x" };
    const syslogOf = { facility: 16, syslogSeverity: 6, host: "fw" };
    assert.deepEqual(rowOf(cef, `<134>Mar  1 08:26:10 fw ${tail}`), {
      ...syslogOf,
      timestamp: "2026-03-01T08:26:10.000Z",
      ...event,
    });
    assert.deepEqual(rowOf(cef, `<134>1 2026-03-01T08:26:10Z fw app - - - ${tail}`), {
      ...syslogOf,
      app: "app",
      timestamp: "2026-03-01T08:26:10Z",
      ...event,
    });
  });

  test("no fields, a name twice (the last one holds), numbers where numbers are declared", () => {
    assert.deepEqual(rowOf(cef, "CEF:1|a|b|c|d|e|f|"), {
      cefVersion: "1",
      deviceVendor: "a",
      deviceProduct: "b",
      deviceVersion: "c",
      deviceEventClassId: "d",
      name: "e",
      severity: "f",
    });
    assert.equal(rowOf(cef, "CEF:1|a|b|c|d|e|f|src=1 src=2").src, "2");
    const schema = schemaOf({
      spt: t.int32(),
      rt: t.timestamp(),
      ratio: t.float64().optional(),
      ok: t.bool().optional(),
    });
    const { rows, dead } = read(
      cef,
      "CEF:1|a|b|c|d|e|f|spt=443 rt=1767225600000 ratio=0.5 ok=true\nCEF:1|a|b|c|d|e|f|spt=x rt=1",
      {
        schema,
      },
    );
    assert.deepEqual(rows, [{ spt: 443, rt: 1_767_225_600_000, ratio: 0.5, ok: true }]);
    assert.match(dead[0]?.reason ?? "", /column "spt" expects int32/);
  });

  test("what is malformed says how", () => {
    assert.match(whyNot(cef, "LEEF:1|x"), /no "CEF:" is in the line/);
    assert.match(whyNot(cef, "CEF:0|a|b|c\\|d|e|f|g"), /7 fields with a \| behind each/);
    assert.match(whyNot(cef, "hello CEF:0|a|b|c|d|e|f|"), /before "CEF:": neither a priority/);
    assert.match(whyNot(cef, `CEF:0|a|b|c|d|e|f|${"k=v ".repeat(2500)}`), /more than 2000 fields/);
  });
});
