import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, open, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../base/errors.js";
import { nodeDisk } from "../../base/node-disk.js";
import { Random } from "../../base/random.js";
import { closeLoaded, loadRows } from "../load-chunk.js";
import { logConformance, shapeOf, testAppend, testSchema, testSource, testSpec } from "../log.conformance.js";
import { MemoryLog } from "../memory/memory-log.js";
import { lockData } from "./data-lock.js";
import type { EntryIndex } from "./entry-index.js";
import { FaultDisk } from "./fault-disk.js";
import { openLmdbIndex } from "./lmdb-index.js";
import type { SegmentLog, SegmentLogOptions } from "./segment-log.js";
import { openSegmentLog } from "./segment-log.js";

const folders: string[] = [];
after(async () => {
  await closeLoaded(nodeDisk);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-log-"));
  folders.push(folder);
  return folder;
}

function suite(
  name: string,
  options: SegmentLogOptions,
  beforeReopen: (data: string) => Promise<void> = async () => {},
): void {
  logConformance(name, async () => {
    const data = await newFolder();
    let log = await openSegmentLog(nodeDisk, data, options);
    const reopen = async () => {
      await log.close();
      await beforeReopen(data);
      log = await openSegmentLog(nodeDisk, data, options);
      assert.deepEqual([log.opened.damages, log.opened.torn], [[], []]);
      return log;
    };
    return { log, disk: nodeDisk, reopen };
  });
}

suite("segment log", {});
suite("segment log, an entry or two a segment", { segmentBytesMax: 500 });
suite("segment log whose index is gone at every start", { segmentBytesMax: 2000 }, (data) =>
  rm(`${data}/index`, { recursive: true }),
);
suite("segment log whose index is rubbish at every start", {}, (data) =>
  writeFile(`${data}/index/data.mdb`, "rubbish".repeat(2000)),
);

/** A log with one partition of 10 entries, two rows each, over several segments; closed. */
async function written(segmentBytesMax: number): Promise<{ data: string; segments: string[] }> {
  const data = await newFolder();
  const log = await openSegmentLog(nodeDisk, data, { segmentBytesMax });
  await log.ensure(testSpec("s", 1));
  for (let k = 0; k < 10; k++)
    await log.append([testAppend("s", 0, [10 * k, 10 * k + 1], { id: 2 * k, source: testSource("a", k) })]);
  await log.close();
  const folder = `${data}/log/s/0`;
  return { data, segments: (await readdir(folder)).sort().map((name) => `${folder}/${name}`) };
}

async function flip(path: string, position: number): Promise<void> {
  const file = await open(path, "r+");
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, position);
  await file.write(
    buffer.map((byte) => byte ^ 0xff),
    0,
    8,
    position,
  );
  await file.close();
}

/** What each entry reads as: its first offset, or the code of the error. */
async function readAll(log: SegmentLog): Promise<(number | string)[]> {
  await closeLoaded(nodeDisk);
  const read: (number | string)[] = [];
  const { start, end } = log.bounds("s", 0);
  for (const ref of log.entries("s", 0, start, end))
    read.push(
      await loadRows(ref, testSchema, null, nodeDisk).then(
        () => ref.from,
        (error: { code: string }) => `${ref.from} ${error.code}`,
      ),
    );
  return read;
}

