/** From `init` to `doctor`, and programs and command lines that are not right. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Ended } from "./workshop.test.module.js";
import { answersOf, ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

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

  test("init, run --once, sql in four formats, explain, doctor", async () => {
    const made = await workshop.millrace("init shop");
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /cd shop\n +npx millrace run app\.ts --once\n/);
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
    assert.match(err, /stream "sales" .*3 partitions, not 1/);
    assert.equal(await answersOf(workshop, "one"), expected);
  });
});

describe("slips on the command line exit with 2 and say what was meant", { concurrency: 3 }, () => {
  const workshop = new Workshop({ "app.ts": TILL, "a.ndjson": ndjson(salesOf(5, 1)), "folder/app.ts": TILL });
  after(() => workshop.remove());
  const SLIPS: readonly (readonly [string, RegExp])[] = [
    ["rnu app.ts", /no command "rnu"\n.*did you mean "run"\?/],
    ["run app.ts --onec", /no option --onec\n.*did you mean "once"\?/],
    ["run ap.ts", /no program ap\.ts\n.*did you mean "app\.ts"\?/],
    ["run nowhere/app.ts", /no program nowhere\/app\.ts\n.*no folder .*nowhere/],
    ["run folder", /folder is a folder.*\n.*app\.ts/],
    ["run app.ts --once --in sale=a.ndjson", /no stream or table "sale"\n.*did you mean "sales"\?/],
    ["run app.ts --once --in sales=b.ndjson", /no file b\.ndjson\n.*did you mean "a\.ndjson"\?/],
    ["run app.ts --once --in a.ndjson", /--in a\.ndjson is not STREAM=FILE/],
    ["run app.ts --once --in sales=a.ndjson,./a.ndjson", /\.\/a\.ndjson is given twice/],
    ["run app.ts --in", /--in .*argument missing/],
    ["run app.ts --workers 0", /--workers is a whole number from 1 to 256, not "0"/],
    ["run app.ts --port 65536", /--port is a whole number from 0 to 65535/],
    ["run app.ts --port 0 --host 0.0.0.0", /needs a token: others can reach it\n.*--token/],
    ["sql --format xml select", /"?xml"?[\s\S]*table, json, csv, ndjson/],
    ["explain app.ts --format xml", /xml/],
    ["doctor one two", /"two" is one word too many/],
  ];
  for (const [line, expected] of SLIPS)
    test(line, async () => {
      const { code, out, err } = await workshop.millrace(line);
      assert.match(err, expected);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^millrace: /);
      assert.ok(err.trimEnd().split("\n").length <= 2, `one line and a hint, not: ${err}`);
    });
});

const HEAD = `import { app, stream, t } from "millrace";
const sales = stream("sales", { at: t.timestamp(), shop: t.string() }, { time: "at" });
`;
const PROGRAMS = {
  "syntax.ts": `${HEAD}const x: = 1;\n`,
  "syntax.mjs": `${HEAD}const x = = 1;\n`,
  "chance-name.ts": `${HEAD}const odd = sales.filter((e) => e.shop !== "x").stream(\`odd_\${Math.floor(Math.random() * 1e9)}\`);
export default app(import.meta, "till", [odd]);
`,
  "chance-param.mjs": `${HEAD}const odd = sales.filter((e, p) => e.shop !== p.not, { not: String(Math.random()) }).stream("odd");
export default app(import.meta, "till", [odd]);
`,
  "captured.ts": `${HEAD}const wanted = "a";
const odd = sales.filter((e) => e.shop === wanted).stream("odd");
export default app(import.meta, "till", [odd]);
`,
  "no-default.ts": `${HEAD}export const till = app(import.meta, "till", [sales.filter((e) => e.shop !== "").stream("odd")]);\n`,
  "throws.ts": `${HEAD}\nthrow new Error("no configuration");\n`,
  "imports.ts": `import { names } from "./names.js";\nexport default names;\n`,
  "writes.ts": `${HEAD}let n = 0;
const odd = sales.map((e) => ({ shop: e.shop, n: n++ })).stream("odd");
export default app(import.meta, "till", [odd]);
`,
  "now.ts": `${HEAD}const odd = sales.filter((e) => e.at < Date.now()).stream("odd");
export default app(import.meta, "till", [odd]);
`,
};

describe("programs that are not right say where and why", { concurrency: 3 }, () => {
  const workshop = new Workshop({
    ...PROGRAMS,
    "s.ndjson": ndjson(["a", "b", "a"].map((shop, i) => ({ at: `2026-01-01T00:00:0${i}Z`, shop }))),
  });
  after(() => workshop.remove());
  const run = (program: string, workers = 1): Promise<Ended> =>
    workshop.millrace(`run ${program} --in sales=s.ndjson --once --workers ${workers} --data data-${program}`);

  const WRONG: readonly (readonly [string, RegExp])[] = [
    ["syntax.ts", /syntax\.ts:3:9: ERROR: Unexpected "="/],
    ["syntax.mjs", /syntax\.mjs:3:10: ERROR: Unexpected "="/],
    ["no-default.ts", /no-default\.ts does not export an app\n.*export default app\(import\.meta/],
    ["throws.ts", /throws\.ts can't be loaded: no configuration \(.*throws\.ts:4\)/],
    ["imports.ts", /names\.js' imported from .*imports\.ts/],
    ["writes.ts", /writes\.ts:4[\s\S]*assigns to `n`[\s\S]*aggregate/],
    ["now.ts", /cannot use `Date\.now`[\s\S]*now\.ts:3/],
  ];
  for (const [program, expected] of WRONG)
    test(program, async () => {
      const { code, err } = await run(program);
      assert.match(err, expected);
      assert.equal(code, 1);
      assert.doesNotMatch(err, /\n {4}at /);
    });

  for (const program of ["chance-name.ts", "chance-param.mjs"])
    test(`${program}: what differs from load to load is found by the workers`, async () => {
      const { code, err, signal } = await run(program, 2);
      assert.match(err, /builds a different plan each time it loads\n.*top level/);
      assert.deepEqual([code, signal], [1, null]);
    });

  for (const workers of [1, 2])
    test(`a captured value is noted, and right all the same, ${workers} workers`, async () => {
      const data = `captured${workers}`;
      const { code, err } = await workshop.millrace(
        `run captured.ts --in sales=s.ndjson --once --workers ${workers} --data ${data}`,
      );
      assert.equal(code, 0, err);
      assert.match(err, /^note: .*captured\.ts:4: .*captures wanted.*parameters$/m);
      assert.deepEqual(await workshop.rows(data, "select shop from odd"), [{ shop: "a" }, { shop: "a" }]);
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
