import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../base/random.js";
import type { Partition } from "./epoch-plan.js";
import { shareOut } from "./epoch-plan.js";

function partition(from: number, end: number, table = false): Partition {
  return { stream: table ? "names" : "events", partition: 0, from, end, table };
}

test("tables are taken before streams, whatever place they have and however small the epoch is", () => {
  const partitions = [partition(5, 105), partition(0, 30, true), partition(0, 7, true)];
  assert.deepEqual(shareOut(partitions, 10), [5, 5, 5]);
  assert.deepEqual(shareOut(partitions, 37), [5, 30, 7]);
  assert.deepEqual(shareOut(partitions, 40), [8, 30, 7]);
  assert.deepEqual(shareOut([partition(5, 105), partition(30, 30, true)], 40), [45, 30]);
});

test("streams share what there is evenly, and no epoch is left smaller than it may be (seeded)", () => {
  assert.deepEqual(shareOut([partition(0, 100), partition(50, 52), partition(0, 100)], 12), [5, 52, 5]);
  const random = new Random(3);
  for (let round = 0; round < 300; round++) {
    const partitions = Array.from({ length: random.int(1, 6) }, () => {
      const from = random.int(0, 50);
      return partition(from, from + random.int(0, 40), random.next() < 0.3);
    });
    const rowsMax = random.int(1, 80);
    const to = shareOut(partitions, rowsMax);
    const taken = partitions.map(({ from }, k) => (to[k] as number) - from);
    const waiting = partitions.reduce((sum, { from, end }) => sum + end - from, 0);
    assert.equal(
      taken.reduce((a, b) => a + b, 0),
      Math.min(rowsMax, waiting),
    );
    for (const [k, { from, end, table }] of partitions.entries()) {
      assert.ok((taken[k] as number) >= 0 && from + (taken[k] as number) <= end);
      // Who got less than another of its kind got all it has, but for the last rows that did not go up evenly.
      for (const [j, other] of partitions.entries())
        if (other.table === table && (taken[k] as number) + 1 < (taken[j] as number)) assert.equal(to[k], end);
      if (!table && (taken[k] as number) > 0)
        for (const [j, other] of partitions.entries()) if (other.table) assert.equal(to[j], other.end);
    }
  }
});
