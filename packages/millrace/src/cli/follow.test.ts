/** Following real files through rotation of every kind, stops and starts: each line once, in a log that is kept. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { VirtualClock } from "../base/clock.js";
import { Follower } from "../engine/ingest/follow-files.js";
import type { Runtime } from "../engine/runtime.js";
import { app, stream, t } from "../index.js";
import type { FilesSpec } from "../source/spec.js";
import { files } from "../source/spec.js";
import type { Embedded } from "./embed.js";
import { embed } from "./embed.js";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const lines = stream("lines", { at: t.timestamp(), id: t.int32(), pad: t.string() }, { time: "at" });
const program = app(import.meta, "follow_test", [lines.filter((e) => e.id >= 0).stream("all")]);

/** 1.2 kB a line, so that one is enough to be known by. */
const PAD = "x".repeat(1150);
const line = (id: number): string => `${JSON.stringify({ at: "2026-01-01T00:00:00Z", id, pad: PAD })}\n`;
const text = (from: number, to: number): string => Array.from({ length: to - from }, (_, k) => line(from + k)).join("");

let folder = "";
let running: Embedded;
let follower: Follower;
let clock: VirtualClock;
let told: string[] = [];
const at = (name: string): string => join(folder, "logs", name);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-follow-"));
  mkdirSync(join(folder, "logs"));
  told = [];
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