describe("a damaged segment", () => {
  const place = { stream: "s", partition: 0 };
  const chunkOf = async (data: string, from: number) => {
    const log = await openSegmentLog(nodeDisk, data, { readOnly: true });
    const at = log.entries("s", 0, from, from + 1)[0]?.body;
    await log.close();
    assert.ok(at?.kind === "rows" && at.at.kind === "file");
    return at.at;
  };

  for (const indexed of [true, false])
    it(`is located, and the rest stays readable (${indexed ? "with" : "without"} index)`, async () => {
      const { data } = await written(1500);
      const chunk = await chunkOf(data, 8);
      await flip(chunk.path, chunk.position + 20);
      if (!indexed) await rm(`${data}/index`, { recursive: true });
      const log = await openSegmentLog(nodeDisk, data);
      const damage = { ...place, segment: chunk.path, from: 8, to: 10, reason: "checksum" };
      const strip = ({ position: _, ...rest }: { position: number }) => rest;
      if (!indexed) assert.deepEqual(log.opened.damages.map(strip), [damage]);
      assert.deepEqual((await log.verify()).map(strip), [damage]);
      assert.deepEqual(await readAll(log), [0, 2, 4, 6, "8 CORRUPT", 10, 12, 14, 16, 18]);
      const ref = log.entries("s", 0, 8, 9)[0];
      assert.ok(ref !== undefined);
      await assert.rejects(loadRows(ref, testSchema, null, nodeDisk), (error: Error & { at: string }) => {
        assert.match(error.message, /stream "s", partition 0, offsets \[8, 10\) cannot be read/);
        assert.equal(error.at, `${chunk.path} at ${chunk.position}`);
        return true;
      });
      await log.close();
    });

  it("with a broken header, rebuilt without index, loses that entry's offsets only", async () => {
    const { data } = await written(1500);
    const chunk = await chunkOf(data, 6);
    await flip(chunk.path, chunk.position - 100);
    await rm(`${data}/index`, { recursive: true });
    for (let opening = 0; opening < 3; opening++) {
      const log = await openSegmentLog(nodeDisk, data);
      if (opening === 0)
        assert.deepEqual(
          log.opened.damages.map(({ from, to, reason }) => [from, to, reason]),
          [[6, 8, "header"]],
        );
      assert.deepEqual((await readAll(log)).slice(0, 6), [0, 2, 4, "6 CORRUPT", 8, 10]);
      assert.deepEqual(await log.append([testAppend("s", 0, [1])]), [{ from: 20 + opening, to: 21 + opening }]);
      await log.close();
    }
  });

  it("cut short in the middle of the log says which offsets are lost", async () => {
    const { data, segments } = await written(700);
    await truncate(segments[1] as string, 300);
    await rm(`${data}/index`, { recursive: true });
    const log = await openSegmentLog(nodeDisk, data);
    assert.equal(log.opened.damages.at(-1)?.reason, "header");
    assert.equal((await readAll(log)).at(-1), 18);
    assert.ok((await readAll(log)).some((entry) => String(entry).endsWith("CORRUPT")));
    await log.close();
  });

  it("missing altogether is told, and its offsets throw", async () => {
    const { data, segments } = await written(700);
    await rm(segments[1] as string);
    const log = await openSegmentLog(nodeDisk, data);
    assert.deepEqual(
      log.opened.damages.map(({ reason }) => reason),
      ["missing"],
    );
    assert.equal((await readAll(log)).at(-1), 18);
    await log.close();
  });

  it("at the end of the log is damage when the index knows that it was acknowledged", async () => {
    const { data, segments } = await written(1 << 20);
    const path = segments[0] as string;
    await truncate(path, ((await nodeDisk.size(path)) as number) - 50);
    for (let opening = 0; opening < 2; opening++) {
      const log = await openSegmentLog(nodeDisk, data);
      assert.equal(log.bounds("s", 0).end, 20 + opening);
      assert.deepEqual((await readAll(log)).slice(8, 10), [16, "18 CORRUPT"]);
      if (opening === 0)
        assert.deepEqual(
          log.opened.damages.map(({ from, to }) => [from, to]),
          [[18, 20]],
        );
      assert.deepEqual(await log.append([testAppend("s", 0, [1])]), [{ from: 20 + opening, to: 21 + opening }]);
      await log.close();
    }
  });

  it("at the end of the log without index is a torn tail: cut off, and counted", async () => {
    const { data, segments } = await written(1 << 20);
    const path = segments[0] as string;
    await truncate(path, ((await nodeDisk.size(path)) as number) - 50);
    await rm(`${data}/index`, { recursive: true });
    const log = await openSegmentLog(nodeDisk, data);
    assert.deepEqual(log.opened.damages, []);
    assert.equal(log.opened.torn.length, 1);
    assert.deepEqual(log.bounds("s", 0), { start: 0, end: 18 });
    assert.equal(log.sourcePosition("s", 0, "a")?.position, 8);
    await log.close();
  });
});

