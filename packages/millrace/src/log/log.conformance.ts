/** What every log does, whatever it is made of. Run by the `*.test.ts` beside each implementation. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Disk } from "../base/disk.js";
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import { batchOf } from "../batch/build.js";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import { loadRows } from "./load-chunk.js";
import type { AppendRequest, EntryRef, Log, SourcePosition, StreamSpec } from "./log.js";

export interface LogUnderTest {
  readonly log: Log;
  readonly disk: Disk;
  /** Closes the log and opens it again over what is stored; null when nothing outlives it. */
  readonly reopen: (() => Promise<Log>) | null;
}

export const testSchema = schemaOf({ at: t.timestamp(), id: t.int32(), note: t.string().optional() });

export function testSpec(name: string, partitions = 3): StreamSpec {
  return { name, schema: testSchema, time: "at", partitions };
}

/** A request with rows at the given event times; ids count from `id`. */
export function testAppend(
  stream: string,
  partition: number,
  times: readonly number[],
  more: { id?: number; appendTime?: number; source?: SourcePosition } = {},
): AppendRequest {
  const id = more.id ?? 0;
  const rows = batchOf(
    testSchema,
    times.map((at, k) => ({ at, id: id + k, note: k % 2 === 0 ? null : `note ${k}` })),
  );
  return {
    stream,
    partition,
    rows,
    appendTime: more.appendTime ?? 1000,
    ...(more.source === undefined ? {} : { source: more.source }),
  };
}

export function testSource(source: string, position: number): SourcePosition {
  return { source, position, line: position / 10, from: position - 1, fromLine: position / 10 - 1 };
}

