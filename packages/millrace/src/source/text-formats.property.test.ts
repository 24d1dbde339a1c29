/** Formats of text against what was written, and on garbage. Runs: MILLRACE_RUNS (default 300). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { auditdDecoder } from "./auditd.js";
import { cefDecoder } from "./cef.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import { syslogDecoder } from "./syslog.js";
import { read, rowOf } from "./text-formats.test.module.js";
import { zeekDecoder } from "./zeek.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 300);
const now = (): number => Date.UTC(2026, 5, 1);
const FORMATS: Readonly<Record<string, (options: DecoderOptions) => Decoder>> = {
  syslog: (options) => syslogDecoder({ now, ...options }),
  cef: (options) => cefDecoder({ now, ...options }),
  zeek: zeekDecoder,
  auditd: auditdDecoder,
};
/** No line's end in it; a carriage return at a line's end belongs to that. */
const text = fc.string({ unit: "binary", maxLength: 30 }).map((s) => Buffer.from(s.replace(/[\r\n]/g, " ")).toString());
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/);

test("syslog: what RFC 5424 wrote is what is read", () => {
  const token = fc.stringMatching(/^[!-~]{1,12}$/).filter((s) => s !== "-");
  const data = fc.dictionary(name, fc.dictionary(name, text, { minKeys: 1, maxKeys: 3 }), { maxKeys: 3 });
  fc.assert(
    fc.property(fc.nat(191), token, token, token, data, text, (priority, host, app, msgId, elements, message) => {
      const escaped = (value: string): string => value.replace(/["\\\]]/g, (c) => `\\${c}`);
      const written = Object.entries(elements).map(
        ([id, params]) =>
          `[${id} ${Object.entries(params)
            .map(([k, v]) => `${k}="${escaped(v)}"`)
            .join(" ")}]`,
      );
      const line = `<${priority}>1 2026-01-01T00:00:00Z ${host} ${app} - ${msgId} ${written.join("") || "-"} ${message}`;
      const expected: Record<string, unknown> = { facility: priority >> 3, severity: priority & 7 };
      Object.assign(expected, { timestamp: "2026-01-01T00:00:00Z", host, app, msgId });
      for (const [id, params] of Object.entries(elements))
        for (const [k, v] of Object.entries(params)) expected[`data.${id}.${k}`] = v;
      expected.message = message.replace(/^\ufeff/, "");
      assert.deepEqual(rowOf(FORMATS.syslog as never, line), expected);
    }),
    { numRuns },
  );
});

test("CEF: what was written is what is read", () => {
  const value = text.map((s) => s.trim().replace(/^ +| +$/g, ""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 6, maxLength: 6 }), fc.dictionary(name, value), (header, fields) => {
      for (const key of Object.keys(fields)) if (key.endsWith("Label") || key === "severity" || key === "name") return;
      const inHeader = (s: string): string => s.replace(/[|\\]/g, (c) => `\\${c}`);
      const inValue = (s: string): string => s.replace(/[=\\]/g, (c) => `\\${c}`);
      const extension = Object.entries(fields).map(([k, v]) => `${k}=${inValue(v)}`);
      const line = `CEF:0|${header.map(inHeader).join("|")}|${extension.join(" ")}`;
      const [deviceVendor, deviceProduct, deviceVersion, deviceEventClassId, event, severity] = header;
      assert.deepEqual(rowOf(FORMATS.cef as never, line), {
        cefVersion: "0",
        deviceVendor,
        deviceProduct,
        deviceVersion,
        deviceEventClassId,
        name: event,
        severity,
        ...fields,
      });
    }),
    { numRuns },
  );
});

test("Zeek: what was written is what is read", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "é", "\t", ",", '"', "-", " "), minLength: 1, maxLength: 8 });
  const escaped = (s: string): string =>
    s === "-" ? "\\x2d" : s.replace(/[\t,]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  fc.assert(
    fc.property(
      fc.array(fc.record({ s: value, n: fc.integer(), list: fc.array(value, { maxLength: 4 }), b: fc.boolean() }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.integer({ min: 1, max: 99 }),
      (rows, piece) => {
        const lines = rows.map(({ s, n, list, b }) =>
          [escaped(s), n, list.length === 0 ? "(empty)" : list.map(escaped).join(","), b ? "T" : "F"].join("\t"),
        );
        const head = "#fields\ts\tn\tlist\tb\n#types\tstring\tint\tset[string]\tbool\n";
        assert.deepEqual(
          read(zeekDecoder, `${head}${lines.join("\n")}\n`, { piece }).rows,
          rows.map((row) => ({ ...row })),
        );
      },
    ),
    { numRuns },
  );
});

const parts: Readonly<Record<string, readonly string[]>> = {
  syslog: [
    "<34>",
    "<",
    ">",
    "1 ",
    "2026-01-01T00:00:00Z ",
    "Mar  1 22:14:15 ",
    "h ",
    "a[1]: ",
    "- ",
    '[i k="v"]',
    "\\",
    '"',
    "]",
  ],
  cef: ["CEF:0|", "a|", "|", "\\", "k=", "=", " ", "cs1Label=", "cs1=", "<34>", "Label=x"],
  zeek: [
    "#fields\ta\tb\n",
    "#types\ttime\tset[count]\n",
    "#separator ",
    "\\x09",
    "\\x",
    "\t",
    "-",
    "1.5",
    "T",
    ",",
    "#",
    "(empty)",
  ],
  auditd: [
    "type=SYSCALL ",
    "type=EOE ",
    "msg=audit(1.000:1): ",
    "node=x ",
    "a0=",
    '"',
    "'",
    "msg='",
    "4141",
    "\x1d",
    "(null)",
    "=",
  ],
};
for (const [format, make] of Object.entries(FORMATS))
  test(`${format}: garbage gives rows and dead rows, the same however it is cut, and every line counts`, () => {
    const piece = fc.oneof(
      fc.constantFrom(...(parts[format] as readonly string[])).map((s) => Buffer.from(s)),
      fc.constantFrom("\n", "\r\n", "\r", "\0").map((s) => Buffer.from(s)),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: "binary", maxLength: 6 }).map((s) => Buffer.from(s)),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(20, 200, 1 << 20),
        (pieces, cut, lineBytesMax) => {
          const bytes = Buffer.concat(pieces);
          const whole = read(make, bytes, { lineBytesMax });
          assert.deepEqual(read(make, bytes, { lineBytesMax, piece: cut }), whole);
        },
      ),
      { numRuns },
    );
  });
