/** `run --once` is run again: newer files go on where the last run ended, and what comes too late is said. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Workshop } from "./workshop.test.module.js";

const MINUTES = `import { app, files, stream, t, tumble } from "millrace";
const orders = stream("orders", { at: t.timestamp(), region: t.string() }, { time: "at", delay: "5s", from: files("in/*.csv") });
const minutes = orders.by("region").window(tumble("1m")).agg((a) => ({ n: a.count() })).view("minutes");
export default app(import.meta, "shop", [minutes]);
`;

function csv(...rows: readonly string[]): string {
  return `at,region\n${rows.map((row) => `2026-01-01T00:${row}\n`).join("")}`;
}

describe("run --once, and again with newer files", () => {
  const workshop = new Workshop({ "app.ts": MINUTES });
  after(() => workshop.remove());
  const minutes = (data: string): Promise<object[]> =>
    workshop.rows(
      data,
      "select strftime(\"windowStart\", '%H:%M') as start, region, n::int as n from minutes order by 1, 2",
    );

  test("newer rows count; rows of a window that is final are late, and the run says why and what to do", async () => {
    workshop.write({ "in/1.csv": csv("00:10Z,n", "01:30Z,n") });
    await workshop.runOnce("app.ts --data days");
    workshop.write({ "in/2.csv": csv("02:10Z,n", "01:40Z,s", "03:05Z,s") });
    const { err } = await workshop.runOnce("app.ts --data days");
    assert.match(
      err,
      /1 late row of orders\n {4}1 of them came with this run\. .* up to 2026-01-01T00:02:00\.000Z is final\./,
    );
    assert.match(err, /another --data/);
    const expected = [
      { start: "00:00", region: "n", n: 1 },
      { start: "00:01", region: "n", n: 1 },
      { start: "00:02", region: "n", n: 1 },
      { start: "00:03", region: "s", n: 1 },
    ];
    assert.deepEqual(await minutes("days"), expected);
    const again = await workshop.runOnce("app.ts --data days");
    assert.match(again.err, /Nothing new/);
    assert.doesNotMatch(again.err, /came with this run/);
    assert.deepEqual(await minutes("days"), expected);
  });

  test("a run that found nothing to read ends nothing", async () => {
    workshop.write({ "empty.csv": "", "late.csv": csv("00:10Z,n", "00:20Z,n") });
    await workshop.runOnce("app.ts --in orders=empty.csv --data forgotten");
    await workshop.runOnce("app.ts --in orders=late.csv --data forgotten");
    assert.deepEqual(await minutes("forgotten"), [{ start: "00:00", region: "n", n: 2 }]);
  });
});

describe("standard input", () => {
  const workshop = new Workshop({ "app.ts": MINUTES });
  after(() => workshop.remove());
  const one = "2026-01-01T00:00:10Z,n\n";
  const json = '{"at":"2026-01-01T00:00:10Z","region":"n"}\n';
  const ways: readonly (readonly [args: string, text: string, what: string])[] = [
    ["--in orders=-", `at,region\n${one}`, "is of the format of the program's own files"],
    ["--in orders=- --format ndjson", json, "or of the one that is said"],
  ];
  for (const [args, text, what] of ways)
    test(what, async () => {
      const data = `in${args.length}`;
      const { code, err } = await workshop.millrace(`run app.ts ${args} --once --data ${data}`, text);
      assert.equal(code, 0, err);
      assert.deepEqual(await workshop.rows(data, "select region, n::int as n from minutes"), [{ region: "n", n: 1 }]);
    });

  test("a format that there is not, or that nothing has, is refused", async () => {
    const { code, err } = await workshop.millrace("run app.ts --in orders=- --format cvs --once");
    assert.deepEqual([code, /--format can't be "cvs"\n.*did you mean "csv"/.test(err)], [2, true], err);
    const alone = await workshop.millrace("run app.ts --format csv --once");
    assert.deepEqual([alone.code, /there is none/.test(alone.err)], [2, true], alone.err);
  });
});
