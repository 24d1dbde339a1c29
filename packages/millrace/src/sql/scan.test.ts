import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../base/errors.js";
import { batchOf } from "../batch/build.js";
import { schemaOf, t } from "../schema/builder.js";
import { batchTable } from "./batch-catalog.js";
import { run, streamOf } from "./tables.test.module.js";

const WINDOWS = schemaOf({ time: t.timestamp(), host: t.string(), pid: t.int().optional(), attrs: t.open() });
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

function windows(count: number, from = START): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({
    time: from + i * 1000,
    host: `host-${i % 3}`,
    pid: i % 10 === 0 ? null : i,
    attrs: {
      Image: `C:\\Windows\\${i % 4}.exe`,
      EventID: i % 5,
      ...(i % 100 === 0 ? { image: "rare", PID: "x" } : {}),
      mixed: i % 2 ? i : "text",
    },
  }));
}

test("only the columns a query needs are asked for, and none for a count", async () => {
  const { table, scans } = streamOf("windows", WINDOWS, [windows(5000)]);
  assert.deepEqual((await run([table], "select count(*) from windows")).rows, [[5000]]);
  await run([table], "select host, count(*) from windows where pid > 5 group by 1");
  await run([table], 'select "Image" from windows where eventid = 3');
  await run([table], "select attrs from windows limit 1");
  assert.deepEqual(
    scans.map(({ columns }) => [...columns].sort()),
    [[], ["host", "pid"], ["attrs"], ["attrs"]],
  );
  assert.deepEqual(
    scans.map(({ attributes }) => (attributes === null ? null : [...attributes].sort())),
    [[], [], ["EventID", "Image"], null],
  );
});

test("an attribute is a column of its own; a clash of names gives the rarer one a suffix", async () => {
  const { table } = streamOf("windows", WINDOWS, [windows(1000)]);
  const described = (await run([table], "describe windows")).rows.map(([name]) => name);
  assert.deepEqual(described, [
    "time",
    "host",
    "pid",
    "attrs",
    "EventID",
    "Image",
    "mixed",
    "PID_2",
    "image_2",
    "_partition",
    "_offset",
    "_append_time",
  ]);
  const { rows } = await run(
    [table],
    'select "Image", count(*), count(image_2), count(pid_2), count(pid) from windows group by 1 order by 1',
  );
  assert.deepEqual(rows, [
    ["C:\\Windows\\0.exe", 250, 10, 10, 200],
    ["C:\\Windows\\1.exe", 250, 0, 0, 250],
    ["C:\\Windows\\2.exe", 250, 0, 0, 200],
    ["C:\\Windows\\3.exe", 250, 0, 0, 250],
  ]);
  assert.deepEqual((await run([table], "select mixed from windows limit 2")).rows, [["text"], ["1"]]);
});

test("the words DESC and COUNT do not make a query see more than it names", async () => {
  const { table, scans } = streamOf("windows", WINDOWS, [windows(10)]);
  const attributes = (): never => assert.fail("attributes were not needed");
  const { columns } = await run([{ ...table, attributes }], "select * from windows order by time desc limit 1");
  assert.equal(columns.length, 4);
  await run([{ ...table, attributes }], "select max(pid), count(*) from windows where host = 'Image' group by host");
  assert.deepEqual(scans.at(-1)?.columns.toSorted(), ["host", "pid"]);
});

test("select * has the declared columns; attributes and places are there for queries that name them", async () => {
  const { table } = streamOf("windows", WINDOWS, [windows(10), windows(10)]);
  const { columns } = await run([table], "select * from windows");
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["time", "host", "pid", "attrs"],
  );
  const { rows } = await run(
    [table],
    "select _partition, _offset, _append_time from windows where _offset in (3, 13) order by 2",
  );
  assert.deepEqual(rows, [
    [0, 3, "1970-01-01T00:00:00.000Z"],
    [1, 13, "1970-01-01T00:00:01.000Z"],
  ]);
});

