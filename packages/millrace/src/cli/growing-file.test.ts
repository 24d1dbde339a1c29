/** Files that grow between runs: every line once, and a line that is still being written waits for its end. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { ndjson, salesOf, TILL, Workshop } from "./workshop.test.module.js";

const ROWS = salesOf(40, 1, { late: false });
const line = (k: number): string => ndjson(ROWS.slice(k, k + 1));

describe("a file that grows", () => {
  const workshop = new Workshop({ "app.ts": TILL });
  after(() => workshop.remove());
  const ids = async (data: string): Promise<number[]> =>
    (await workshop.rows(data, "select id from sales order by _offset")).map(({ id }) => Number(id) - 1_000_000);
  const dead = (data: string): Promise<object[]> =>
    workshop.rows(data, "select line, position, decode(bytes) as bytes, reason from dead_letters");

  for (const [name, written] of [
    ["plain.ndjson", (text: string) => Buffer.from(text)],
    ["members.ndjson.gz", (text: string) => gzipSync(text)],
  ] as const)
    test(`${name}: a running program leaves the unfinished line, and the next start takes it whole`, async () => {
      const cut = line(2).slice(0, 20);
      workshop.write({ [name]: written(line(0) + line(1) + cut) });
      const server = workshop.start(["run", "app.ts", "--in", `sales=${name}`, "--data", `${name}.d`, "--port", "0"]);
      await server.said(/Read 2 rows/);
      assert.match(
        server.err,
        new RegExp(`^sales: "${name}" ends within a line: its last 20 bytes wait.*\\n  .*--once`, "m"),
      );
      server.child.kill("SIGTERM");
      await server.ended;
      appendFileSync(workshop.path(name), written(line(2).slice(20) + line(3)));
      await workshop.runOnce(`app.ts --in sales=${name} --data ${name}.d`);
      assert.deepEqual(await ids(`${name}.d`), [0, 1, 2, 3]);
      assert.deepEqual(await dead(`${name}.d`), []);
    });

  test("--once takes the line as it stands; what it becomes later is a dead letter, and the lines after it are rows", async () => {
    const [first, second] = [line(0), line(1)];
    workshop.write({ "once.ndjson": first.trimEnd() });
    const once = "app.ts --in sales=once.ndjson --data once";
    await workshop.runOnce(once);
    assert.deepEqual(await ids("once"), [0]);
    appendFileSync(workshop.path("once.ndjson"), `\n${second.trimEnd()}`);
    await workshop.runOnce(once);
    assert.deepEqual([await ids("once"), await dead("once")], [[0, 1], []]);
    appendFileSync(workshop.path("once.ndjson"), `,"more\n${line(2)}`);
    await workshop.runOnce(once);
    assert.deepEqual(await ids("once"), [0, 1, 2]);
    const reason = "it goes on a line that was taken as it stood when the input was said to be complete";
    const position = first.length + second.length - 1;
    assert.deepEqual(await dead("once"), [{ line: 2, position, bytes: ',"more', reason }]);
  });

  test("ingest leaves it too, unless it is told that the files are complete", async () => {
    workshop.write({ "ingest.csv": `id,shop,amount,at\n1000000,a,1,${ROWS[0]?.at}\n1000001,"two\nlines",2,` });
    const ingest = "ingest sales ingest.csv --app app.ts --data ingest";
    const { code, err } = await workshop.millrace(ingest);
    assert.equal(code, 0, err);
    assert.match(err, /^sales: 1 row in the log.*\nsales: "ingest\.csv" ends within a line: its last 22 bytes wait/);
    appendFileSync(workshop.path("ingest.csv"), `${ROWS[1]?.at}`);
    assert.equal((await workshop.millrace(`${ingest} --complete`)).code, 0);
    assert.deepEqual(await workshop.rows("ingest", "select id, shop from sales order by _offset"), [
      { id: 1_000_000, shop: "a" },
      { id: 1_000_001, shop: "two\nlines" },
    ]);
  });
});
