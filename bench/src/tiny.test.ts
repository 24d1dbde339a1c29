/** Every bench at its smallest size: it runs, and its answer is right. Times are not looked at. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BENCHES } from "./benches.js";

for (const bench of BENCHES)
  test(`bench ${bench.name} runs tiny and its answer is right`, async () => {
    const results = await bench.run("tiny");
    assert.ok(results.length > 0);
    for (const { bench: name, ours, reference, ratio } of results) {
      assert.equal(name, bench.name);
      assert.ok(ours > 0 && reference > 0 && ratio > 0);
    }
  });
