/**
 * Filter and map of one thread over the log in memory, beside a loop written by hand over the same columns.
 *
 * Sketch: 20 million rows of 16 bytes; the aim of 50 million rows/s is 20 ns a row. Measured is `settle`: reading the
 * chunks, the two lambdas, publishing what is kept (value and time), commits. The loop filters, maps and copies value and
 * time of what is kept into new arrays, batch by batch, and commits nothing.
 */
import type { App } from "millrace";
import { embed } from "millrace";
import keepFew from "./keep-few-app.js";
import keepHalf from "./keep-half-app.js";
import { quantile, secondsOf } from "./measure.js";
import type { Readings } from "./readings.js";
import { pushReadings, readings } from "./readings.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, rateResult } from "./result.js";

type Keep = (value: number) => boolean;

interface Kept {
  readonly rows: number;
  readonly sum: number;
}

export const filter: Bench = {
  name: "filter",
  about: "filter + map over the log in memory, one thread, beside a loop over typed arrays written by hand",
  async run(size) {
    return [
      await compare("1 row in 100 kept", keepFew, (value) => value % 100 === 7, size),
      await compare("half of the rows kept", keepHalf, (value) => value < 5000, size),
    ];
  },
};

async function compare(name: string, program: App, keep: Keep, size: Size): Promise<Result> {
  const rows = size === "tiny" ? 20_000 : 20_000_000;
  const pieces = [...readings(0, rows)];
  const times = { ours: [] as number[], reference: [] as number[] };
  for (let round = 0; round < (size === "tiny" ? 1 : 3); round++) {
    let expected: Kept = { rows: 0, sum: 0 };
    times.reference.push(
      await secondsOf(() => {
        expected = byHand(pieces, keep);
      }),
    );
    times.ours.push(await settle(program, rows, expected));
  }
  const seconds = { ours: quantile(times.ours, 0.5), reference: quantile(times.reference, 0.5) };
  return rateResult({ bench: "filter", case: name, referenceName: "loop by hand" }, "M rows/s", rows / 1e6, seconds);
}

/** Seconds that the engine takes for rows that are in its log. */
async function settle(program: App, rows: number, expected: Kept): Promise<number> {
  const running = await embed(program);
  try {
    await pushReadings(running, "readings", 0, rows);
    const seconds = await secondsOf(() => running.settle());
    const { rows: answer } = await running.sql("select count(*), sum(value) from kept");
    expectSame("rows kept", Number(answer[0]?.[0]), expected.rows);
    expectSame("their sum", Number(answer[0]?.[1]), expected.sum);
    return seconds;
  } finally {
    await running.close();
  }
}

function byHand(pieces: readonly Readings[], keep: Keep): Kept {
  let rows = 0;
  let sum = 0;
  for (const { length, at, value } of pieces) {
    const keptAt = new Int32Array(2 * length);
    const keptValue = new Float64Array(length);
    let kept = 0;
    for (let i = 0; i < length; i++) {
      const given = value[i] as number;
      if (!keep(given)) continue;
      keptAt[2 * kept] = at[2 * i] as number;
      keptAt[2 * kept + 1] = at[2 * i + 1] as number;
      keptValue[kept++] = given * 2 + 1;
    }
    for (let i = 0; i < kept; i++) sum += keptValue[i] as number;
    rows += kept;
  }
  return { rows, sum };
}