/** The runtime, but for what it says the time is. */
function withClock(runtime: Runtime, own: VirtualClock): Runtime {
  return new Proxy(runtime, {
    get(target, name) {
      if (name === "clock") return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

async function start(pattern = "logs/*.log", spec: FilesSpec = {}): Promise<void> {
  running = await embed(program, { data: join(folder, "data") });
  clock = new VirtualClock();
  const runtime = withClock(running.runtime, clock);
  const tell = (text: string): void => void told.push(text);
  follower = new Follower(runtime, running.runtime.input("lines"), files(pattern, spec), { root: folder, tell });
}

async function stop(): Promise<void> {
  await follower.close();
  await running.close();
}

/** Rows by id, in the order they were taken. */
async function ids(): Promise<number[]> {
  await running.settle();
  const { rows } = await running.sql("select id from lines order by _offset");
  return rows.map((row) => Number(row[0]));
}
const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

async function rounds(n = 3): Promise<void> {
  for (let k = 0; k < n; k++) {
    await follower.round();
    clock.advance(500);
  }
}
const sorted = async (): Promise<number[]> => (await ids()).sort((a, b) => a - b);

test("a growing file is read to its last whole line, round by round; the rest of a line waits, over a stop too", async () => {
  writeFileSync(at("a.log"), text(0, 2) + line(2).slice(0, 30));
  await start();
  await rounds();
  assert.deepEqual(await ids(), [0, 1]);
  appendFileSync(at("a.log"), line(2).slice(30, 40));
  await rounds();
  await stop();
  await start();
  await rounds();
  assert.deepEqual(await ids(), [0, 1]);
  appendFileSync(at("a.log"), line(2).slice(40) + line(3));
  await rounds();
  assert.deepEqual(await ids(), upTo(4));
});

test("new files, short ones and ones in new folders come in as they come", async () => {
  await start("logs/**/*.log");
  await rounds();
  assert.match(told.join(), /no file matches.*It is waited for/s);
  mkdirSync(at("deep/er"), { recursive: true });
  writeFileSync(at("deep/er/a.log"), "");
  await rounds();
  writeFileSync(at("deep/er/a.log"), `{"at":"2026-01-01T00:00:00Z","id":0,"pad":""}\n`);
  writeFileSync(at("b.log"), line(1));
  await rounds();
  assert.deepEqual(await sorted(), [0, 1]);
});

describe("renamed, and a new file made under the name", () => {
  test("while it runs: what is written to the old one is read on, wherever it went", async () => {
    await start();
    writeFileSync(at("a.log"), text(0, 2));
    await rounds();
    appendFileSync(at("a.log"), line(2));
    renameSync(at("a.log"), at("a.log.1"));
    writeFileSync(at("a.log"), text(10, 11));
    await rounds();
    appendFileSync(at("a.log.1"), line(3));
    appendFileSync(at("a.log"), line(11));
    await rounds();
    assert.deepEqual(await sorted(), [0, 1, 2, 3, 10, 11]);
  });

  test("its last line without an end counts when nothing has come for ten seconds", async () => {
    await start();
    writeFileSync(at("a.log"), text(0, 2) + line(2).trimEnd());
    await rounds();
    renameSync(at("a.log"), join(folder, "elsewhere"));
    await rounds();
    assert.deepEqual(await ids(), [0, 1]);
    clock.advance(10_000);
    await rounds();
    assert.deepEqual(await ids(), [0, 1, 2]);
  });

  test("while it is stopped: the rest of the old one is read first at the next start, though the pattern leaves it out", async () => {
    writeFileSync(at("a.log"), text(0, 2));
    await start();
    await rounds();
    await stop();
    appendFileSync(at("a.log"), text(2, 4));
    renameSync(at("a.log"), at("a.log.1"));
    writeFileSync(at("a.log"), text(10, 12));
    await start();
    await rounds();
    assert.deepEqual(await sorted(), [0, 1, 2, 3, 10, 11]);
    await stop();
    await start();
    await rounds();
    assert.deepEqual(await sorted(), [0, 1, 2, 3, 10, 11]);
  });

  test("the pattern finds both names", async () => {
    await start("logs/a.log*");
    for (let k = 0; k < 4; k++) {
      appendFileSync(at("a.log"), text(10 * k, 10 * k + 2));
      await rounds();
      appendFileSync(at("a.log"), line(10 * k + 2));
      for (let n = k; n >= 1; n--) renameSync(at(`a.log.${n}`), at(`a.log.${n + 1}`));
      renameSync(at("a.log"), at("a.log.1"));
      if (k === 2) {
        await stop();
        await start("logs/a.log*");
      }
      await rounds();
    }
    assert.deepEqual(
      await sorted(),
      upTo(4).flatMap((k) => [10 * k, 10 * k + 1, 10 * k + 2]),
    );
  });
});

describe("copied and emptied", () => {
  for (const pattern of ["logs/a.log", "logs/a.log*"])
    test(`${pattern}: what was written between the last look and the emptying is read from the copy`, async () => {
      await start(pattern);
      writeFileSync(at("a.log"), text(0, 2));
      await rounds();
      appendFileSync(at("a.log"), line(2));
      copyFileSync(at("a.log"), at("a.log.1"));
      await follower.round();
      truncateSync(at("a.log"));
      await rounds();
      appendFileSync(at("a.log"), text(10, 12));
      await rounds();
      assert.deepEqual(await sorted(), [0, 1, 2, 10, 11]);
      await stop();
      await start(pattern);
      await rounds();
      assert.deepEqual(await sorted(), [0, 1, 2, 10, 11]);
    });

  test("the rest that nobody had read is in the copy only", async () => {
    await start("logs/a.log");
    writeFileSync(at("a.log"), text(0, 2));
    await rounds();
    appendFileSync(at("a.log"), text(2, 4));
    copyFileSync(at("a.log"), at("a.log.1"));
    truncateSync(at("a.log"));
    await rounds();
    assert.deepEqual(await sorted(), upTo(4));
  });

  test("it is noticed although the file is longer again by then", async () => {
    await start();
    writeFileSync(at("a.log"), text(0, 2));
    await rounds();
    writeFileSync(at("a.log"), text(10, 15));
    await rounds();
    assert.deepEqual(await sorted(), [0, 1, 10, 11, 12, 13, 14]);
  });
});

test("what was packed when it was rotated is not read again, and what was missing of it is", async () => {
  await start("logs/a.log*");
  writeFileSync(at("a.log"), text(0, 2));
  await rounds();
  renameSync(at("a.log"), at("a.log.1"));
  writeFileSync(at("a.log"), text(10, 12));
  await rounds();
  writeFileSync(at("a.log.1.gz"), gzipSync(readFileSync(at("a.log.1"))));
  await rounds();
  unlinkSync(at("a.log.1"));
  await rounds();
  assert.deepEqual(await sorted(), [0, 1, 10, 11]);
  await stop();
  writeFileSync(at("a.log.2.gz"), gzipSync(text(10, 14)));
  writeFileSync(at("a.log"), text(20, 21));
  await start("logs/a.log*");
  await rounds(5);
  assert.deepEqual(await sorted(), [0, 1, 10, 11, 12, 13, 20]);
});

test("a deleted file is read to its end, and one that two names lead to once", async () => {
  await start();
  writeFileSync(at("a.log"), text(0, 2));
  symlinkSync(at("a.log"), at("now.log"));
  await rounds();
  unlinkSync(at("a.log"));
  await rounds();
  assert.deepEqual(await ids(), [0, 1]);
});

test("files that are alike are files of their own", async () => {
  await start();
  for (const name of ["a.log", "b.log", "c.log"]) writeFileSync(at(name), text(0, 2));
  await rounds();
  appendFileSync(at("b.log"), line(2));
  await rounds();
  await stop();
  await start();
  await rounds();
  assert.deepEqual(await sorted(), [0, 0, 0, 1, 1, 1, 2]);
});

test("more files than are held open: each is read on", async () => {
  await start();
  for (let k = 0; k < 150; k++) writeFileSync(at(`${k}.log`), line(k));
  await rounds();
  for (let k = 0; k < 150; k += 7) appendFileSync(at(`${k}.log`), line(1000 + k));
  await rounds();
  assert.equal((await ids()).length, 150 + 22);
});

test("a file that can't be read is told once, and does not stop the others", async () => {
  writeFileSync(at("a.txt"), line(0));
  writeFileSync(at("b.log"), line(1));
  await start("logs/*");
  await rounds();
  assert.equal(told.length, 1);
  assert.match(told[0] as string, /^lines: cannot tell the format of "logs\/a\.txt" from its name/);
  assert.deepEqual(await ids(), [1]);
});

describe("millrace run --follow", () => {
  const workshop = new Workshop({ "app.ts": TILL });
  after(() => workshop.remove());

  test("takes rows as they are written, over kill -9 and rotation, each once", async () => {
    const rows = salesOf(400, 1, { late: false });
    const write = (from: number, to: number): void =>
      appendFileSync(workshop.path("s.log"), ndjson(rows.slice(from, to)));
    const server = () =>
      workshop.start(["run", "app.ts", "--in", "sales=s.log", "--follow", "--data", "d", "--port", "0"]);
    write(0, 50);
    const first = server();
    await first.said(/is at http/);
    write(50, 100);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    write(100, 150);
    first.child.kill("SIGKILL");
    await first.ended;
    renameSync(workshop.path("s.log"), workshop.path("s.log.1"));
    write(150, 200);
    const second = server();
    await second.said(/is at http/);
    const [, url] = /is at (http\S+)/.exec(second.err) as unknown as [string, string];
    write(200, 250);
    for (let tries = 0; ; tries++) {
      const status = (await (await fetch(`${url}/api/status`)).json()) as { events: number };
      if (status.events >= 250) break;
      assert.ok(tries < 100, `${status.events} rows after 20 s`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    second.child.kill("SIGTERM");
    await second.ended;
    const taken = await workshop.rows("d", "select id from sales order by id");
    assert.deepEqual(
      taken.map(({ id }) => Number(id) - 1_000_000),
      upTo(250),
    );
  });

  test("is not for --once", async () => {
    const { code, err } = await workshop.millrace("run app.ts --follow --once");
    assert.equal(code, 2);
    assert.match(err, /--follow reads on without end, and --once ends/);
  });
});
