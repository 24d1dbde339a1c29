/** Input that is not as it should be, and machines that are not: a clear word, a dead letter, and nothing lost. */
import assert from "node:assert/strict";
import { closeSync, openSync, symlinkSync, writeSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

/** TILL, and how much memory it took. */
const MEASURED = `${TILL}
process.on("exit", () => process.stderr.write(\`peak \${process.resourceUsage().maxRSS} kB\\n\`));
`;
const FRAGILE = `import { app, stream, t } from "millrace";

const sales = stream("sales", { at: t.timestamp(), id: t.int64(), shop: t.string(), amount: t.float64() }, { time: "at" });
const halves = sales.map((e) => ({ id: e.id, half: e.amount === 13 ? refuse(e.shop) : e.amount / 2 })).stream("halves");
const shops = sales.by("shop").agg((a) => ({ sales: a.count() }), { keep: "forever" }).view("shops");

function refuse(shop: string): number {
  throw new Error(\`thirteen in \${shop}\`);
}

export default app(import.meta, "fragile", [halves, shops]);
`;

const line = (fields: string): string => `{"at":"2026-01-01T00:00:00Z","id":1,"shop":"a","amount":1${fields}}`;
/** A line and, when it is no row, the reason for people. */
const LINES: readonly (readonly [string, RegExp | null])[] = [
  [line(""), null],
  [line("").replace("00Z", "00"), /"at" expects timestamp.*no zone: write "Z"/],
  [line("").replace("T00:00:00Z", " 00:00:00"), /"at" expects timestamp.*no zone/],
  [line("").replace("00Z", "00+02:00"), null],
  [line("").replace('"id":1', '"id":9007199254740993'), null],
  [line("").replace('"id":1', '"id":-9223372036854775808'), null],
  [line("").replace('"id":1', '"id":9223372036854775808'), /"id".*9223372036854775808 does not fit int64/],
  [line("").replace('"id":1', '"id":1.5'), /"id" expects int64, got number 1\.5/],
  [line("").replace('"amount":1', '"amount":"much"'), /"amount" expects float64, got string "much"/],
  [line("").replace('"shop":"a"', '"shop":7'), /"shop" expects string, got number 7/],
  [line("").replace('"shop":"a"', '"shop":null'), /"shop" is missing/],
  [line("").replace('"shop":"a",', ""), /"shop" is missing and neither optional nor defaulted/],
  [line(',"colour":"red"'), null],
  ["[1,2]", /a JSON object is expected/],
  ["null", /a JSON object is expected/],
  [line("").slice(0, -1), /not JSON: .*byte \d+ of the line/],
  [`${line("")}${line("")}`, /there is text behind the object/],
  ["\u0000\u0001", /not JSON/],
  ["", null],
];
const GOOD = LINES.filter(([text, reason]) => reason === null && text !== "").length;

describe("lines that do not fit", () => {
  const workshop = new Workshop({ "app.ts": MEASURED });
  const broken = Buffer.from(line("").replace('"a"', '"\u00e9"'), "latin1");
  before(async () => {
    const text = LINES.map(([one]) => `${one}\n`).join("");
    workshop.write({ "lines.ndjson": Buffer.concat([Buffer.from(text), broken]) });
    await workshop.runOnce("app.ts --in sales=lines.ndjson --data lines");
  });
  after(() => workshop.remove());

  test("are dead letters with line, reason and bytes; the others are rows", async () => {
    const dead = await workshop.rows(
      "lines",
      "select line, reason, base64(bytes) as bytes, source from dead_letters order by line",
    );
    const expected = LINES.map(([text, reason], k) => ({ line: k + 1, text, reason })).filter(
      ({ reason }) => reason !== null,
    );
    assert.deepEqual(
      dead.map((row) => row.line),
      [...expected.map((row) => row.line), LINES.length + 1],
    );
    for (const [k, { text, reason }] of expected.entries()) {
      assert.match(dead[k].reason, reason as RegExp);
      assert.equal(Buffer.from(dead[k].bytes, "base64").toString(), text);
      assert.match(dead[k].source, /lines\.ndjson$/);
    }
    assert.equal(dead.at(-1).reason, "the line is not valid UTF-8");
    assert.deepEqual(Buffer.from(dead.at(-1).bytes, "base64"), broken);
  });

  test("nothing is lost: rows and dead letters are all lines; int64 is exact", async () => {
    const ids = await workshop.rows("lines", 'select id::varchar as id, epoch_ms("at") as at from sales');
    assert.equal(ids.length, GOOD);
    assert.ok(ids.some(({ id }) => id === "9007199254740993") && ids.some(({ id }) => id === "-9223372036854775808"));
    assert.ok(ids.some(({ at }) => Number(at) === Date.UTC(2025, 11, 31, 22)));
    const [{ n }] = await workshop.rows("lines", "select cast(count(*) as int) as n from dead_letters");
    assert.equal(GOOD + n, LINES.filter(([text]) => text !== "").length + 1);
  });

  test("a line of 100 MB takes no memory to speak of; the lines around it are rows", async () => {
    const file = openSync(workshop.path("long.ndjson"), "w");
    writeSync(file, `${line("")}\n{"at":"`);
    const part = "x".repeat(1 << 20);
    for (let k = 0; k < 100; k++) writeSync(file, part);
    writeSync(file, `"}\n${line("")}\n`);
    closeSync(file);
    const peak = (err: string): number => Number(/^peak (\d+) kB$/m.exec(err)?.[1]);
    const small = peak((await workshop.runOnce("app.ts --in sales=lines.ndjson --data small")).err);
    const long = peak((await workshop.runOnce("app.ts --in sales=long.ndjson --data long")).err);
    assert.ok(long - small < 80_000, `${long - small} kB more`);
    const [letter] = await workshop.rows("long", "select line, reason, octet_length(bytes) as kept from dead_letters");
    assert.equal(letter.line, 2);
    assert.match(letter.reason, /^the line has 104857609 bytes, the limit is 16777216/);
    assert.equal(letter.kept, 65_536);
    assert.equal((await workshop.rows("long", "select id from sales")).length, 2);
  });
});

describe("files that cannot be read", () => {
  const whole = gzipSync(ndjson(salesOf(3000, 1)));
  const workshop = new Workshop({
    "app.ts": TILL,
    "cut.ndjson.gz": whole.subarray(0, whole.length / 2),
    "good.ndjson": ndjson(salesOf(100, 2)),
    "odd.bin": "what is this\n",
    "fragile.ts": FRAGILE,
  });
  after(() => workshop.remove());
  const rowsOf = async (data: string, partition: number): Promise<number> =>
    (await workshop.rows(data, `select cast(count(*) as int) as n from sales where _partition = ${partition}`))[0].n;

  test("CSV without a line of names: said with what it has and what is wanted; nothing is taken, nothing made up", async () => {
    workshop.write({ "bare.csv": "2026-01-01T00:00:00Z,1,a,1\n2026-01-01T00:00:01Z,2,a,1\n" });
    const { code, err } = await workshop.millrace("run app.ts --in sales=bare.csv --once --data bare");
    assert.equal(code, 1);
    assert.match(
      err,
      /^sales: the first line of "bare\.csv" names no column of the event type: it has "2026-01-01T00:00:00Z", "1", "a", "1"; the event type has .*"shop"/m,
    );
    assert.match(err, /header: false/);
    assert.deepEqual(await workshop.rows("bare", "select * from dead_letters"), []);
    workshop.write({ "bare.csv": `at,id,shop,amount\n2026-01-01T00:00:00Z,1,a,1\n` });
    await workshop.runOnce("app.ts --in sales=bare.csv --data bare");
    assert.equal(await rowsOf("bare", 0), 1);
  });

  test("a truncated gzip file: what came is kept, the other file is whole, the exit code says so; whole again, it goes on", async () => {
    const { code, err } = await workshop.millrace("run app.ts --in sales=cut.ndjson.gz,good.ndjson --once --data cut");
    assert.equal(code, 1);
    assert.match(err, /^sales: "cut\.ndjson\.gz" is cut off: its gzip stream ends after \d+ decoded bytes/m);
    assert.match(err, /Not everything could be read, so the input is not ended .*run the same command again/);
    const cut = await rowsOf("cut", 0);
    assert.ok(cut > 100 && cut < 3000, `${cut} rows`);
    const [{ n }] = await workshop.rows("cut", "select cast(count(distinct id) as int) as n from sales");
    assert.equal(n, cut + 100, "the other file is whole, and no row is there twice");
    workshop.write({ "cut.ndjson.gz": whole });
    await workshop.runOnce("app.ts --in sales=cut.ndjson.gz,good.ndjson --data cut");
    const [all] = await workshop.rows(
      "cut",
      "select cast(count(*) as int) as n, cast(count(distinct id) as int) as ids from sales where _partition = 0",
    );
    assert.deepEqual(all, { n: 3000, ids: 3000 }, "whole again, it goes on where it stopped");
  });

  test("an unreadable file or folder is named with the reason; the others are read", async () => {
    symlinkSync("loop.ndjson", workshop.path("loop.ndjson"));
    workshop.write({ "folder.ndjson/inside": "" });
    const { code, err } = await workshop.millrace(
      "run app.ts --in sales=folder.ndjson,odd.bin,good.ndjson --once --data bad",
    );
    assert.match(
      err,
      /the folder "folder\.ndjson" has no file of a known format: it has folder\.ndjson\/inside\n.*\.ndjson, \.jsonl/,
    );
    assert.match(err, /cannot tell the format of "odd\.bin" from its name/);
    assert.equal(code, 1);
    assert.equal(await rowsOf("bad", 2), 100);
    const looped = await workshop.millrace("run app.ts --in sales=loop.ndjson,good.ndjson --once --data looped");
    assert.match(looped.err, /loop\.ndjson/);
    assert.notEqual(looped.code, 0);
  });

  test("a lambda that throws: a dead letter with the row and the reason, the rest goes on", async () => {
    const rows = [...salesOf(20, 1), { ...salesOf(1, 7)[0], id: 77, shop: "odd", amount: 13 }, ...salesOf(5, 3)];
    workshop.write({ "rows.ndjson": ndjson(rows.map((row, k) => (k === 20 ? row : { ...row, amount: 1 }))) });
    const { err } = await workshop.runOnce("fragile.ts --in sales=rows.ndjson --data fragile");
    assert.match(err, /1 dead letter:/);
    const [letter] = await workshop.rows(
      "fragile",
      "select * exclude (bytes), base64(bytes) as bytes from dead_letters",
    );
    assert.deepEqual([letter.source, letter.stream, letter.partition, letter.offset], ["engine", "sales", 0, 20]);
    assert.match(letter.reason, /thirteen in odd/);
    assert.match(letter.operator, /halves/);
    assert.match(Buffer.from(letter.bytes, "base64").toString(), /"shop":"odd".*"amount":13/);
    assert.equal((await workshop.rows("fragile", "select id from halves")).length, 25);
    assert.deepEqual(await workshop.rows("fragile", "select sales from shops where shop = 'odd'"), [{ sales: 1 }]);
  });
});
