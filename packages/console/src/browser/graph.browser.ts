/** The dataflow graph names who holds a window open, since when, and what waits. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serve } from "millrace";
import { accessibilityProblems, Window } from "./harness.js";
import lanes from "./lanes-app.js";

let lanesServer: Awaited<ReturnType<typeof serve>>;
let window: Window;
before(async () => {
  lanesServer = await serve(lanes, { port: 0 });
  window = await Window.open(lanesServer.url);
});
after(async () => {
  await window?.close();
  await lanesServer?.close();
});

async function post(partition: number, at: string): Promise<void> {
  const response = await fetch(`${lanesServer.url}/api/streams/posts?partition=${partition}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: JSON.stringify({ at, lane: `lane ${partition}` }),
  });
  assert.equal(response.status, 200);
}

test("the partition that holds a window open is named, and another once that one has moved on", async () => {
  await post(0, "2026-01-01T00:05:00Z");
  const page = await window.page("#/graph");
  await page.getByText("waits for posts/1").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.getByText(/Its windows wait for/).waitFor();
  await page.getByText("from which nothing has come yet").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await post(1, "2026-01-01T00:07:00Z");
  await page.getByText(/waits for posts\/0, /).waitFor();
  await page.getByText(/has not moved for \d/).waitFor();
  await post(0, "2026-01-01T00:06:30Z");
  await page.evaluate('location.hash = "#/views/minutes"');
  await page.getByText("lane 0").first().waitFor();
  await page.context().close();
  assert.deepEqual(window.errors, []);
});