/** Defines the suite; `make` gives a new, empty log. */
export function logConformance(name: string, make: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let made: LogUnderTest;
    let log: Log;
    before(async () => {
      made = await make();
      log = made.log;
    });
    after(() => log.close());
    const reopened = async () => {
      if (made.reopen !== null) log = await made.reopen();
    };
    const append = async (...requests: AppendRequest[]) => log.append(requests);
    const shapes = (stream: string, partition: number, from = 0, to = Number.POSITIVE_INFINITY) =>
      log.entries(stream, partition, from, to).map(shapeOf);

    it("keeps a stream's spec and refuses another under its name", async () => {
      await log.ensure(testSpec("specs"));
      await log.ensure(testSpec("specs"));
      await assert.rejects(log.ensure(testSpec("specs", 4)), { code: "NAME", message: /3 partitions, not 4/ });
      const other = {
        ...testSpec("specs"),
        schema: schemaOf({ at: t.timestamp(), id: t.int64(), note: t.string().optional() }),
      };
      await assert.rejects(log.ensure(other), { code: "NAME", message: /"id" is stored as int32, not int64/ });
      await assert.rejects(log.ensure({ ...testSpec("timeless"), time: "id" }), { code: "NAME" });
      await reopened();
      assert.deepEqual(
        log.streams().find((spec) => spec.name === "specs"),
        testSpec("specs"),
      );
    });

    it("gives rows the offsets of their partition and reads them back", async () => {
      await log.ensure(testSpec("rows"));
      const made1 = await append(
        testAppend("rows", 0, [10, 30, 20]),
        testAppend("rows", 1, [5]),
        testAppend("rows", 0, [40], { id: 3 }),
      );
      assert.deepEqual(made1, [
        { from: 0, to: 3 },
        { from: 0, to: 1 },
        { from: 3, to: 4 },
      ]);
      await reopened();
      assert.deepEqual(await append(testAppend("rows", 0, [7, 8], { id: 4 })), [{ from: 4, to: 6 }]);
      assert.deepEqual(log.bounds("rows", 0), { start: 0, end: 6 });
      assert.deepEqual(log.bounds("rows", 2), { start: 0, end: 0 });
      const ids: unknown[] = [];
      for (const ref of log.entries("rows", 0, 0, 6))
        ids.push(...rowsOf(await loadRows(ref, testSchema, null, made.disk)).map((row) => [row.at, row.id]));
      assert.deepEqual(ids, [
        [10, 0],
        [30, 1],
        [20, 2],
        [40, 3],
        [7, 4],
        [8, 5],
      ]);
    });

    it("gives entries that overlap the range, and nothing for an empty one", async () => {
      const spans = (from: number, to: number) => log.entries("rows", 0, from, to).map((ref) => [ref.from, ref.to]);
      assert.deepEqual(spans(0, 6), [
        [0, 3],
        [3, 4],
        [4, 6],
      ]);
      assert.deepEqual(spans(2, 4), [
        [0, 3],
        [3, 4],
      ]);
      assert.deepEqual(spans(3, 3), []);
      assert.deepEqual(spans(5, 6), [[4, 6]]);
      assert.deepEqual(spans(6, 99), []);
    });

    it("keeps running highs with every entry, over marks and reopening", async () => {
      await log.ensure(testSpec("highs"));
      await append(testAppend("highs", 1, [50, 10]));
      await log.mark([{ stream: "highs", partition: 1, watermark: 45, appendTime: 2000, reason: "idle" }]);
      await append(testAppend("highs", 1, [20]));
      await reopened();
      await log.mark([{ stream: "highs", partition: 1, watermark: 40, appendTime: 2000, reason: "test" }]);
      await append(testAppend("highs", 1, [70]));
      await log.mark([{ stream: "highs", partition: 1, watermark: TIME_MAX, appendTime: 3000, reason: "end" }]);
      await reopened();
      assert.deepEqual(shapes("highs", 1), [
        "0-2 rows 10..50 high - -",
        "2-3 idle 45 high 50 -",
        "3-4 rows 20..20 high 50 45",
        "4-5 test 40 high 50 45",
        "5-6 rows 70..70 high 50 45",
        `6-7 end ${TIME_MAX} high 70 45`,
      ]);
      assert.deepEqual(log.highs("highs", 1), { timeHigh: 70, markHigh: TIME_MAX });
      assert.deepEqual(log.highs("highs", 0), { timeHigh: TIME_MIN, markHigh: TIME_MIN });
      await log.retain("highs", 1, { before: 4000, keepFrom: 7 });
      assert.deepEqual(log.bounds("highs", 1), { start: 7, end: 7 });
      await reopened();
      assert.deepEqual(log.highs("highs", 1), { timeHigh: 70, markHigh: TIME_MAX });
    });

    it("finds the first offset at or after a time", async () => {
      await log.ensure(testSpec("times"));
      await append(
        testAppend("times", 0, [10, 20], { appendTime: 100 }),
        testAppend("times", 0, [5], { appendTime: 200 }),
      );
      await append(testAppend("times", 0, [30, 25], { appendTime: 300 }));
      const event = (time: number) => log.offsetAt("times", 0, time, "event");
      assert.deepEqual([event(0), event(20), event(21), event(30), event(31)], [0, 0, 3, 3, 5]);
      const arrived = (time: number) => log.offsetAt("times", 0, time, "append");
      assert.deepEqual([arrived(0), arrived(101), arrived(300), arrived(301)], [0, 2, 3, 5]);
    });

    it("comes back with the source position of the last rows, and their append time", async () => {
      await log.ensure(testSpec("sources"));
      assert.equal(log.sourcePosition("sources", 0, "a.log"), null);
      await append(testAppend("sources", 0, [1], { source: testSource("a.log", 10) }));
      await append(
        testAppend("sources", 0, [2], { source: testSource("b.log", 70) }),
        testAppend("sources", 0, [], { source: testSource("a.log", 20), appendTime: 1200 }),
      );
      await reopened();
      assert.deepEqual(log.sourcePosition("sources", 0, "a.log"), { ...testSource("a.log", 20), appendTime: 1200 });
      assert.deepEqual(log.sourcePosition("sources", 0, "b.log"), { ...testSource("b.log", 70), appendTime: 1000 });
      assert.equal(log.sourcePosition("sources", 1, "a.log"), null);
      assert.deepEqual([...log.sources("sources", 0)].sort(), ["a.log", "b.log"]);
      assert.deepEqual([...log.sources("sources", 1)], []);
      assert.deepEqual(log.bounds("sources", 0), { start: 0, end: 2 });
      assert.equal(log.entries("sources", 0, 0, 2).length, 2);
    });

    it("truncates at an entry's end, with sources and highs as they were there", async () => {
      await log.ensure(testSpec("cut"));
      await append(
        testAppend("cut", 0, [10, 20], { source: testSource("a", 10) }),
        testAppend("cut", 0, [90], { source: testSource("a", 20) }),
      );
      await append(testAppend("cut", 0, [95]));
      await assert.rejects(log.truncate("cut", 0, 1), { code: "REQUEST" });
      await log.truncate("cut", 0, 4);
      assert.equal(log.bounds("cut", 0).end, 4);
      await log.truncate("cut", 0, 2);
      assert.deepEqual(log.sourcePosition("cut", 0, "a"), { ...testSource("a", 10), appendTime: 1000 });
      await reopened();
      assert.deepEqual(log.bounds("cut", 0), { start: 0, end: 2 });
      assert.deepEqual(await append(testAppend("cut", 0, [30])), [{ from: 2, to: 3 }]);
      await reopened();
      assert.deepEqual(shapes("cut", 0), ["0-2 rows 10..20 high - -", "2-3 rows 30..30 high 20 -"]);
      await log.truncate("cut", 0, 0);
      assert.equal(log.sourcePosition("cut", 0, "a"), null);
      await reopened();
      assert.deepEqual(await append(testAppend("cut", 0, [1])), [{ from: 0, to: 1 }]);
    });

    it("gives up old rows, never those still needed, and remembers sources and highs", async () => {
      await log.ensure(testSpec("old"));
      for (let k = 0; k < 4; k++)
        await append(
          testAppend("old", 0, [k * 10, k * 10 + 1], { appendTime: 100 + k, source: testSource("a", 10 * k) }),
        );
      assert.equal(await log.retain("old", 0, { before: 1000, keepFrom: 0 }), 0);
      assert.equal(await log.retain("old", 0, { before: 50, keepFrom: 8 }), 0);
      await log.retain("old", 0, { bytesMax: 1 << 30, keepFrom: 8 });
      assert.deepEqual(log.bounds("old", 0), { start: 0, end: 8 });
      assert.ok((await log.retain("old", 0, { before: 1000, keepFrom: 8 })) > 0);
      assert.deepEqual(log.bounds("old", 0), { start: 8, end: 8 });
      assert.throws(() => log.entries("old", 0, 0, 8), { code: "RETENTION", message: /begins at offset 8/ });
      await reopened();
      assert.deepEqual(log.sourcePosition("old", 0, "a"), { ...testSource("a", 30), appendTime: 103 });
      assert.deepEqual(await append(testAppend("old", 0, [5])), [{ from: 8, to: 9 }]);
      await reopened();
      assert.deepEqual(shapes("old", 0, 8), ["8-9 rows 5..5 high 31 -"]);
    });

    it("tells listeners after rows are durable, in order", async () => {
      await log.ensure(testSpec("heard"));
      const heard: string[] = [];
      const stop = log.onAppend((stream, partition, end) => {
        assert.ok(log.bounds(stream, partition).end >= end);
        heard.push(`${stream}/${partition} ${end}`);
      });
      await append(testAppend("heard", 2, [1]));
      await log.mark([{ stream: "heard", partition: 2, watermark: 1, appendTime: 1, reason: "test" }]);
      stop();
      await append(testAppend("heard", 2, [2]));
      assert.deepEqual(heard, ["heard/2 1", "heard/2 2"]);
    });

    it("takes many appends at once, each with its own offsets", async () => {
      await log.ensure(testSpec("many"));
      const all = await Promise.all(
        Array.from({ length: 200 }, (_, k) => append(testAppend("many", k % 3, [k, k], { id: k }))),
      );
      for (let k = 0; k < 200; k++)
        assert.deepEqual(all[k], [{ from: 2 * Math.floor(k / 3), to: 2 * Math.floor(k / 3) + 2 }]);
      await reopened();
      assert.equal(log.entries("many", 0, 0, 1000).length, 67);
    });

    it("refuses a stream or partition it does not have", async () => {
      await assert.rejects(append(testAppend("rosw", 0, [1])), { code: "NAME", message: /did you mean "rows"/ });
      assert.throws(() => log.bounds("rows", 3), { code: "NAME", message: /partitions 0 to 2, not 3/ });
    });
  });
}

/** An entry in one line, for comparing. */
export function shapeOf(ref: EntryRef): string {
  const high = (value: number) => (value === TIME_MIN ? "-" : String(value));
  const body =
    ref.body.kind === "mark"
      ? `${ref.body.reason} ${ref.body.watermark}`
      : `rows ${ref.body.timeMin}..${ref.body.timeMax}`;
  return `${ref.from}-${ref.to} ${body} high ${high(ref.timeHighBefore)} ${high(ref.markHighBefore)}`;
}
