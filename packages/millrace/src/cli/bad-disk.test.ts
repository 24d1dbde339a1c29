/** A disk that is full, and one that lies: said clearly, nothing acknowledged is lost, the rest goes on. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, cpSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Status } from "../engine/status.js";
import { answersOf, BIN, ndjson, Running, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const NO_LIMITS = spawnSync("bash", ["-c", "ulimit -S -f 2048"]).status === 0 ? false : "no bash with ulimit here";
const NO_PRLIMIT = spawnSync("bash", ["-c", "prlimit --version"]).status === 0 ? NO_LIMITS : "no prlimit here";

/** No file may grow beyond so many KiB: for the program, a disk that is full. */
function limited(workshop: Workshop, kib: number, args: string): Running {
  const script = `ulimit -S -f ${kib}; exec "$0" "$@"`;
  return new Running(
    spawn("bash", ["-c", script, process.execPath, BIN, ...args.split(" ")], { cwd: workshop.folder }),
  );
}

describe("a full disk", { skip: NO_LIMITS }, () => {
  const workshop = new Workshop({ "app.ts": TILL, "a.ndjson": ndjson(salesOf(40_000, 1)) });
  after(() => workshop.remove());

  test("run --once says so, and with room again ends as if nothing had happened", async () => {
    await workshop.runOnce("app.ts --in sales=a.ndjson --data whole");
    const { code, signal, err } = await limited(workshop, 300, "run app.ts --in sales=a.ndjson --once --data full")
      .ended;
    assert.deepEqual([code, signal], [1, null], err);
    assert.match(
      err,
      /full\/\S+: the file may not grow beyond the limit on file sizes\n {2}Raise the limit \(ulimit -f\)/,
    );
    assert.doesNotMatch(err, /\n {4}at /);
    await workshop.runOnce("app.ts --in sales=a.ndjson --data full");
    assert.equal(await answersOf(workshop, "full"), await answersOf(workshop, "whole"));
    assert.match((await workshop.millrace("doctor --data full")).out, /^sound$/m);
  });

  test("a server answers 507, keeps what it answered for, and takes rows again when there is room", {
    skip: NO_PRLIMIT,
  }, async () => {
    const running = limited(workshop, 300, "run app.ts --data live --port 0");
    const url = await running.said(/is at (http:\S+)/);
    const put = async (n: number): Promise<Response> =>
      fetch(`${url}/api/streams/sales`, {
        method: "POST",
        body: ndjson(salesOf(2000, n)),
        headers: { "content-type": "application/x-ndjson" },
      });
    const answered: number[] = [];
    let refused: Response | null = null;
    for (let n = 1; n < 100 && refused === null; n++) {
      const response = await put(n);
      if (response.status === 200) {
        await response.arrayBuffer();
        answered.push(n);
      } else refused = response;
    }
    assert.ok(refused !== null && answered.length > 0);
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    assert.deepEqual([refused.status, error.code], [507, "DISK"], error.message);
    assert.match(error.message, /sales\/0\/.*: the file may not grow beyond the limit on file sizes/);
    assert.equal((await fetch(`${url}/api/status`)).status, 200, "it still answers");
    assert.equal(spawnSync("bash", ["-c", `prlimit --pid ${running.child.pid} --fsize=unlimited`]).status, 0);
    assert.equal((await put(1000)).status, 200);
    running.child.kill("SIGTERM");
    await running.ended;
    const there = await workshop.rows(
      "live",
      "select cast(id // 1000000 as int) as body, cast(count(*) as int) as n from sales group by 1 order by 1",
    );
    assert.deepEqual(
      there,
      [...answered, 1000].map((body) => ({ body, n: 2000 })),
    );
  });
});

/** Little to take in makes much to keep: it is the store that gets full. */
const GROWING = `import { app, stream, t } from "millrace";
const seeds = stream("seeds", { at: t.timestamp(), n: t.int() }, { time: "at" });
const grown = seeds
  .flatMap((e) => Array.from({ length: 500 }, (_, k) => ({ key: \`\${e.n} \${k} \${"x".repeat(150)}\` })))
  .by("key")
  .agg((a) => ({ n: a.count() }), { keep: "forever" })
  .view("grown");
export default app(import.meta, "growing", [grown]);
`;

