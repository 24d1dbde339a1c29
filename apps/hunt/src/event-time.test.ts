import assert from "node:assert/strict";
import { test } from "node:test";
import { app, stream, t } from "millrace";
import { harness } from "millrace/testing";
import { eventTime } from "./event-time.js";

const events = stream("events", { at: t.timestamp(), rest: t.open() }, { time: "at" });
const times = events
  .map((e) => ({ time: eventTime(e.rest) }))
  .typed({ time: t.float64() })
  .stream("times");
const program = app(import.meta, "times", [times]);

async function timesOf(rows: readonly Readonly<Record<string, string | number>>[]): Promise<readonly number[]> {
  const kit = await harness(program);
  try {
    await kit.push(events, rows.map((attributes) => ({ at: 0, rest: attributes })) as never);
    return (await kit.read(times)).map(({ time }) => time);
  } finally {
    await kit.close();
  }
}

test("the time that can be trusted most, in its own form", async () => {
  const at = Date.UTC(2026, 1, 28, 10, 0, 1, 250);
  const table: readonly (readonly [Readonly<Record<string, string | number>>, number])[] = [
    [{ UtcTime: "2026-02-28 10:00:01.250", "@timestamp": "2020-01-01T00:00:00Z" }, at],
    [{ "@timestamp": "2026-02-28T12:00:01.250+02:00" }, at],
    [{ EventTime: "2026-02-28 05:30:01,25 -0430" }, at],
    [{ ts: at / 1000 }, at],
    [{ UtcTime: "2024-02-29 00:00:00" }, Date.UTC(2024, 1, 29)],
  ];
  assert.deepEqual(
    await timesOf(table.map(([attributes]) => attributes)),
    table.map(([, time]) => time),
  );
});

test("a day or an hour that there is not is no time, and the next best is taken", async () => {
  const days = ["2026-02-30", "2025-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00"];
  const hours = ["24:00:00", "23:60:00", "23:59:60"];
  const wrong = [...days.map((day) => `${day} 00:00:00`), ...hours.map((hour) => `2026-01-01 ${hour}`)];
  const rows = wrong.map((UtcTime) => ({ UtcTime, EventTime: "2026-03-01 00:00:00" }));
  assert.deepEqual(await timesOf([...rows, { UtcTime: "2026-02-30 00:00:00" }]), [
    ...wrong.map(() => Date.UTC(2026, 2, 1)),
    Number.NaN,
  ]);
});