describe("the data directory", () => {
  it("is written by one process at a time; the message names it", async () => {
    const data = await newFolder();
    const log = await openSegmentLog(nodeDisk, data);
    await assert.rejects(openSegmentLog(nodeDisk, data), { code: "DATA_DIR", message: /in use by this process/ });
    await log.close();
    const child = fork(fileURLToPath(new URL("./data-lock.test-child.js", import.meta.url)), [data]);
    await new Promise((resolve) => child.once("message", resolve));
    await assert.rejects(openSegmentLog(nodeDisk, data), {
      code: "DATA_DIR",
      message: new RegExp(`in use by process ${child.pid}`),
    });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    await (await openSegmentLog(nodeDisk, data)).close();
  });

  it("passes over a lock of a process that began at another time, or of rubbish", async () => {
    const data = await newFolder();
    for (const text of [
      JSON.stringify({ pid: process.pid, started: "another boot:1", host: (await import("node:os")).hostname() }),
      "rubbish",
    ]) {
      await writeFile(`${data}/lock`, text);
      await (await lockData(data)).release();
    }
    assert.deepEqual(await readdir(data), []);
  });

  it("can be read beside its writer, unsynced index and all", async () => {
    const data = await newFolder();
    const log = await openSegmentLog(nodeDisk, data);
    await log.ensure(testSpec("s", 1));
    await log.append([testAppend("s", 0, [1, 2])]);
    const reader = await openSegmentLog(nodeDisk, data, { readOnly: true });
    assert.deepEqual(await readAll(reader), [0]);
    await assert.rejects(reader.append([testAppend("s", 0, [1])]), { code: "REQUEST" });
    await log.append([testAppend("s", 0, [3])]);
    assert.equal(reader.bounds("s", 0).end, 2);
    await reader.close();
    await log.close();
  });

  it("gives space back when segments are retained, even while a reader has them open", async () => {
    const { data, segments } = await written(700);
    const log = await openSegmentLog(nodeDisk, data);
    await readAll(log);
    const old = log.entries("s", 0, 0, 1)[0];
    const freed = await log.retain("s", 0, { before: 9999, keepFrom: 9 });
    assert.ok(freed > 0 && log.bounds("s", 0).start > 0 && log.bounds("s", 0).start <= 9);
    assert.equal(await nodeDisk.size(segments[0] as string), null);
    assert.ok(old !== undefined);
    await assert.rejects(loadRows(old, testSchema, null, nodeDisk), { code: "RETENTION" });
    await log.close();
  });

  it("gives space back on a disk so full that the index can't be written", async () => {
    const { data, segments } = await written(700);
    const stored = await openLmdbIndex(`${data}/index`);
    let full = true;
    const index: EntryIndex = {
      rows: (stream, partition) => stored.rows(stream, partition),
      put: (...args) => stored.put(...args),
      remove: async (...args) => {
        if (full) throw new MillraceError("DISK", "the disk is full");
        await stored.remove(...args);
      },
      settled: () => stored.settled(),
      close: () => stored.close(),
    };
    const log = await openSegmentLog(nodeDisk, data, { index });
    assert.ok((await log.retain("s", 0, { before: 9999, keepFrom: 9 })) > 0);
    assert.equal(await nodeDisk.size(segments[0] as string), null);
    const { start, end } = log.bounds("s", 0);
    full = false;
    await log.close();
    const again = await openSegmentLog(nodeDisk, data);
    assert.deepEqual([again.bounds("s", 0), again.opened.damages], [{ start, end }, []]);
    assert.ok((await readAll(again)).every((read) => typeof read === "number"));
    await again.close();
  });
});

