/** Zeek's logs and the audit daemon's. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { schemaOf, t } from "../schema/builder.js";
import { read, rowOf, whyNot } from "./text-formats.test.module.js";
import { ZeekHeadings, zeekDecoder } from "./zeek.js";

const HEAD = [
  "#separator \\x09",
  "#set_separator\t,",
  "#empty_field\t(empty)",
  "#unset_field\t-",
  "#path\tdns",
  "#open\t2026-01-01-00-00-00",
  "#fields\tts\tuid\tid.orig_h\tid.resp_p\tquery\tAA\tanswers\tTTLs\trtt",
  "#types\ttime\tstring\taddr\tport\tstring\tbool\tvector[string]\tvector[interval]\tinterval",
  "",
].join("\n");
const LINE = '1767225600.305988\tCx\t10.0.0.4\t53\ta\\x09b "q" \\\\ \\xc3\tT\tx.example,-,y\\x2cz\t1.000000,60.0\t-\n';
const ROW = {
  _path: "dns",
  ts: 1767225600.305988,
  uid: "Cx",
  "id.orig_h": "10.0.0.4",
  "id.resp_p": 53,
  query: 'a\tb "q" \\\\ \\xc3',
  AA: true,
  answers: ["x.example", null, "y,z"],
  TTLs: [1, 60],
};

describe("Zeek", () => {
  test("headings, types, lists, escapes, what is unset and what is empty", () => {
    const text = `${HEAD}${LINE}1.5\t-\t-\t-\t(empty)\tF\t(empty)\t-\t0.25\n#close\t2026-01-01-01-00-00\n`;
    const { rows, dead, counts } = read(zeekDecoder, text);
    assert.deepEqual(dead, []);
    assert.deepEqual(rows, [ROW, { _path: "dns", ts: 1.5, query: "", AA: false, answers: [], rtt: 0.25 }]);
    assert.equal(counts.blank, 9);
    for (const piece of [1, 3, 50]) assert.deepEqual(read(zeekDecoder, text, { piece }).rows, rows);
  });

  test("a time where one is declared, and seconds where a number is", () => {
    const schema = schemaOf({ at: t.timestamp().from("ts"), rest: t.open() });
    assert.equal(read(zeekDecoder, HEAD + LINE, { schema }).rows[0]?.at, 1_767_225_600_305);
    const exact = schemaOf({ at: t.timestampNs().from("ts") });
    assert.equal(read(zeekDecoder, HEAD + LINE, { schema: exact }).rows[0]?.at, 1_767_225_600_305_988_000n);
    const seconds = schemaOf({ ts: t.float64() });
    assert.equal(read(zeekDecoder, HEAD + LINE, { schema: seconds }).rows[0]?.ts, 1_767_225_600.305988);
  });

  test("headings may come again and change; a line that does not fit them says so", () => {
    const other = "#separator \\x7c\n#path|conn\n#fields|ts|n\n#types|time|count\n";
    const { rows, dead } = read(zeekDecoder, `early\n${HEAD}${LINE}too\tfew\n${other}2.0|7\n2.0|7|8\n3|x\n`);
    assert.deepEqual(rows, [ROW, { _path: "conn", ts: 2, n: 7 }, { _path: "conn", ts: 3, n: "x" }]);
    assert.deepEqual(
      dead.map(({ line, reason }) => [line, reason]),
      [
        [1, "no #fields line stands before it, so nobody knows what is what"],
        [11, "the line has 2 fields, 9 are expected"],
        [17, "the line has 3 fields, 2 are expected"],
      ],
    );
  });

  test("reading begins in the middle with the headings of what was passed over, cut anywhere", () => {
    const text = Buffer.from(`#fields\told\n${HEAD}${LINE}${LINE}`);
    for (let piece = 1; piece < 60; piece += 7) {
      const headings = new ZeekHeadings();
      for (let at = 0; at < text.length - LINE.length; at += piece)
        headings.pass(text.subarray(at, Math.min(at + piece, text.length - LINE.length)));
      assert.deepEqual(
        rowOf((options) => zeekDecoder({ ...options, headings }), LINE),
        ROW,
      );
    }
  });

  test("without headings nothing is known", () => {
    assert.match(whyNot(zeekDecoder, LINE), /no #fields line/);
  });
});
