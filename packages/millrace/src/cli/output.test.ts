/** What `millrace sql` writes: every type in every format, for readers of any patience. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { BIN, Workshop } from "./workshop.test.module.js";

const APP = `import { app, stream, t } from "millrace";
const types = stream("types", { at: t.timestamp(), i: t.int(), big: t.int64(), f: t.float64(), b: t.bool(), s: t.string(),
  d: t.decimal(12, 3), ns: t.timestampNs(), bin: t.binary().optional(), l: t.list(t.string()).optional(),
  st: t.struct({ a: t.int64(), b: t.string().optional() }).optional(), none: t.string().optional(), rest: t.open() }, { time: "at" });
export default app(import.meta, "types", [types.filter((e) => e.i >= 0).stream("out")]);
`;
const ROWS = `{"at":"2026-01-01T00:00:00Z","i":1,"big":9223372036854775807,"f":1.5e300,"b":true,"s":"a, \\"b\\"\\nc","d":"12.345","ns":"2026-01-01T00:00:00.123456789Z","bin":"AAEC/w==","l":["x","y,z"],"st":{"a":9007199254740993,"b":"in"},"extra":{"deep":[1,2]}}
{"at":"1969-12-31T23:59:59.999Z","i":9007199254740991,"big":-1,"f":0.1,"b":false,"s":"","d":-1,"ns":"1970-01-01T00:00:00Z","bin":"","l":[]}
`;

describe("results", () => {
  const workshop = new Workshop({ "app.ts": APP, "rows.ndjson": ROWS });
  before(() => workshop.runOnce("app.ts --in types=rows.ndjson --data d"));
  after(() => workshop.remove());
  const sql = async (
    format: string,
    query = "select * exclude (_offset) from types order by _offset",
  ): Promise<string> => {
    const { code, out, err } = await workshop.millrace(["sql", "--data", "d", "--format", format, query]);
    assert.equal(code, 0, err);
    return out;
  };

  test("JSON and NDJSON hold every value exactly", async () => {
    const expected = [
      {
        at: "2026-01-01T00:00:00.000Z",
        i: 1,
        big: "9223372036854775807",
        f: 1.5e300,
        b: true,
        s: 'a, "b"\nc',
        d: "12.345",
        ns: "2026-01-01T00:00:00.123456789Z",
        bin: "AAEC/w==",
        l: ["x", "y,z"],
        st: { a: "9007199254740993", b: "in" },
        none: null,
        rest: '{"extra.deep":[1,2]}',
      },
      {
        at: "1969-12-31T23:59:59.999Z",
        i: 9007199254740991,
        big: -1,
        f: 0.1,
        b: false,
        s: "",
        d: "-1.000",
        ns: "1970-01-01T00:00:00.000Z",
        bin: "",
        l: [],
        st: null,
        none: null,
        rest: "{}",
      },
    ];
    assert.deepEqual(JSON.parse(await sql("json")), expected);
    const lines = (await sql("ndjson")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      expected,
    );
  });

  test("CSV quotes what has to be, and tells null from empty; a table shows line feeds", async () => {
    assert.equal(
      await sql("csv", "select big, s, l, st, none, bin from types order by _offset"),
      `big,s,l,st,none,bin\r\n9223372036854775807,"a, ""b""\nc","[""x"",""y,z""]","{""a"":""9007199254740993"",""b"":""in""}",,AAEC/w==\r\n-1,"",[],,,""\r\n`,
    );
    const table = await sql("table", "select big, s, none from types order by _offset");
    assert.equal(table.split("\n")[2], '9223372036854775807  a, "b"\\nc  NULL');
    assert.equal(table.split("\n")[3], "                 -1             NULL");
  });

  test("no rows: a header where there is one, and nothing else", async () => {
    const none = (format: string): Promise<string> => sql(format, "select i, s from types where i < 0");
    assert.deepEqual(await Promise.all(["table", "json", "csv", "ndjson"].map(none)), [
      "i  s\n-  -\n(0 rows)\n",
      "[]\n",
      "i,s\r\n",
      "",
    ]);
  });

  const LONG = "select range as n, repeat('x', 100) as t from range(3000000)";
  for (const format of ["csv", "ndjson"])
    test(`${format} into a pipe that is closed early: it ends, soon and without a word`, async () => {
      const child = spawn(process.execPath, [BIN, "sql", "--data", "d", "--format", format, LONG], {
        cwd: workshop.folder,
      });
      let err = "";
      child.stderr.on("data", (part) => (err += part));
      child.stdout.once("data", () => child.stdout.destroy());
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
        child.on("close", (...ended) => resolve(ended)),
      );
      assert.deepEqual([code, signal, err], [0, null, ""]);
    });

  test("into a full disk: said so", { skip: existsSync("/dev/full") ? false : "there is no /dev/full here" }, () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `exec "$0" "$@" > /dev/full`, process.execPath, BIN, "sql", "--data", "d", LONG],
      { cwd: workshop.folder, encoding: "utf8" },
    );
    assert.deepEqual([status, stderr.split("\n")[0]], [1, "millrace: standard output: the disk is full"]);
  });
});