describe("a store that can't grow", { skip: NO_PRLIMIT }, () => {
  const workshop = new Workshop({ "app.ts": GROWING });
  after(() => workshop.remove());

  test("a commit waits for room: the server says so, takes rows meanwhile, and goes on by itself", async () => {
    const running = limited(workshop, 1024, "run app.ts --data live --port 0");
    const url = await running.said(/is at (http:\S+)/);
    const put = async (n: number): Promise<void> => {
      const body = ndjson([{ at: "2026-01-01T00:00:00Z", n }]);
      const headers = { "content-type": "application/x-ndjson" };
      assert.equal((await fetch(`${url}/api/streams/seeds`, { method: "POST", body, headers })).status, 200);
    };
    const status = async () => (await (await fetch(`${url}/api/status`)).json()) as Status;
    let sent = 0;
    while (!(await status()).troubles.some(({ work }) => work === "commit") && sent < 200) await put(sent++);
    await running.said(
      /warning: the commit of an epoch failed, and is tried again in 1 s: \S+store: .*(full|too large)/,
    );
    await put(sent++);
    const blocked = await status();
    assert.deepEqual([blocked.failure, blocked.ready, blocked.lag > 0], [null, true, true]);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /millrace_upkeep_failing\{work="commit"\} 1/);
    assert.equal(spawnSync("bash", ["-c", `prlimit --pid ${running.child.pid} --fsize=unlimited`]).status, 0);
    await running.said(/the commit of an epoch works again/);
    running.child.kill("SIGTERM");
    assert.equal((await running.ended).code, 0);
    await workshop.runOnce("app.ts --data live");
    const [{ n, least, most }] = await workshop.rows(
      "live",
      "select cast(count(*) as int) as n, cast(min(n) as int) as least, cast(max(n) as int) as most from grown",
    );
    assert.deepEqual([n, least, most], [sent * 500, 1, 1]);
    assert.match((await workshop.millrace("doctor --data live")).out, /^sound$/m);
  });
});

describe("a corrupted chunk", () => {
  const workshop = new Workshop({
    "app.ts": TILL,
    "a.ndjson": ndjson(salesOf(20_000, 1)),
    "b.ndjson": ndjson(salesOf(500, 2)),
  });
  after(() => workshop.remove());
  const run = "app.ts --in sales=a.ndjson,b.ndjson";
  let segment: string;
  before(async () => {
    await workshop.runOnce(`${run} --data good`);
    cpSync(workshop.path("good"), workshop.path("bad"), { recursive: true });
    const folder = workshop.path("bad", "log", "sales", "0");
    segment = join(folder, readdirSync(folder)[0] as string);
    flip(segment, 3000, 4);
  });

  test("doctor says in which file, where and which offsets; and what to do", async () => {
    const { code, out } = await workshop.millrace("doctor --data bad");
    assert.equal(code, 1);
    assert.match(out, /^DAMAGED sales\/0 offsets \[0, 8192\): checksum, in \S+\.seg at \d+$/m);
    assert.ok(out.includes(segment));
    assert.match(out, /These offsets can't be read, all others can\. Restore .*from a backup/);
    assert.match(out, /^1 finding$/m);
  });

  test("SQL reads the other partitions, streams and views, and says what is damaged when it meets it", async () => {
    const [{ n }] = await workshop.rows(
      "bad",
      "select cast(count(*) as int) as n from sales where _partition = 1 and id > 0",
    );
    assert.equal(n, 500);
    const behind = await workshop.rows(
      "bad",
      "select cast(count(*) as int) as n from sales where _partition = 0 and _offset >= 8192 and id > 0",
    );
    assert.equal(behind[0].n, 20_000 - 8192);
    assert.equal(await answersOf(workshop, "bad"), await answersOf(workshop, "good"));
    const { code, err } = await workshop.millrace(["sql", "--data", "bad", 'select max("at") from sales']);
    assert.equal(code, 1);
    assert.match(err, /"at" fails its checksum/);
  });

  test("a run that needs nothing of it goes on; one that does says what and where, and does not guess", async () => {
    const { code } = await workshop.millrace(`run ${run} --once --data bad`);
    assert.equal(code, 0);
    const { code: failed, err } = await workshop.millrace(`run ${run} --once --data bad --rebuild`);
    assert.equal(failed, 1);
    assert.match(err, /sales\/0/);
    assert.match(err, /checksum|damaged/);
    assert.doesNotMatch(err, /\n {4}at /);
  });
});

function flip(path: string, position: number, bytes: number): void {
  const file = openSync(path, "r+");
  const part = Buffer.alloc(bytes);
  readSync(file, part, 0, bytes, position);
  writeSync(
    file,
    part.map((byte) => byte ^ 0xff),
    0,
    bytes,
    position,
  );
  closeSync(file);
}
