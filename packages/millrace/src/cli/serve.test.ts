/** A running program as other commands see it, and its end. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, watch } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Running } from "./workshop.test.module.js";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

describe("a running program", () => {
  const whole = gzipSync(ndjson(salesOf(40_000, 2)));
  const workshop = new Workshop({
    "app.ts": TILL,
    "a.ndjson": `${ndjson(salesOf(100, 1))}not a sale\n`,
    "b.ndjson.gz": whole,
    "cut.ndjson.gz": whole.subarray(0, whole.length / 2),
    "folder/inside.ndjson": "",
  });
  let server: Running;
  let url: string;
  before(async () => {
    server = workshop.start("run app.ts --data live --port 0".split(" "));
    url = await server.said(/is at (http:\S+)/);
  });
  after(() => {
    server.child.kill("SIGKILL");
    workshop.remove();
  });
  const rows = async (): Promise<number> =>
    (await workshop.rows("live", "select cast(count(*) as int) as n from sales"))[0].n;

  test("ingest sends files, says which lines were refused, and exits with 1 for them", async () => {
    const { code, err } = await workshop.millrace(`ingest sales a.ndjson b.ndjson.gz --url ${url}`);
    assert.match(err, /^a\.ndjson: .*line 101: not JSON/m);
    assert.match(err, /^a\.ndjson: 100 rows, 1 refused\nb\.ndjson\.gz: 40,000 rows$/m);
    assert.equal(code, 1);
    assert.equal(await rows(), 40_100);
  });

  test("ingest of what can't be read says why; of a file that breaks off, the whole lines are taken", async () => {
    const folder = await workshop.millrace(`ingest sales folder --url ${url}`);
    assert.deepEqual([folder.code, folder.err], [1, 'millrace: cannot read "folder": it is a folder\n']);
    const before = await rows();
    const cut = await workshop.millrace(`ingest sales cut.ndjson.gz --url ${url}`);
    assert.equal(cut.code, 1);
    assert.match(cut.err, /"cut\.ndjson\.gz" is cut off/);
    const dead = await workshop.rows("live", "select line from dead_letters");
    assert.equal(dead.length, 1, "nothing of the line that is cut");
    assert.ok((await rows()) > before + 10_000);
  });

  test("an error of the server names the file, and a line of a later body is counted from the file's beginning", async () => {
    const wrong = await workshop.millrace(`ingest sale a.ndjson --url ${url}`);
    assert.deepEqual([wrong.code, /^millrace: a\.ndjson: .*sale/.test(wrong.err)], [1, true], wrong.err);
    const many = salesOf(60_000, 5);
    workshop.write({ "large.ndjson": `${ndjson(many)}{\n` });
    const { err } = await workshop.millrace(`ingest sales large.ndjson --url ${url}`);
    assert.match(err, new RegExp(`^large\\.ndjson: line ${many.length + 1}: not JSON`, "m"));
  });

  test("ingest reads standard input", async () => {
    const before = await rows();
    const { code, err } = await workshop.millrace(`ingest sales - --url ${url}`, ndjson(salesOf(10, 4)));
    assert.equal(code, 0, err);
    assert.equal(await rows(), before + 10);
  });

  test("status, and SQL in four formats over HTTP", async () => {
    const status = await workshop.millrace(`status --url ${url}`);
    assert.match(status.out, /^till: ready, epoch \d+, [\d,]+ events, \d+ waiting, 2 dead letters\n/);
    const { out } = await workshop.millrace(`status --url ${url} --json`);
    assert.equal((JSON.parse(out) as { ready: boolean }).ready, true);
    const ask = async (format: string): Promise<string> =>
      (await workshop.millrace(["sql", "--url", url, "--format", format, "select 1 as n, null as none"])).out;
    assert.deepEqual(await Promise.all(["table", "json", "csv", "ndjson"].map(ask)), [
      "n  none\n-  ----\n1  NULL\n(1 row)\n",
      '[{"n":1,"none":null}]\n',
      "n,none\r\n1,\r\n",
      '{"n":1,"none":null}\n',
    ]);
    const wrong = await workshop.millrace(["sql", "--url", url, "select * from sale"]);
    assert.deepEqual([wrong.code, /did you mean "sales"\?/.test(wrong.err)], [1, true]);
  });

  test("SIGINT ends it in good order: the lock is gone, and all that was taken is there", async () => {
    const before = await rows();
    server.child.kill("SIGINT");
    const { code, err } = await server.ended;
    assert.deepEqual([code, /Stopping: what has been taken in is kept/.test(err)], [0, true]);
    assert.equal(existsSync(workshop.path("live", "lock")), false);
    assert.equal(await rows(), before);
  });
});

describe("SIGINT in the middle of reading", () => {
  const workshop = new Workshop({ "app.ts": TILL, "a.ndjson": ndjson(salesOf(150_000, 1)) });
  after(() => workshop.remove());

  test("ends with 130, and the same command goes on", async () => {
    const run = "app.ts --in sales=a.ndjson --epoch-rows 500 --data stopped";
    const store = workshop.path("stopped", "store");
    mkdirSync(store, { recursive: true });
    const running = workshop.start(`run ${run} --once`.split(" "));
    let writes = 0;
    const watcher = watch(store, () => {
      if (++writes === 50) running.child.kill("SIGINT");
    });
    const { code, err } = await running.ended;
    watcher.close();
    assert.deepEqual([code, /Stopped after [\d,]+ rows\. Run the same command again/.test(err)], [130, true], err);
    assert.match((await workshop.millrace("doctor --data stopped")).out, /^sound$/m);
    await workshop.runOnce(run);
    const [{ n, ids }] = await workshop.rows(
      "stopped",
      "select cast(count(*) as int) as n, cast(count(distinct id) as int) as ids from sales",
    );
    assert.deepEqual([n, ids], [150_000, 150_000]);
  });

  test("does not wait for standard input that never ends", async () => {
    const running = workshop.start("run app.ts --in sales=- --data waiting --port 0".split(" "));
    running.child.stdin.write(ndjson(salesOf(10, 1)));
    await running.said(/is at (http:\S+)/);
    running.child.kill("SIGINT");
    const { code, err } = await running.ended;
    assert.deepEqual([code, /cannot read/.test(err)], [0, false], err);
  });
});