test("text is ordered as text, whatever the order of its dictionary", async () => {
  const words = ["pear", "apple", "fig", "Äpfel", "apple pie with cream", "", "fig"];
  const schema = schemaOf({ time: t.timestamp(), word: t.string() });
  const { table } = streamOf("words", schema, [
    words.map((word, i) => ({ time: i, word })),
    words.toReversed().map((word, i) => ({ time: i, word })),
  ]);
  const { rows } = await run([table], "select distinct word from words order by word");
  assert.deepEqual(rows.flat(), ["", "apple", "apple pie with cream", "fig", "pear", "Äpfel"]);
  assert.deepEqual(
    (await run([table], "select min(word), max(word), typeof(any_value(word)) from words where word > 'b'")).rows,
    [["fig", "Äpfel", "VARCHAR"]],
  );
});

test("dictionaries of any size, and values that most rows do not share", async () => {
  const schema = schemaOf({ time: t.timestamp(), few: t.string(), many: t.string().optional() });
  const rows = Array.from({ length: 60_000 }, (_, i) => ({
    time: i,
    few: `a value longer than twelve ${i % 50}`,
    many: i % 7 === 0 ? null : `C:\\Users\\someone\\file-${i % 20_000}.txt`,
  }));
  const { table } = streamOf("files", schema, [rows]);
  const result = await run(
    [table],
    "select count(distinct few), count(distinct many), count(many), sum(length(many)) from files",
  );
  const many = rows.map(({ many: text }) => text).filter((text) => text !== null);
  assert.deepEqual(result.rows, [
    [50, new Set(many).size, many.length, many.reduce((sum, text) => sum + text.length, 0)],
  ]);
});

test("a stream joins a view", async () => {
  const { table } = streamOf("windows", WINDOWS, [windows(300)]);
  const schema = schemaOf({ host: t.string(), owner: t.string() });
  const owners = batchTable({
    name: "owners",
    kind: "view",
    schema,
    batches: [
      {
        batch: batchOf(schema, [
          { host: "host-0", owner: "ada" },
          { host: "host-2", owner: "bob" },
        ]),
      },
    ],
  });
  const { rows } = await run(
    [table, owners],
    "select o.owner, count(*) from windows w join owners o using (host) group by 1 order by 1",
  );
  assert.deepEqual(rows, [
    ["ada", 100],
    ["bob", 100],
  ]);
});

test("an empty stream and an empty view are empty", async () => {
  const { table } = streamOf("windows", WINDOWS, []);
  const view = batchTable({ name: "owners", kind: "view", schema: schemaOf({ host: t.string() }), batches: [] });
  assert.deepEqual(
    (await run([table, view], "select (select count(*) from windows), (select count(*) from owners)")).rows,
    [[0, 0]],
  );
  assert.deepEqual((await run([table], "select * from windows")).rows, []);
});

test("batches outside the time a query asks for are left out, and the answer is the same", async () => {
  const { table, scans } = streamOf("windows", WINDOWS, [
    windows(100),
    windows(100, START + HOUR),
    windows(100, START + 2 * HOUR),
  ]);
  const where = "where time >= '2026-01-01 01:00:00' and time < timestamp '2026-01-01 01:30:00' and host = 'host-1'";
  const result = await run([table], `select count(*), min(time) from windows ${where}`);
  assert.deepEqual(result.rows, [[33, "2026-01-01T01:00:01.000Z"]]);
  assert.equal(result.batchesRead, 1);
  assert.deepEqual(scans.at(-1)?.time, { min: START + HOUR, max: START + 1.5 * HOUR + 1 });
  const self = await run(
    [table],
    "select count(*) from windows a, windows b where a.time < '2026-01-01 00:00:10' and b.time >= '2026-01-01 02:01:35'",
  );
  assert.deepEqual(self.rows, [[50]]);
  const either = await run([table], "select count(*) from windows where time < '2026-01-01 00:00:10' or pid = 99");
  assert.deepEqual([either.rows, either.batchesRead], [[[13]], 3]);
});

test("a scan's own error comes through with its code", async () => {
  const { table } = streamOf("windows", WINDOWS, [windows(1)]);
  const broken = {
    ...table,
    scan: () => {
      throw new MillraceError("CORRUPT", "chunk 7 is damaged");
    },
  };
  await assert.rejects(run([broken], "select host from windows"), { code: "CORRUPT", message: "chunk 7 is damaged" });
});

test("order of rows is the order of the stream, with several scan threads", async () => {
  const { table } = streamOf("windows", WINDOWS, [windows(20_000), windows(20_000)]);
  const { rows } = await run([table], "select _offset from windows");
  assert.ok(rows.every(([offset], i) => offset === i));
});
