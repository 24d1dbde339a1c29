/** Command lines and programs that are not right: one clear line, what was meant or what to do, and no stack. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Ended } from "./workshop.test.module.js";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

describe("slips on the command line exit with 2 and say what was meant", { concurrency: 3 }, () => {
  const workshop = new Workshop({
    "app.ts": TILL,
    "a.ndjson": ndjson(salesOf(5, 1)),
    "c.csv": "",
    "folder/app.ts": TILL,
    "empty/file": "",
  });
  after(() => workshop.remove());
  const SLIPS: readonly (readonly [string, RegExp])[] = [
    ["rnu app.ts", /no command "rnu"\n.*did you mean "run"\?/],
    ["run app.ts --onec", /no option --onec\n.*did you mean "--once"\?/],
    ["run app.ts -x", /no option -x\n.*there are: --in, --once,/],
    ["run app.ts --once=yes", /--once takes no value/],
    ["run app.ts --data --once", /--data needs a value\n.*--data=-/],
    ["run ap.ts", /no program ap\.ts\n.*did you mean "app\.ts"\?/],
    ["run nowhere/app.ts", /no program nowhere\/app\.ts\n.*no folder .*nowhere/],
    ["run folder", /folder is a folder.*\n.*app\.ts/],
    ["run empty", /empty is a folder.*\n.*holds no \.ts or \.js file/],
    ["run a.ndjson", /a\.ndjson is no program/],
    ["run app.ts --once --in sale=a.ndjson", /no stream or table "sale"\n.*did you mean "sales"\?/],
    ["run app.ts --once --in sales=b.ndjson", /no file b\.ndjson\n.*did you mean "a\.ndjson"\?/],
    ["run app.ts --once --in a.ndjson", /--in a\.ndjson is not STREAM=FILE/],
    ["run app.ts --once --in sales=a.ndjson,./a.ndjson", /\.\/a\.ndjson is given twice/],
    ["run app.ts --in", /--in needs a value/],
    ["run app.ts --workers 0", /--workers is a whole number from 1 to 256, not "0"/],
    ["run app.ts --port 65536", /--port is a whole number from 0 to 65535/],
    ["run app.ts --port 0 --host 0.0.0.0", /needs a token: others can reach it\n.*--token/],
    ["sql --format xml select", /"?xml"?[\s\S]*table, json, csv, ndjson/],
    ["explain app.ts --format xml", /xml/],
    ["status --url ftp://here", /--url ftp:\/\/here is not an address\n.*http:/],
    ["ingest sales a.ndjson ./a.ndjson a.ndjson", /a\.ndjson is given twice/],
    ["ingest sales c.csv", /a server takes NDJSON only\n.*ingest --app/],
    ["init -f", /no option -f/],
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
  "nested.ts": `import x from "./broken.js";\nexport default x;\n`,
  "broken.js": "const x = ;\n",
  "no-package.ts": `import x from "nowhere";\nexport default x;\n`,
  "null.ts": `${HEAD}throw null;\n`,
  "asks.ts": `${HEAD}await fetch("http://127.0.0.1:1/");\n`,
  "leaves.ts": `${HEAD}process.exit(1);\n`,
  "no-meta.ts": `${HEAD}export default app("till", [sales]);\n`,
  "no-outputs.ts": `${HEAD}export default app(import.meta, "till", []);\n`,
  "misread.ts": `${HEAD}const odd = sales.filter((e) => e.shpo !== "a").stream("odd");
export default app(import.meta, "till", [odd]);
`,
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
    ["syntax.ts", /\/syntax\.ts:3:10: Unexpected "="\n {2}const x: = 1;/],
    ["syntax.mjs", /\/syntax\.mjs:3:11: Unexpected "="/],
    ["no-default.ts", /no-default\.ts does not export an app\n.*export default app\(import\.meta/],
    ["throws.ts", /throws\.ts can't be loaded: no configuration \(.*throws\.ts:4\)/],
    ["imports.ts", /\/imports\.ts:1:23: Could not resolve "\.\/names\.js"/],
    ["nested.ts", /\/broken\.js:1:11: Unexpected ";"/],
    ["no-package.ts", /Cannot find package 'nowhere' imported from .*no-package\.ts/],
    ["null.ts", /null\.ts can't be loaded: null/],
    ["asks.ts", /asks\.ts can't be loaded: fetch failed: .*\n.*only says what there is/],
    ["leaves.ts", /leaves\.ts ended the process while it was loaded/],
    ["no-meta.ts", /app takes import\.meta, a name and the list of outputs \(.*no-meta\.ts:3\)/],
    ["no-outputs.ts", /lists no outputs \(.*no-outputs\.ts:3\)\n.*views and named streams/],
    ["writes.ts", /assigns to `n`[\s\S]*writes\.ts:4[\s\S]*aggregate/],
    [
      "misread.ts",
      /the lambda of filter reads "shpo", which is no column \(.*misread\.ts:3\)\n.*did you mean "shop"\?/,
    ],
    ["now.ts", /cannot use `Date\.now`[\s\S]*now\.ts:3/],
  ];
  for (const [program, expected] of WRONG)
    test(program, async () => {
      const { code, err } = await run(program);
      assert.match(err, expected);
      assert.equal(code, 1);
      assert.doesNotMatch(err, /\n {4}at |file:\/\//);
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