it("does as the log in memory does, whatever is done (seeded)", async () => {
  const random = new Random(Number(process.env.MILLRACE_SEED ?? 7));
  const data = await newFolder();
  const memory = new MemoryLog();
  let log = await openSegmentLog(nodeDisk, data, { segmentBytesMax: 1500 });
  for (const each of [memory, log]) await each.ensure(testSpec("s", 2));
  for (let step = 0; step < 150; step++) {
    const partition = random.int(0, 1);
    const { start, end } = memory.bounds("s", partition);
    const dice = random.next();
    if (dice < 0.6) {
      const times = Array.from({ length: random.int(0, 4) }, () => random.int(0, 1000));
      const request = testAppend("s", partition, times, {
        id: end,
        appendTime: step,
        source: testSource(random.pick(["a", "b"]), step),
      });
      assert.deepEqual(await log.append([request]), await memory.append([request]));
    } else if (dice < 0.75) {
      const mark = {
        stream: "s",
        partition,
        watermark: random.int(0, 1000),
        appendTime: step,
        reason: "idle",
      } as const;
      for (const each of [memory, log]) await each.mark([mark]);
    } else if (dice < 0.85) {
      const boundaries = [start, ...memory.entries("s", partition, start, end).map(({ to }) => to)];
      const to = random.pick(boundaries);
      for (const each of [memory, log]) await each.truncate("s", partition, to);
    } else if (dice < 0.9) {
      // Segments are coarser than entries: the twin then gives up the same rows.
      await log.retain("s", partition, { before: step - random.int(0, 20), keepFrom: random.int(start, end) });
      await memory.retain("s", partition, {
        before: Number.POSITIVE_INFINITY,
        keepFrom: log.bounds("s", partition).start,
      });
    } else {
      await log.close();
      if (random.next() < 0.3) await rm(`${data}/index`, { recursive: true });
      log = await openSegmentLog(nodeDisk, data, { segmentBytesMax: 1500 });
      assert.deepEqual([log.opened.torn, log.opened.damages], [[], []]);
    }
    for (const p of [0, 1]) {
      const bounds = memory.bounds("s", p);
      assert.deepEqual(log.bounds("s", p), bounds, `step ${step}`);
      const shape = (each: SegmentLog | MemoryLog) => each.entries("s", p, bounds.start, bounds.end).map(shapeOf);
      assert.deepEqual(shape(log), shape(memory), `step ${step}`);
      for (const source of ["a", "b"])
        assert.deepEqual(log.sourcePosition("s", p, source), memory.sourcePosition("s", p, source), `step ${step}`);
    }
  }
  await log.close();
});

it("rejects with DISK when the disk is full, and goes on when there is room", async () => {
  const disk = new FaultDisk(new Random(1));
  const log = await openSegmentLog(disk.boot(), "/data", {
    index: (await import("./entry-index.js")).noIndex,
    lock: async () => ({ release: async () => {} }),
  });
  await log.ensure(testSpec("s", 1));
  await log.append([testAppend("s", 0, [1])]);
  disk.capacityBytes = 1200;
  const results = await Promise.allSettled([
    log.append([
      testAppend(
        "s",
        0,
        Array.from({ length: 900 }, () => 2),
      ),
    ]),
  ]);
  assert.equal(results[0]?.status, "rejected");
  await assert.rejects(
    log.append([
      testAppend(
        "s",
        0,
        Array.from({ length: 900 }, () => 2),
      ),
    ]),
    { code: "DISK", message: /the disk is full/ },
  );
  assert.deepEqual(log.bounds("s", 0), { start: 0, end: 1 });
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  assert.deepEqual(await log.append([testAppend("s", 0, [3])]), [{ from: 1, to: 2 }]);
});
