/** The command line as others drive it: spawned, with real files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BIN = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function millrace(folder: string, args: readonly string[], input = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder });
    let out = "";
    let err = "";
    child.stdout.on("data", (part) => (out += part));
    child.stderr.on("data", (part) => (err += part));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

const APP = `import { app, files, http, stream, table, t, tumble } from "millrace";

const names = table("names", { id: t.string(), name: t.string() }, { key: ["id"], from: files("names.csv") });
const sales = stream("sales", { at: t.timestamp(), shop: t.string(), amount: t.float64() }, { time: "at", from: http({ path: "/in" }) });
const named = sales.lookup(names, { on: { shop: "id" } }, (s, n) => ({ at: s.at, name: n.name, amount: s.amount }));
const minutes = sales.by("shop").window(tumble("1m")).agg((a) => ({ sales: a.count(), total: a.sum("amount") })).view("minutes");
const totals = named.by("name").agg((a) => ({ sales: a.count(), total: a.sum("amount") }), { keep: "forever" }).view("totals");
const large = sales.filter((e, p) => e.amount > p.min, { min: 990 }).stream("large");
const odd = sales.map((e) => ({ shop: e.shop, half: e.amount === 13 ? fail(e.shop) : e.amount / 2 })).stream("odd");

function fail(shop: string): number {
  throw new Error("thirteen in " + shop);
}

export default app(import.meta, "till", [minutes, totals, large, odd]);
`;

function sale(i: number, seed: number): string {
  const at = new Date(Date.UTC(2026, 0, 1) + i * 997).toISOString();
  return `${JSON.stringify({ at, shop: `s${(i * 7 + seed) % 11}`, amount: ((i * 31 + seed) % 1000) + 0.25 })}\n`;
}

function sales(rows: number, seed: number): string {
  return Array.from({ length: rows }, (_, i) => sale(i, seed)).join("");
}

describe("the command line", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
    await writeFile(join(folder, "app.ts"), APP);
    await writeFile(
      join(folder, "names.csv"),
      `id,name\n${Array.from({ length: 11 }, (_, i) => `s${i},Shop ${i}\n`).join("")}`,
    );
    await writeFile(join(folder, "a.ndjson"), sales(3000, 1));
    await writeFile(join(folder, "b.ndjson.gz"), gzipSync(sales(2000, 2)));
    await writeFile(
      join(folder, "c.ndjson"),
      `${sales(100, 3)}not a sale\n{"at":"2026-01-01T00:00:00Z","shop":"x","amount":13}\n`,
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const once = (data: string, ...more: string[]): Promise<Ended> =>
    millrace(folder, [
      "run",
      "app.ts",
      "--in",
      "sales=a.ndjson,b.ndjson.gz,c.ndjson",
      "--once",
      "--data",
      data,
      ...more,
    ]);
  const query = (data: string, sql: string, format = "csv"): Promise<Ended> =>
    millrace(folder, ["sql", "--data", data, "--format", format, sql]);
  const answers = async (data: string): Promise<string> => {
    const parts: string[] = [];
    for (const sql of [
      "select * from minutes order by all",
      "select * from totals order by all",
      "select * from large order by all",
      "select stream, reason from dead_letters order by all",
    ]) {
      const { code, out, err } = await query(data, sql);
      assert.equal(code, 0, err);
      parts.push(out);
    }
    return parts.join("--\n");
  };
  let expected = "";

  test("run --once processes files, one a partition, and SQL reads streams, views and dead letters", async () => {
    const { code, err } = await once("one");
    assert.equal(code, 0, err);
    expected = await answers("one");
    assert.match(expected, /Shop 3,\d+,/);
    assert.match(expected, /sales,.*thirteen in x/);
    const { out } = await query("one", "select _partition, count(*) from sales group by 1 order by 1");
    assert.equal(out, "_partition,count_star()\r\n0,3000\r\n1,2000\r\n2,101\r\n");
  });

  test("dead letters of the edge and of operators are there at the same time", async () => {
    const { out } = await query("one", "select source, stream from dead_letters order by all");
    assert.equal(out, "source,stream\r\nc.ndjson,sales\r\nengine,sales\r\n");
  });

  test("workers and small epochs change nothing", async () => {
    const { code, err } = await once("two", "--workers", "2", "--epoch-rows", "500");
    assert.equal(code, 0, err);
    assert.equal(await answers("two"), expected);
  });

  test("run again there is nothing to do; --rebuild computes the same from the log", async () => {
    assert.match((await once("one")).err, /Nothing new/);
    assert.equal((await once("one", "--rebuild")).code, 0);
    assert.equal(await answers("one"), expected);
  });

  test("killed at any moment and run again it ends with the same views", async (context) => {
    let kills = 0;
    let wait = 150;
    for (let round = 0; round < 60; round++) {
      const child = spawn(
        process.execPath,
        [
          BIN,
          "run",
          "app.ts",
          "--in",
          "sales=a.ndjson,b.ndjson.gz,c.ndjson",
          "--once",
          "--data",
          "killed",
          "--epoch-rows",
          "100",
          "--workers",
          round % 3 === 0 ? "2" : "1",
        ],
        { cwd: folder, stdio: "ignore" },
      );
      const timer = setTimeout(() => child.kill("SIGKILL"), wait);
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
        child.on("exit", (...args) => resolve(args)),
      );
      clearTimeout(timer);
      if (signal === null) {
        assert.equal(code, 0);
        break;
      }
      kills++;
      // Later and later: loading, taking in, processing, ending all get their share.
      wait += 70 + ((round * 37) % 60);
    }
    context.diagnostic(`exercised kills=${kills}`);
    assert.equal(await answers("killed"), expected);
  });

  test("a file that cannot be read to its end fails, keeps what came, and goes on when it is whole", async () => {
    const whole = gzipSync(sales(2000, 5));
    await writeFile(join(folder, "cut.ndjson.gz"), whole.subarray(0, whole.length / 2));
    const cut = await millrace(folder, ["run", "app.ts", "--in", "sales=cut.ndjson.gz", "--once", "--data", "cut"]);
    assert.equal(cut.code, 1);
    assert.match(cut.err, /cut\.ndjson\.gz/);
    await writeFile(join(folder, "cut.ndjson.gz"), whole);
    assert.equal(
      (await millrace(folder, ["run", "app.ts", "--in", "sales=cut.ndjson.gz", "--once", "--data", "cut"])).code,
      0,
    );
    assert.equal((await query("cut", "select count(*) as n from sales")).out, "n\r\n2000\r\n");
    assert.equal((await query("cut", "select cast(sum(sales) as int) as n from minutes")).out, "n\r\n2000\r\n");
  });

  test("doctor finds a flipped byte, and says where", async () => {
    assert.equal((await millrace(folder, ["doctor", "--data", "one"])).out.trim().split("\n").at(-1), "sound");
    await cp(join(folder, "one"), join(folder, "ill"), { recursive: true });
    const segments = join(folder, "ill", "log", "sales", "0");
    const name = (await readdir(segments))[0] as string;
    const file = await open(join(segments, name), "r+");
    await file.write(Buffer.from([0xff, 0xfe]), 0, 2, 4000);
    await file.close();
    const { code, out } = await millrace(folder, ["doctor", "--data", "ill"]);
    assert.equal(code, 1, out);
    assert.match(out, /DAMAGED sales\/0 .*checksum/);
  });

  test("slips get one clear line, and exit code 2", async () => {
    const slip = async (expectedText: RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await millrace(folder, args);
      assert.match(err, expectedText);
      assert.equal(code, 2);
      assert.doesNotMatch(err, /\n\s+at /);
    };
    await Promise.all([
      slip(/did you mean "run"/, "rnu"),
      slip(/did you mean "once"/, "run", "app.ts", "--onec"),
      slip(/did you mean "app.ts"/, "run", "ap.ts"),
      slip(/did you mean "sales"/, "run", "app.ts", "--once", "--in", "sale=a.ndjson"),
      slip(/did you mean "a.ndjson"/, "run", "app.ts", "--once", "--in", "sales=aa.ndjson"),
      slip(/whole number/, "run", "app.ts", "--workers", "many"),
    ]);
  });

  test("SQL and other failures exit with 1 and say what there is", async () => {
    const wrong = await query("one", "select * from minute");
    assert.deepEqual([wrong.code, /minutes/.test(wrong.err)], [1, true]);
    const none = await query("nowhere", "select 1");
    assert.deepEqual([none.code, /no data directory/.test(none.err)], [1, true]);
    await writeFile(join(folder, "broken.ts"), 'import { app } from "millrace";\nconst x: = 1;\n');
    const broken = await millrace(folder, ["run", "broken.ts", "--once"]);
    assert.deepEqual([broken.code, /broken\.ts:2:9/.test(broken.err)], [1, true]);
  });

  test("init writes a program that runs and shows something", async () => {
    assert.equal((await millrace(folder, ["init", "first"])).code, 0);
    const first = join(folder, "first");
    const { code, err } = await millrace(first, ["run", "app.ts", "--once"]);
    assert.equal(code, 0, err);
    const { out } = await millrace(first, [
      "sql",
      "--format",
      "ndjson",
      "select region, total from per_region order by all limit 1",
    ]);
    assert.deepEqual(JSON.parse(out), { region: "eu", total: 1 });
    assert.match((await millrace(first, ["explain", "app.ts"])).out, /view per_region/);
    assert.match((await millrace(first, ["init"])).err, /there already/);
  });

  test("serving: status, ingest, SQL over HTTP, a data directory in use, and an orderly end", async () => {
    const child = spawn(process.execPath, [BIN, "run", "app.ts", "--data", "live", "--port", "0"], { cwd: folder });
    let err = "";
    const url = await new Promise<string>((resolve) => {
      child.stderr.on("data", (part) => {
        err += part;
        const found = /is at (http:\S+)/.exec(err);
        if (found !== null) resolve(found[1] as string);
      });
    });
    const ingested = await millrace(folder, ["ingest", "sales", "c.ndjson", "b.ndjson.gz", "--url", url]);
    assert.deepEqual([ingested.code, /line 101: not JSON/.test(ingested.err)], [1, true], ingested.err);
    const { out } = await millrace(folder, ["status", "--url", url, "--json"]);
    assert.equal((JSON.parse(out) as { ready: boolean }).ready, true);
    const [beside, over, inUse] = await Promise.all([
      query("live", "select count(*) as n from sales"),
      millrace(folder, ["sql", "--url", url, "--format", "json", "select count(*) as n from sales"]),
      millrace(folder, ["run", "app.ts", "--once", "--data", "live"]),
    ]);
    assert.equal(beside.out, "n\r\n2101\r\n", beside.err);
    assert.equal(over.out, '[{"n":2101}]\n');
    assert.deepEqual([inUse.code, inUse.err.includes(`in use by process ${child.pid}`)], [1, true]);
    child.kill("SIGTERM");
    assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 0);
    assert.equal(await readFile(join(folder, "live", "lock"), "utf8").catch(() => "gone"), "gone");
  });
});
