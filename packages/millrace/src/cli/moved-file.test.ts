/** Files that are moved, linked to, rotated or replaced between runs: each is read once, whatever it is called. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const ROWS = salesOf(60, 1, { late: false });
const lines = (from: number, to: number): string => ndjson(ROWS.slice(from, to));

describe("a file that is found again", () => {
  const workshop = new Workshop({ "app.ts": TILL });
  after(() => workshop.remove());
  const take = (data: string, pattern: string) => workshop.runOnce(`app.ts --in sales=${pattern} --data ${data}`);
  const ids = async (data: string): Promise<number[]> =>
    (await workshop.rows(data, "select id from sales order by _offset")).map(({ id }) => Number(id) - 1_000_000);

  test("a moved folder and a link to it are the same files", async () => {
    mkdirSync(workshop.path("first"), { recursive: true });
    workshop.write({ "first/a.ndjson": lines(0, 3), "first/b.ndjson": lines(3, 5) });
    await take("moved.d", "first");
    renameSync(workshop.path("first"), workshop.path("second"));
    workshop.write({ "second/b.ndjson": lines(3, 6) });
    await take("moved.d", "second");
    assert.deepEqual(await ids("moved.d"), [0, 1, 2, 3, 4, 5]);
    symlinkSync(workshop.path("second"), workshop.path("third"));
    await take("moved.d", "third");
    assert.deepEqual(await ids("moved.d"), [0, 1, 2, 3, 4, 5]);
  });

  test("a rotated file goes on under its new name, and the one in its place is read from its beginning", async () => {
    mkdirSync(workshop.path("logs"), { recursive: true });
    workshop.write({ "logs/app.log": lines(0, 2) });
    await take("rotated.d", "logs");
    workshop.write({ "logs/app.log": lines(0, 4) });
    renameSync(workshop.path("logs/app.log"), workshop.path("logs/app.1.log"));
    workshop.write({ "logs/app.log": lines(10, 12) });
    await take("rotated.d", "logs");
    assert.deepEqual(
      (await ids("rotated.d")).sort((a, b) => a - b),
      [0, 1, 2, 3, 10, 11],
    );
    await take("rotated.d", "logs");
    assert.equal((await ids("rotated.d")).length, 6);
  });

  test("another file of the same name is read from its beginning, shorter or longer", async () => {
    workshop.write({ "day.ndjson.gz": gzipSync(lines(0, 4)) });
    await take("replaced.d", "day.ndjson.gz");
    workshop.write({ "day.ndjson.gz": gzipSync(lines(20, 22)) });
    await take("replaced.d", "day.ndjson.gz");
    workshop.write({ "day.ndjson.gz": gzipSync(lines(30, 40)) });
    await take("replaced.d", "day.ndjson.gz");
    assert.deepEqual(await ids("replaced.d"), [0, 1, 2, 3, 20, 21, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  });

  test("files that begin alike, or are alike, are files of their own", async () => {
    mkdirSync(workshop.path("alike"), { recursive: true });
    workshop.write({ "alike/a.ndjson": lines(0, 2), "alike/b.ndjson": lines(0, 3), "alike/c.ndjson": lines(0, 2) });
    await take("alike.d", "alike");
    assert.deepEqual(await ids("alike.d"), [0, 1, 0, 1, 2, 0, 1]);
    cpSync(workshop.path("alike/a.ndjson"), workshop.path("alike/d.ndjson"));
    await take("alike.d", "alike");
    assert.equal((await ids("alike.d")).length, 9);
    rmSync(workshop.path("alike/c.ndjson"));
    await take("alike.d", "alike");
    assert.equal((await ids("alike.d")).length, 9);
  });
});
