import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TIME_MIN } from "../../base/time.js";
import { setInt64Number } from "../../batch/vector.js";
import { latenessOf, noneLate } from "./partition-clock.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_105);
const time = fc.integer({ min: -20, max: 20 });

test("where a chunk's bounds tell that no row is late, looking at the rows says the same", () => {
  let told = 0;
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 8 }),
      fc.record({ timeHigh: fc.oneof(time, fc.constant(TIME_MIN)), markHigh: fc.oneof(time, fc.constant(TIME_MIN)) }),
      fc.integer({ min: 0, max: 15 }),
      (times, before, delayMs) => {
        const words = new Int32Array(2 * times.length);
        times.forEach((value, row) => {
          setInt64Number(words, row, value);
        });
        const bounds = { timeMin: Math.min(...times), timeMax: Math.max(...times) };
        const known = noneLate(bounds, before, delayMs);
        if (known === null) return;
        told++;
        assert.deepEqual(known, latenessOf(words, 0, times.length, before, delayMs));
      },
    ),
    { seed: SEED, numRuns: 2000 },
  );
  assert(told > 200, `bounds told it ${told} times`);
});
