import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeDisk } from "../base/node-disk.js";
import { batchOf } from "../batch/build.js";
import { encodeChunk } from "../batch/chunk-codec.js";
import type { AppendRequest, EntryRef, Log, StreamSpec } from "../log/log.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import { schemaOf, t } from "../schema/builder.js";
import { KeyCodec } from "../view/key-codec.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import { packChanges } from "../view/packed-changes.js";
import { RowCodec } from "../view/row-codec.js";
import type { CommitRecord, Store, ViewSpec } from "../view/store.js";
import { DATA_CATALOG } from "./data-catalog.js";
import { endOf, pinFrom } from "./pinned-log.js";
import { openSql } from "./sql.js";

const events = schemaOf({ time: t.timestamp(), host: t.string(), attrs: t.open() });
const view: ViewSpec = {
  name: "per_host",
  schema: schemaOf({ host: t.string(), n: t.int64(), at: t.timestamp().optional() }),
  key: ["host"],
};
const folder = mkdtempSync(join(tmpdir(), "millrace-sql-"));
after(() => rmSync(folder, { recursive: true }));

/** A log of two streams with two partitions each, chunks in memory and in a file, and a mark between them. */
class FakeLog implements Pick<Log, "streams" | "bounds" | "entries"> {
  readonly refs: EntryRef[] = [];
  readonly specs: StreamSpec[] = ["clicks", "alerts", "other"].map((name) => ({
    name,
    schema: events,
    time: "time",
    partitions: 2,
  }));

  streams(): readonly StreamSpec[] {
    return this.specs;
  }

