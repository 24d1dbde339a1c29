import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { MillraceError } from "../base/errors.js";
import { schemaOf, t } from "../schema/builder.js";
import { SQL_LENGTH_MAX } from "./guard.js";
import { run, streamOf } from "./tables.test.module.js";

const { table } = streamOf("windows", schemaOf({ time: t.timestamp(), host: t.string() }), [[{ time: 0, host: "a" }]]);

test("what reads is allowed", async () => {
  for (const sql of [
    "select 1",
    "with x as (select 1) select * from x",
    "from windows",
    "values (1)",
    "table windows",
    "describe windows",
    "describe select 1",
    "show tables",
    "summarize windows",
    "explain select * from windows",
    "EXPLAIN ANALYZE select 1",
    "explain (analyze, format json) select 1",
    "explain /* why */ analyze -- so\n select 1",
    "-- first\nselect 1;",
    "select * from windows;  ",
    "select * from windows where time > now() - interval 1 hour",
    "pivot windows on host in ('a') using count(*)",
  ])
    await assert.doesNotReject(run([table], sql), sql);
});

const REFUSED = [
  "select * from read_csv('/etc/passwd')",
  "select * from read_text('/etc/passwd')",
  "select * from read_blob('/etc/passwd')",
  "from '/etc/passwd'",
  "select * from glob('/*')",
  "select * from parquet_scan('/etc/passwd')",
  "select * from sniff_csv('/etc/passwd')",
  "copy windows to '/tmp/millrace-test.csv'",
  "copy (select 1) to '/tmp/millrace-test.csv'",
  "explain analyze copy (select 1) to '/tmp/millrace-test.csv'",
  "export database '/tmp/millrace-test'",
  "attach '/tmp/millrace-test.db'",
  "attach ':memory:' as other",
  "install httpfs",
  "load httpfs",
  "pragma memory_limit='10GB'",
  "set threads = 8",
  "reset all",
  "set enable_external_access = true",
  "create table x (a int)",
  "create temp table x as select 1",
  "create macro now() as 1",
  "explain analyze create table x as select 1",
  "explain create table x (a int)",
  "insert into windows values (now(), 'b')",
  "delete from windows",
  "drop view windows",
  "call enable_logging()",
  "checkpoint",
  "vacuum",
  "begin",
  "commit",
  "use temp",
  "prepare p as select 1",
  "execute p",
  "deallocate p",
  "select 1; select 2",
  "select 1; copy (select 1) to '/tmp/millrace-test.csv'",
  "",
  "  ;",
  "-- nothing",
  "select ?",
  "select $1",
  "create secret (type s3)",
  "select * from query('create table x as select 1')",
  "select getenv('HOME')",
  "select * from arrow_scan(1, 2, 3)",
  "select * from millrace_scan(7)",
  "select * from millrace_scan(-1)",
];

test("what writes, reads files, changes settings or is several statements is refused", async () => {
  for (const sql of REFUSED)
    await assert.rejects(run([table], sql), (error) => error instanceof MillraceError && error.code === "REQUEST", sql);
  assert.ok(
    !existsSync("/tmp/millrace-test.csv") && !existsSync("/tmp/millrace-test") && !existsSync("/tmp/millrace-test.db"),
  );
});

test("one query leaves nothing behind for the next", async () => {
  await run([table], "explain analyze select 1");
  assert.deepEqual((await run([table], "select count(*) from duckdb_tables()")).rows, [[0]]);
});

test("texts made to exhaust the parser are refused", async () => {
  const deep = [
    `select ${"(".repeat(50_000)}1${")".repeat(50_000)}`,
    `select ${"[".repeat(50_000)}1${"]".repeat(50_000)}`,
    `select 1${"+1".repeat(50_000)}`,
    `${"select * from (".repeat(3000)}select 1${")".repeat(3000)}`,
    `select ${"not ".repeat(50_000)}true`,
    `select ${"case when true then ".repeat(5000)}1${" end".repeat(5000)}`,
    `explain ${"explain ".repeat(100)}select 1`,
    `select '${"x".repeat(SQL_LENGTH_MAX)}'`,
    `select "${"\0".repeat(100)}"`,
  ];
  for (const sql of deep)
    await assert.rejects(
      run([table], sql),
      (error) => error instanceof MillraceError && ["REQUEST", "LIMIT"].includes(error.code),
      sql.slice(0, 40),
    );
});

test("time, memory and rows are limited", async () => {
  const limit = { code: "LIMIT" };
  await assert.rejects(run([], "select count(*) from generate_series(1, 1000000000000)", { timeoutMs: 200 }), limit);
  await assert.rejects(
    run([], "with recursive r(i) as (select 1 union all select i + 1 from r) select count(*) from r", {
      timeoutMs: 200,
    }),
    limit,
  );
  await assert.rejects(
    run(
      [],
      "select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range + c.range = -1",
      { timeoutMs: 200 },
    ),
    limit,
  );
  await assert.rejects(run([], "select count(distinct range) from range(1000000000)", { memory: 50e6 }), limit);
  await assert.rejects(
    run([], "select range from range(100000000) order by hash(range) offset 50000000", { memory: 50e6 }),
    limit,
  );
  await assert.rejects(run([], "select repeat('x', 100000000)"), limit);
  const endless = await run([], "select * from generate_series(1, 1000000000000)", { rowsMax: 3000 });
  assert.deepEqual([endless.rows.length, endless.truncated], [3000, true]);
  const exact = await run([], "select * from range(3000)", { rowsMax: 3000 });
  assert.deepEqual([exact.rows.length, exact.truncated], [3000, false]);
});

test("a misspelt name gets the one that was meant", async () => {
  await assert.rejects(run([table], "select * from windoes"), { code: "REQUEST", hint: 'did you mean "windows"?' });
  await assert.rejects(run([table], "select hots from windows"), { code: "REQUEST", hint: 'did you mean "host"?' });
  await assert.rejects(run([table], "select w.hots from windows w"), { code: "REQUEST", hint: 'did you mean "host"?' });
  await assert.rejects(run([table], "selct 1"), { code: "REQUEST", message: /syntax error at or near "selct"/ });
});
