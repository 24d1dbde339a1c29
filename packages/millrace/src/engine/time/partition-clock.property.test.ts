import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TIME_MIN } from "../../base/time.js";
import { setInt64Number } from "../../batch/vector.js";
import { clockAt, latenessOf, watermarkOf } from "./partition-clock.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_105);
const RUNS = 3000;
const time = fc.integer({ min: -20, max: 20 });

test("rows are late by the watermark at their place, wherever the chunk is cut, and whether bounds tell it or not", () => {
  let late = 0;
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 8 }),
      fc.record({ timeHigh: fc.oneof(time, fc.constant(TIME_MIN)), markHigh: fc.oneof(time, fc.constant(TIME_MIN)) }),
      fc.integer({ min: 0, max: 15 }),
      fc.nat(8),
      (times, before, delayMs, cut) => {
        const words = new Int32Array(2 * times.length);
        times.forEach((value, row) => {
          setInt64Number(words, row, value);
        });
        const bounds = { timeMin: Math.min(...times), timeMax: Math.max(...times) };
        const middle = Math.min(cut, times.length);
        const first = latenessOf(words, 0, middle, before, bounds, delayMs);
        assert.deepEqual(clockAt(words, middle, before), first.after);
        const second = latenessOf(words, middle, times.length, first.after, bounds, delayMs);
        const found = [first, second].flatMap(({ lateBy }, part) => [
          ...(lateBy ?? new Float64Array(part === 0 ? middle : times.length - middle)),
        ]);
        const expected = times.map((value, row) => {
          const timeHigh = Math.max(before.timeHigh, ...times.slice(0, row));
          return Math.max(0, watermarkOf({ ...before, timeHigh }, delayMs) - value);
        });
        assert.deepEqual(found, expected);
        assert.equal(first.lateRows + second.lateRows, expected.filter((by) => by > 0).length);
        assert.equal(second.after.timeHigh, Math.max(before.timeHigh, bounds.timeMax));
        late += first.lateRows + second.lateRows;
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
  assert(late > RUNS, `${late} late rows`);
});