  bounds(stream: string, partition: number): { start: number; end: number } {
    return { start: 0, end: Math.max(0, ...this.#of(stream, partition).map(({ to }) => to)) };
  }

  entries(stream: string, partition: number, from: number, to: number): readonly EntryRef[] {
    return this.#of(stream, partition).filter((ref) => ref.to > from && ref.from < to);
  }

  add(stream: string, partition: number, hosts: readonly string[], inFile = false): void {
    const from = this.bounds(stream, partition).end;
    const chunk = shared(
      encodeChunk(
        batchOf(
          events,
          hosts.map((host, i) => ({ time: from + i, host, attrs: { Image: `${host}.exe` } })),
        ),
      ),
    );
    const path = join(folder, `${stream}-${partition}-${from}`);
    if (inFile) writeFileSync(path, chunk);
    const at = inFile
      ? ({ kind: "file", path, position: 0, length: chunk.length } as const)
      : ({ kind: "memory", chunk } as const);
    const body = { kind: "rows", timeMin: from, timeMax: from + hosts.length - 1, bytes: chunk.length, at } as const;
    this.refs.push({
      stream,
      partition,
      from,
      to: from + hosts.length,
      appendTime: 5000 + from,
      timeHighBefore: 0,
      markHighBefore: 0,
      body,
    });
  }

  mark(stream: string, partition: number): void {
    const from = this.bounds(stream, partition).end;
    this.refs.push({
      stream,
      partition,
      from,
      to: from + 1,
      appendTime: 0,
      timeHighBefore: 0,
      markHighBefore: 0,
      body: { kind: "mark", watermark: 1, reason: "idle" },
    });
  }

  #of(stream: string, partition: number): EntryRef[] {
    return this.refs.filter((ref) => ref.stream === stream && ref.partition === partition);
  }
}

/** As the in-memory log keeps chunks. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function commitOf(epoch: number, inputs: CommitRecord["inputs"], outputs: CommitRecord["outputs"]): CommitRecord {
  return { epoch, plan: "p", inputs, outputs, watermarks: {}, counters: {}, hunts: [], at: 0 };
}

async function storeWith(
  commit: CommitRecord,
  counts: Readonly<Record<string, bigint>>,
  store = new MemoryStore(),
): Promise<MemoryStore> {
  await commitTo(store, commit, counts);
  return store;
}

async function commitTo(store: Store, commit: CommitRecord, counts: Readonly<Record<string, bigint>>): Promise<void> {
  await store.ensure([view]);
  const keys = new KeyCodec(view.schema.fields.slice(0, 1));
  const rows = new RowCodec(view.schema);
  await store.commit(commit, [
    packChanges(
      "per_host",
      Object.entries(counts).map(([host, n]) => [keys.encode([host]), rows.encode({ host, n, at: null })]),
    ),
  ]);
}

const memory = {
  catalog: DATA_CATALOG,
  catalogOptions: { data: null, docs: { clicks: "What people's fingers did." } },
};

test("all tables of a query stand at one commit: what came after it does not show", async () => {
  const log = new FakeLog();
  log.add("clicks", 0, ["a", "b", "a"], true);
  log.mark("clicks", 0);
  log.add("clicks", 1, ["c"]);
  log.add("alerts", 0, ["a"]);
  const store = await storeWith(commitOf(1, { "clicks/0": 4, "clicks/1": 1 }, { "alerts/0": 1 }), {
    a: 2n,
    b: 1n,
    c: 1n,
  });
  const sql = openSql({ ...memory, pin: pinFrom(log, store) });
  const query =
    "select (select count(*) from clicks), (select count(*) from alerts), (select sum(n) from per_host), (select count(*) from other)";
  try {
    const first = await sql.query(query);
    assert.deepEqual([first.rows, first.epoch], [[[4, 1, 4, 0]], 1]);
    log.add("clicks", 0, ["d", "d"], true);
    log.add("alerts", 0, ["d"]);
    log.add("other", 1, ["x", "y"]);
    assert.deepEqual((await sql.query(query)).rows, [[4, 1, 4, 2]]);
    await storeWith(commitOf(2, { "clicks/0": 6, "clicks/1": 1 }, { "alerts/0": 2 }), { d: 2n }, store);
    const later = await sql.query(query);
    assert.deepEqual([later.rows, later.epoch], [[[6, 2, 6, 2]], 2]);
    const joined = await sql.query(
      'select c._partition, c._offset, c."Image", c._append_time, v.n from clicks c join per_host v using (host) order by 1, 2',
    );
    assert.deepEqual(joined.rows[3], [0, 4, "d.exe", "1970-01-01T00:00:05.004Z", 2]);
    assert.deepEqual(joined.rows.length, 6);
  } finally {
    await sql.close();
  }
});

test("a commit inside a chunk shows the chunk's rows before it", async () => {
  const log = new FakeLog();
  log.add("clicks", 0, ["a", "b", "c"]);
  const sql = openSql({ ...memory, pin: pinFrom(log, await storeWith(commitOf(1, { "clicks/0": 2 }, {}), {})) });
  try {
    assert.deepEqual((await sql.query("select host, (select count(*) from clicks) from clicks")).rows, [
      ["a", 2],
      ["b", 2],
    ]);
  } finally {
    await sql.close();
  }
});

test("a file that is gone, or cut off, is an error that says so", async () => {
  const log = new FakeLog();
  log.add("clicks", 0, ["a"], true);
  const sql = openSql({ ...memory, pin: pinFrom(log, new MemoryStore()) });
  const path = join(folder, "clicks-0-0");
  try {
    writeFileSync(path, "short");
    await assert.rejects(sql.query("select host from clicks"), { code: "CORRUPT" });
    assert.deepEqual((await sql.query("select count(*) from clicks")).rows, [[1]]);
  } finally {
    await sql.close();
  }
  rmSync(path);
  const fresh = openSql({ ...memory, pin: pinFrom(log, new MemoryStore()) });
  try {
    await assert.rejects(fresh.query("select host from clicks"), { code: "RETENTION" });
  } finally {
    await fresh.close();
  }
});

test("the segment log and the LMDB store are read by the worker, at the store's commit", async () => {
  const data = mkdtempSync(join(folder, "data-"));
  const log = await openSegmentLog(nodeDisk, data);
  const store = openLmdbStore(data);
  const spec = { name: "clicks", schema: events, time: "time", partitions: 2 };
  const rows = (hosts: readonly string[]): AppendRequest => ({
    stream: "clicks",
    partition: 1,
    appendTime: 7,
    rows: batchOf(
      events,
      hosts.map((host, i) => ({ time: i, host, attrs: { Image: `${host}.exe`, [`only-${host}`]: i } })),
    ),
  });
  await log.ensure(spec);
  await log.append([rows(["a", "b", "a"])]);
  await commitTo(store, commitOf(1, { "clicks/0": 0, "clicks/1": 3 }, {}), { a: 2n, b: 1n });
  const sql = openSql({ catalog: DATA_CATALOG, catalogOptions: { data }, pin: pinFrom(log, null) });
  const query = 'select c."Image", c."only-b", v.n from clicks c join per_host v using (host) order by c._offset';
  try {
    const first = await sql.query(query);
    assert.deepEqual(
      [first.rows, first.epoch],
      [
        [
          ["a.exe", null, 2],
          ["b.exe", 1, 1],
          ["a.exe", null, 2],
        ],
        1,
      ],
    );
    await log.append([rows(["b", "a"])]);
    assert.deepEqual((await sql.query(query)).rows, first.rows);
    await commitTo(store, commitOf(2, { "clicks/0": 0, "clicks/1": 5 }, {}), { a: 3n, b: 2n });
    assert.deepEqual(
      (await sql.query(query)).rows.map(([image, , n]) => [image, n]),
      [
        ["a.exe", 3],
        ["b.exe", 2],
        ["a.exe", 3],
        ["b.exe", 2],
        ["a.exe", 3],
      ],
    );
  } finally {
    await sql.close();
    await store.close();
    await log.close();
  }
});

test("where a partition ends for a commit", () => {
  const commit = { inputs: { "clicks/0": 5, "both/0": 7 }, outputs: { "alerts/0": 3, "both/0": 9 } };
  assert.deepEqual(
    [
      endOf("clicks", 0, 100, commit),
      endOf("clicks", 1, 100, commit),
      endOf("alerts", 0, 100, commit),
      endOf("both", 0, 100, commit),
      endOf("other", 0, 100, commit),
      endOf("clicks", 0, 4, commit),
      endOf("clicks", 0, 100, null),
    ],
    [5, 0, 3, 9, 100, 4, 100],
  );
});
