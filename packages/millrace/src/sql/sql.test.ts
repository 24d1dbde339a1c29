import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { after, test } from "node:test";
import { batchOf } from "../batch/build.js";
import { schemaOf, t } from "../schema/builder.js";
import type { PinnedBatches } from "./batch-catalog.js";
import { openSql } from "./sql.js";

const catalog = new URL("./test-catalog.test.module.js", import.meta.url).href;
const schema = schemaOf({ time: t.timestamp(), host: t.string(), n: t.int() });
const batch = batchOf(
  schema,
  Array.from({ length: 20_000 }, (_, i) => ({ time: i, host: `host-${i % 7} of many`, n: i })),
);
const pinned: PinnedBatches = {
  epoch: 3,
  tables: [{ name: "clicks", kind: "stream", schema, time: "time", batches: [{ batch }] }],
};

const sql = openSql({ catalog, pin: () => pinned, limits: { timeoutMs: 8000 } });
after(() => sql.close());

test("a query gives columns, rows and what it read", async () => {
  const result = await sql.query("select host, sum(n) total from clicks group by host order by host limit 2");
  assert.deepEqual(result, {
    columns: [
      { name: "host", type: "VARCHAR" },
      { name: "total", type: "HUGEINT" },
    ],
    rows: [
      ["host-0 of many", 28_578_571],
      ["host-1 of many", 28_564_286],
    ].map(([host]) => [host, hostTotal(host as string)]),
    truncated: false,
    epoch: 3,
    rowsRead: 20_000,
    batchesRead: 1,
  });
});

function hostTotal(host: string): number {
  let total = 0;
  for (let i = 0; i < 20_000; i++) if (`host-${i % 7} of many` === host) total += i;
  return total;
}

test("the main thread goes on while queries run side by side", async (context) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  const long = "select sum(hash(a.range * b.range) % 7) from range(10000) a, range(4000) b";
  const results = await Promise.all([
    sql.query(long),
    sql.query(long),
    sql.query("select count(*) from clicks a join clicks b on a.n = b.n"),
  ]);
  delay.disable();
  context.diagnostic(
    `${Math.round(performance.now() - started)} ms of queries; longest stop of the main thread ${(delay.max / 1e6).toFixed(1)} ms`,
  );
  assert.deepEqual(results[0]?.rows, results[1]?.rows);
  assert.deepEqual(results[2]?.rows, [[20_000]]);
});

test("batches are made no faster than they are taken, and leaving early stops the query", async () => {
  const stream = await sql.stream("select n, host from clicks, range(100)");
  let rows = 0;
  for await (const rowsOfBatch of stream.batches()) {
    rows += rowsOfBatch.length;
    if (rows > 50_000) break;
  }
  await assert.rejects(stream.summary, { code: "REQUEST", message: "the query was cancelled" });
  assert.ok(rows < 60_000);
  assert.deepEqual((await sql.query("select 1")).rows, [[1]]);
});

test("a large answer comes as text", async () => {
  const stream = await sql.streamText("select n, host from clicks order by n", "csv");
  let text = "";
  for await (const bytes of stream.batches()) text += Buffer.from(bytes).toString();
  const lines = text.split("\r\n");
  assert.deepEqual(
    [lines.length, lines[0], lines[1], lines[20_000]],
    [20_002, "n,host", "0,host-0 of many", "19999,host-0 of many"],
  );
  assert.equal((await stream.summary).truncated, false);
  const ndjson = await sql.streamText("select n from clicks", "ndjson", { rowsMax: 2 });
  text = "";
  for await (const bytes of ndjson.batches()) text += Buffer.from(bytes).toString();
  assert.deepEqual([text, (await ndjson.summary).truncated], ['{"n":0}\n{"n":1}\n', true]);
});

test("a query can be cancelled by signal, and stops at its time limit while nobody reads", async () => {
  const abort = new AbortController();
  const endless = sql.query("select count(*) from range(1000000000000)", { signal: abort.signal });
  setImmediate(() => abort.abort());
  await assert.rejects(endless, { code: "REQUEST" });
  const slow = await sql.stream("select * from range(1000000000)", { timeoutMs: 200 });
  await assert.rejects(slow.summary, { code: "LIMIT" });
});

test("errors keep their code and hint over the thread", async () => {
  await assert.rejects(sql.query("select * from clocks"), {
    code: "REQUEST",
    message: /there is no table "clocks"/,
    hint: 'did you mean "clicks"?',
  });
  const failing = openSql({
    catalog,
    pin: () => {
      throw new Error("no pin");
    },
  });
  await assert.rejects(failing.query("select 1"), { code: "WORKER", message: /no pin/ });
  await failing.close();
});

test("too many waiting queries are refused", async () => {
  const narrow = openSql({ catalog, pin: () => pinned, parallel: 1, waitingMax: 1 });
  const results = await Promise.allSettled([
    narrow.query("select 1"),
    narrow.query("select 2"),
    narrow.query("select 3"),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected"],
  );
  await assert.rejects(Promise.reject((results[2] as PromiseRejectedResult).reason), { code: "LIMIT" });
  await narrow.close();
  await assert.rejects(narrow.query("select 1"), { code: "WORKER" });
});

test("a bug in the worker while DuckDB is at work does not take the process along", async () => {
  const fragile = openSql({ catalog, pin: () => pinned });
  const busy = fragile.query("select count(*) from clicks a, clicks b where a.n + b.n = -1");
  await fragile.query("select 1");
  const [first, second] = await Promise.allSettled([
    busy,
    fragile.query("select 'throw now' from clicks a, clicks b where a.n + b.n = -1"),
  ]);
  for (const { status } of [first, second]) assert.equal(status, "rejected");
  assert.deepEqual((await fragile.query("select 1")).rows, [[1]]);
  await fragile.close();
});

test("a worker that dies fails its queries; the next query has another", async () => {
  const fragile = openSql({ catalog, pin: () => pinned });
  for (const how of ["crash now", "throw now"]) {
    await assert.rejects(fragile.query(`select '${how}'`), { code: "WORKER", message: /the SQL worker/ });
    assert.deepEqual((await fragile.query("select count(*) from clicks")).rows, [[20_000]]);
  }
  await fragile.close();
});
