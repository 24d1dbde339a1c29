/** A batch whose parts a crash tore apart is taken again as it was decided: nothing lost, nothing doubled. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { VirtualClock } from "../../base/clock.js";
import { nodeDisk } from "../../base/node-disk.js";
import { batchOf } from "../../batch/build.js";
import { rowsOf } from "../../batch/read.js";
import { DEAD_LETTERS } from "../../log/dead-letters.js";
import { loadRows } from "../../log/load-chunk.js";
import type { Log, SourcePosition, StreamSpec } from "../../log/log.js";
import { MemoryLog } from "../../log/memory/memory-log.js";
import { openSegmentLog } from "../../log/segment/segment-log.js";
import { app, outputsOf } from "../../plan/app.js";
import { stream } from "../../plan/define.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { t } from "../../schema/builder.js";
import { SimulatedCrash } from "../../testing/faults.js";
import { Ingest } from "./ingest.js";

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const events = stream(
  "events",
  { at: t.timestamp(), id: t.int32(), host: t.string() },
  { time: "at", partitions: 3, partitionBy: ["host"], future: "1h" },
);
const program = app(import.meta, "ingest_test", [events.filter((e) => e.id >= 0).stream("all")]);
const plan = new ResolvedPlan({ app: program.name, url: program.url, outputs: outputsOf(program) });
const [input] = plan.inputPlans;
assert.ok(input !== undefined);

/** Every second row is two hours ahead of the clock, of hosts that spread over all partitions. */
const rows = Array.from({ length: 12 }, (_, id) => ({
  at: START + (id % 2 === 0 ? id : 2 * HOUR + id),
  id,
  host: `h${id}`,
}));
const position: SourcePosition = { source: "a.ndjson", position: 900, line: 12, from: 0, fromLine: 0 };

/** An append whose call dies after only these of its requests have become durable. */
function dying(log: Log, kept: (k: number) => boolean): Log {
  return new Proxy(log, {
    get(target, name) {
      if (name === "append")
        return async (requests: Parameters<Log["append"]>[0]) => {
          await target.append(requests.filter((_, k) => kept(k)));
          throw new SimulatedCrash("between two appends");
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

async function readAll(log: Log, spec: StreamSpec): Promise<readonly Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let partition = 0; partition < spec.partitions; partition++)
    for (const ref of log.entries(spec.name, partition, 0, Number.MAX_SAFE_INTEGER))
      if (ref.body.kind === "rows") all.push(...rowsOf(await loadRows(ref, spec.schema, null, nodeDisk)));
  return all;
}

async function idsIn(log: Log): Promise<{ taken: number[]; refused: number[] }> {
  const taken = (await readAll(log, { ...input, time: "at" } as StreamSpec)).map(({ id }) => id as number);
  const letters = (await readAll(log, DEAD_LETTERS)).map(
    ({ bytes }) => (JSON.parse(Buffer.from(bytes as Uint8Array).toString()) as { id: number }).id,
  );
  return { taken: taken.sort((a, b) => a - b), refused: letters.sort((a, b) => a - b) };
}

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function segmentLog(): Promise<{ log: Log; reopen: () => Promise<Log> }> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-ingest-"));
  folders.push(folder);
  const log = await openSegmentLog(nodeDisk, folder);
  const reopen = async (): Promise<Log> => {
    await log.close();
    return openSegmentLog(nodeDisk, folder);
  };
  return { log, reopen };
}

async function memoryLog(): Promise<{ log: Log; reopen: () => Promise<Log> }> {
  const log = new MemoryLog();
  return { log, reopen: async () => log };
}

for (const [name, make] of [
  ["memory", memoryLog],
  ["segment", segmentLog],
] as const)
  describe(`${name} log: a batch with rows ahead of the clock, torn apart by a crash`, () => {
    for (let kept = 0; kept < 4; kept++)
      for (const later of [-3 * HOUR, 0, 3 * HOUR])
        test(`only part ${kept} was durable, taken again with the clock at ${later / HOUR} h`, async () => {
          const clock = new VirtualClock(START);
          const { log, reopen } = await make();
          await log.ensure({ name: input.name, schema: input.schema, time: input.timeColumn, partitions: 3 });
          await log.ensure(DEAD_LETTERS);
          const batch = batchOf(input.declared, rows);
          const first = new Ingest(
            dying(log, (k) => k === kept),
            clock,
          );
          await assert.rejects(first.take(input, batch, [], { source: "a.ndjson", position }), SimulatedCrash);
          const again = await reopen();
          const second = new Ingest(again, new VirtualClock(START + later));
          assert.deepEqual(second.resume(input, "a.ndjson"), { position: 0, line: 0, until: 900 });
          const there = await idsIn(again);
          const { letters, ...taken } = await second.take(input, batch, [], { source: "a.ndjson", position });
          assert.deepEqual(taken, { rows: 6 - there.taken.length, refused: 6 - there.refused.length });
          assert.equal(letters.length, taken.refused);
          assert.deepEqual(await idsIn(again), { taken: [0, 2, 4, 6, 8, 10], refused: [1, 3, 5, 7, 9, 11] });
          await again.close();
        });
  });

test("a source that is given another partition by now is not taken twice", async () => {
  const plain = stream("plain", { at: t.timestamp(), id: t.int32() }, { time: "at", partitions: 2 });
  const own = app(import.meta, "ingest_plain", [plain.filter((e) => e.id >= 0).stream("kept")]);
  const [into] = new ResolvedPlan({ app: own.name, url: own.url, outputs: outputsOf(own) }).inputPlans;
  assert.ok(into !== undefined);
  const log = new MemoryLog();
  await log.ensure({ name: into.name, schema: into.schema, time: into.timeColumn, partitions: into.partitions });
  await log.ensure(DEAD_LETTERS);
  const ingest = new Ingest(log, new VirtualClock(START));
  const batch = batchOf(into.declared, [{ at: START, id: 1 }]);
  const position: SourcePosition = { source: "a.csv", position: 10, line: 1, from: 0, fromLine: 0 };
  for (const partition of [0, 1]) await ingest.take(into, batch, [], { source: "a.csv", partition, position });
  assert.deepEqual([log.bounds("plain", 0).end, log.bounds("plain", 1).end], [1, 0]);
});
