/**
 * A keyed count by the minute with two worker threads beside the same with one (which runs on the main thread).
 * Measured is `settle` and what closes the windows, after the threads are up and have seen a tenth of the rows.
 */
import { embed } from "millrace";
import { quantile, secondsOf } from "./measure.js";
import minuteCounts from "./minute-counts-app.js";
import { KEYS, pushReadings, STEP_MS } from "./readings.js";
import type { Bench } from "./result.js";
import { expectSame, rateResult } from "./result.js";

export const workers: Bench = {
  name: "workers",
  about: "tumbling count of 1,000 keys from two partitions in memory: two worker threads beside one",
  async run(size) {
    const rows = size === "tiny" ? 20_000 : 8_000_000;
    const times = { one: [] as number[], two: [] as number[] };
    for (let round = 0; round < (size === "tiny" ? 1 : 3); round++) {
      times.one.push(await count(rows, 1));
      times.two.push(await count(rows, 2));
    }
    const seconds = { ours: quantile(times.two, 0.5), reference: quantile(times.one, 0.5) };
    const compared = { bench: "workers", case: "two worker threads", referenceName: "one" };
    return [rateResult(compared, "M rows/s", (rows * 0.9) / 1e6, seconds)];
  },
};

async function count(rows: number, threads: number): Promise<number> {
  const running = await embed(minuteCounts, { workers: threads, partitions: { readings: 2 } });
  try {
    const before = Math.floor(rows / 10);
    await pushReadings(running, "readings", 0, before);
    await running.settle();
    await pushReadings(running, "readings", before, rows);
    const seconds = await secondsOf(async () => {
      await running.endInput();
      await running.settle();
    });
    const windows = running.view("per_minute");
    expectSame("windows", windows.length, Math.ceil((rows * STEP_MS) / 60_000) * KEYS);
    const events = windows.reduce((sum, row) => sum + Number(row.events), 0);
    expectSame("events counted", events, rows);
    return seconds;
  } finally {
    await running.close();
  }
}
