/** From `init` to `doctor`: files taken in, processed once, asked about. */
import assert from "node:assert/strict";
import type { SpawnSyncReturns } from "node:child_process";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { answersOf, BIN, ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

describe("the way of a beginner", () => {
  const workshop = new Workshop();
  after(() => workshop.remove());
  const sql = async (format: string): Promise<string> => {
    const query = 'select region, "windowStart", orders, total from per_region order by all';
    const { code, out, err } = await workshop.millrace(["sql", "--format", format, query], "", workshop.path("shop"));
    assert.equal(code, 0, err);
    return out;
  };
  const ROWS = [
    ["eu", "2026-01-01T00:00:00.000Z", 2, 7.75],
    ["eu", "2026-01-01T00:01:00.000Z", 1, 1],
    ["eu", "2026-01-01T00:04:00.000Z", 1, 12],
    ["us", "2026-01-01T00:00:00.000Z", 1, 20],
    ["us", "2026-01-01T00:02:00.000Z", 1, 7.5],
  ] as const;

  test("init where nothing is installed says to install this very package", async () => {
    const empty = mkdtempSync(join(tmpdir(), "millrace-empty-"));
    try {
      const { out, err } = await workshop.millrace("init", "", empty);
      assert.match(out, /^Wrote app\.ts and orders\/first\.csv\. Next:\n {2}npm install\n {2}npx millrace run/, err);
      const { dependencies } = JSON.parse(readFileSync(join(empty, "package.json"), "utf8"));
      assert.equal(realpathSync(dependencies.millrace.replace(/^file:/, "")), realpathSync(join(dirname(BIN), "..")));
      // The program finds it without, too.
      assert.equal((await workshop.millrace("run app.ts --once", "", empty)).code, 0);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  test("what init writes passes the check of types that it offers, and a slip does not", async () => {
    const made = await workshop.millrace("init checked");
    assert.match(made.out, /\n {2}npx --package typescript@\^[\d.]+ tsc\n$/);
    const folder = workshop.path("checked");
    const own = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    assert.equal(own.scripts.typecheck, "tsc");
    const root = createRequire(import.meta.url)("../../../../package.json");
    assert.equal(own.devDependencies.typescript, root.devDependencies.typescript);
    const check = (): SpawnSyncReturns<string> => spawnSync(process.execPath, [TSC], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([check().stdout, check().status], ["", 0]);
    const program = readFileSync(join(folder, "app.ts"), "utf8");
    workshop.write({ "checked/app.ts": program.replace('.by("region")', '.filter((e) => e.amuont > 1).by("region")') });
    assert.match(
      check().stdout,
      /app\.ts\(12,\d+\): error TS2551: Property 'amuont' does not exist.*did you mean 'amount'/i,
    );
    const { code, err } = await workshop.millrace("run app.ts --once", "", folder);
    assert.equal(code, 1);
    assert.match(err, /reads "amuont", which is no column \(.*app\.ts:12\)\n.*did you mean "amount"\?/);
  });

  test("init, run --once, sql in four formats, explain, doctor", async () => {
    const made = await workshop.millrace("init shop");
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /cd shop\n +npx millrace run app\.ts --once\n/);
    const again = await workshop.millrace("init shop");
    assert.deepEqual([again.code, /shop\/app\.ts is there already/.test(again.err)], [2, true]);
    const shop = workshop.path("shop");
    const ran = await workshop.millrace("run app.ts --once", "", shop);
    assert.deepEqual([ran.code, ran.out], [0, ""], ran.err);
    assert.match(ran.err, /^6 rows in .*\n {2}view per_region: 5 rows\n$/);

    const csv = await sql("csv");
    assert.equal(csv, `region,windowStart,orders,total\r\n${ROWS.map((row) => `${row.join(",")}\r\n`).join("")}`);
    const objects = ROWS.map(([region, windowStart, orders, total]) => ({ region, windowStart, orders, total }));
    assert.deepEqual(JSON.parse(await sql("json")), objects);
    const lines = (await sql("ndjson")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      objects,
    );
    assert.match(await sql("table"), /^region +windowStart +orders +total\n-+ .*\neu .*7\.75\n[\s\S]*\(5 rows\)\n$/);

    const explained = await workshop.millrace("explain app.ts", "", shop);
    assert.match(explained.out, /^shop {2}plan [0-9a-f]{16}\n[\s\S]*view per_region/);
    const { hash, nodes } = JSON.parse((await workshop.millrace("explain app.ts --format json", "", shop)).out);
    assert.ok(explained.out.includes(hash));
    assert.deepEqual(
      nodes.map((node: { kind: string }) => node.kind),
      ["stream", "aggregate", "view"],
    );
    const doctor = await workshop.millrace("doctor", "", shop);
    assert.deepEqual([doctor.code, doctor.out.trimEnd().split("\n").at(-1)], [0, "sound"]);
  });
});

describe("files into three partitions", () => {
  const workshop = new Workshop({
    "app.ts": TILL,
    "a.ndjson": ndjson(salesOf(1500, 1)),
    "b.ndjson.gz": gzipSync(ndjson(salesOf(1000, 2))),
    "c.csv": `id,shop,amount,at\n${salesOf(400, 3)
      .map(({ id, shop, amount, at }) => `${id},${shop},${amount},${at}\n`)
      .join("")}1,s1,much,2026-01-01T00:00:00Z\n`,
  });
  after(() => workshop.remove());
  const files = "app.ts --in sales=a.ndjson,b.ndjson.gz,c.csv";
  let expected: string;
  before(async () => {
    await workshop.runOnce(`${files} --workers 1 --epoch-rows 100000 --data one`);
    expected = await answersOf(workshop, "one");
  });

  test("every line is a row or a dead letter", async () => {
    const [{ n, partitions }] = await workshop.rows(
      "one",
      "select cast(count(*) as int) as n, cast(count(distinct _partition) as int) as partitions from sales",
    );
    assert.deepEqual([n, partitions], [2900, 3]);
    const dead = await workshop.rows("one", "select line, reason from dead_letters");
    assert.deepEqual(
      [dead.length, dead[0].line, /"?amount"? expects float64.*much/.test(dead[0].reason)],
      [1, 402, true],
    );
  });

  test("two workers and epochs of 50 rows give the same views and stream", async () => {
    const { err } = await workshop.runOnce(`${files} --workers 2 --epoch-rows 50 --data two`);
    assert.equal(await answersOf(workshop, "two"), expected);
    assert.ok(Number(/epoch ([\d,]+)/.exec(err)?.[1]) > 2900 / 50, err);
  });

  test("a second run finds nothing new and changes nothing", async () => {
    const ends = async (): Promise<string[]> => {
      const { out } = await workshop.millrace("doctor --data one");
      return out.split("\n").filter((line) => /^(?:stream|store)/.test(line));
    };
    const before = await ends();
    assert.equal(before.length, 7);
    const { err } = await workshop.runOnce(`${files} --data one`);
    assert.match(err, /^Nothing new: everything has been processed already/m);
    // Neither rows nor another mark of the end.
    assert.deepEqual(await ends(), before);
    assert.equal(await answersOf(workshop, "one"), expected);
  });

  test("another number of files for a stored stream is refused, and nothing is changed", async () => {
    const { code, err } = await workshop.millrace("run app.ts --once --in sales=a.ndjson --data one");
    assert.equal(code, 1);
    assert.match(err, /stream "sales" is stored with 3 partitions, not 1\n.*Give as many files as that/);
    assert.equal(await answersOf(workshop, "one"), expected);
  });
});

const NAMED = `import { app, files, stream, table, t } from "millrace";
const names = table("names", { id: t.string(), name: t.string() }, { key: ["id"], from: files("names.csv") });
const sales = stream("sales", { at: t.timestamp(), shop: t.string(), amount: t.float64() }, { time: "at", from: files("in") });
const named = sales.lookup(names, { on: { shop: "id" } }, (s, n) => ({ name: n.name, amount: s.amount }));
const totals = named.by("name").agg((a) => ({ sales: a.count(), total: a.sum("amount") }), { keep: "forever" }).view("totals");
const odd = sales.map((e) => ({ shop: e.shop, half: e.amount === 13 ? fail(e.shop) : e.amount / 2 })).stream("odd");
function fail(shop: string): number {
  throw new Error("thirteen in " + shop);
}
export default app(import.meta, "named", [totals, odd]);
`;

describe("a program that names its files", () => {
  const sale = (shop: string, amount: number): object => ({ at: "2026-01-01T00:00:00Z", shop, amount });
  const workshop = new Workshop({
    "app.ts": NAMED,
    "names.csv": "id,name\na,Ada\nb,Ben\n",
    "in/one.ndjson": ndjson([sale("a", 1), sale("b", 2), sale("nobody", 4)]),
    "in/two.ndjson": `${ndjson([sale("a", 8), sale("b", 13)])}not a sale\n`,
  });
  after(() => workshop.remove());
  const totals = (): Promise<object[]> => workshop.rows(".millrace", "select * from totals order by all");

  test("the table is there before the stream's first row; dead letters of both kinds are kept; --rebuild gives the same", async () => {
    const { err } = await workshop.runOnce("app.ts");
    assert.match(
      err,
      /^5 rows, 1 refused in .*\n {2}view totals: 2 rows\n {2}stream odd: 4 rows\n {2}2 dead letters: /m,
    );
    const expected = [
      { name: "Ada", sales: 2, total: 9 },
      { name: "Ben", sales: 2, total: 15 },
    ];
    assert.deepEqual(await totals(), expected);
    const letters = await workshop.rows(".millrace", "select source, stream, reason from dead_letters order by all");
    assert.deepEqual(
      letters.map(({ source, stream }) => [source, stream]),
      [
        ["engine", "sales"],
        ["in/two.ndjson", "sales"],
      ],
    );
    assert.match(letters[0].reason, /thirteen in b/);
    assert.match((await workshop.runOnce("app.ts")).err, /^Nothing new/m);
    await workshop.runOnce("app.ts --rebuild");
    assert.deepEqual(await totals(), expected);
  });
});

describe("what others hold", () => {
  const workshop = new Workshop({ "app.ts": TILL, "a.ndjson": ndjson(salesOf(50, 1)) });
  after(() => workshop.remove());

  test("a data directory that another process writes: said with its number; reading goes on", async () => {
    const server = workshop.start("run app.ts --in sales=a.ndjson --data live --port 0".split(" "));
    await server.said(/Read 50 rows/);
    const second = await workshop.millrace("run app.ts --in sales=a.ndjson --data live --once");
    assert.equal(second.code, 1);
    assert.match(second.err, new RegExp(`in use by process ${server.child.pid}`));
    assert.deepEqual(await workshop.rows("live", "select cast(count(*) as int) as n from sales"), [{ n: 50 }]);
    const doctor = await workshop.millrace("doctor --data live");
    assert.match(doctor.out, new RegExp(`in use by process ${server.child.pid}`));
    server.child.kill("SIGKILL");
    await server.ended;
    // The lock of one that is gone holds nobody up.
    await workshop.runOnce("app.ts --in sales=a.ndjson --data live");
  });

  test("a port in use: said with a way out, and the data directory is free again", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as { port: number };
    const { code, err } = await workshop.millrace(`run app.ts --in sales=a.ndjson --data port --port ${port}`);
    await new Promise((resolve) => holder.close(resolve));
    assert.equal(code, 1);
    assert.match(err, new RegExp(`port ${port} is in use\\n.*--port N`));
    await workshop.runOnce("app.ts --in sales=a.ndjson --data port");
  });
});
