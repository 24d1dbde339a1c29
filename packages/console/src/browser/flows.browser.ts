/** What people do: hunting by keyboard alone, jumping, narrowing, following a link; and what must not happen meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Started } from "./harness.js";
import { accessibilityProblems, startHunt, Window } from "./harness.js";

let hunt: Started;
let window: Window;
before(async () => {
  hunt = await startHunt();
  window = await Window.open(hunt.url);
});
after(async () => {
  await window?.close();
  await hunt?.close();
});

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name }).first();
const chosenRow = (page: Page) => page.locator('[role=row][aria-selected="true"]');

test("from an alert to its event, the process tree, the timeline and the matrix by keyboard alone", async () => {
  const page = await window.page("#/overview");
  await page.getByText("Newest alerts").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.getByRole("grid", { name: "Alerts" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("rundll32");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByLabel(/Filter alerts/).inputValue(), "", "Esc empties the filter");
  await page.keyboard.press("Escape");
  for (const _ of [1, 2]) await page.keyboard.press("j");
  await page.keyboard.press("k");
  await chosenRow(page).getByText("Script Host Connects To The Internet").waitFor();
  await heading(page, /^Alert \d+/).waitFor();

  await page.keyboard.press("e");
  await heading(page, "Sysmon 3: network connection").waitFor();
  await page.getByText("Rules it satisfied").waitFor();

  await page.keyboard.press("p");
  await page.getByRole("grid", { name: /^Processes of WS-LOOM01/ }).waitFor();
  await chosenRow(page).getByText("rundll32.exe").first().waitFor();
  await page
    .getByRole("row", { name: /WINWORD\.EXE/ })
    .first()
    .waitFor();

  await page.keyboard.press("t");
  await page.getByRole("grid", { name: /^Events of WS-LOOM01/ }).waitFor();
  await chosenRow(page).getByText("process started").waitFor();

  await page.keyboard.press("m");
  await heading(page, "ATT&CK techniques seen").waitFor();
  await page.locator("button[aria-pressed]").first().waitFor();
  await page.keyboard.press("l");
  await page.keyboard.press("j");
  await page.locator('button[aria-pressed="true"]').first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("grid", { name: "Alerts" }).waitFor();
  assert.match(page.url(), /technique=T/);
  await page.context().close();
});

test("the palette finds a view, a stream and a host by a part of their names", async () => {
  const page = await window.page("#/sql");
  await page.getByText("Ask something").waitFor();
  for (const [typed, shows] of [
    ["by_rule", "Security Log Cleared"],
    ["srv-files", "process started"],
  ] as const) {
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Jump to" });
    await field.fill(typed);
    await page.getByRole("option", { selected: true }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.keyboard.press("Enter");
    await page.getByText(shows).first().waitFor();
  }
  await page.context().close();
});

test("? lists the keys of the place, and Esc gives the focus back", async () => {
  const page = await window.page("#/alerts");
  await page.getByRole("grid", { name: "Alerts" }).waitFor();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  await dialog.getByText("Next row").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.context().close();
});

test("a narrowed list is a link: another page that follows it shows the same", async () => {
  const page = await window.page("#/alerts");
  await page.getByRole("button", { name: /^high/ }).click();
  await page.getByLabel(/Filter alerts/).fill("powershell");
  await page.waitForURL(/level=high.*q=powershell/);
  const [found] = await hunt.rows(
    "select count(*) from alerts where level = 'high' and concat_ws(' ', title, host, \"user\", process) ilike '%powershell%'",
  );
  const shown = Number(found?.[0]);
  assert.ok(shown > 0);
  // The head is a row too.
  const narrowed = `[role=grid][aria-label=Alerts][aria-rowcount="${shown + 1}"]`;
  await page.locator(narrowed).waitFor();
  const other = await window.page(new URL(page.url()).hash);
  await other.locator(narrowed).waitFor();
  await page.context().close();
  await other.context().close();
});

test("text of events is shown as text, whatever it says", async () => {
  const evil = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
  const event = {
    UtcTime: "2025-03-11 14:59:58.000",
    "@timestamp": "2025-03-11T14:59:58.000Z",
    EventReceivedTime: "2025-03-11 15:59:58",
    Hostname: `${evil}.example`,
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    Image: `C:\\${evil}.exe`,
    CommandLine: `javascript:alert(1) \u202egnp.exe ${evil}`,
    [`${evil}`]: evil,
  };
  const put = await fetch(`${hunt.url}/ingest/windows`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: `${JSON.stringify(event)}\n`,
  });
  assert.equal(put.status, 200);
  const page = await window.page("#/streams/windows");
  await page.getByText("\\u{202e}gnp.exe").first().waitFor();
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: /^Offset/ }).waitFor();
  await page.getByText(evil).first().waitFor();
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  assert.notEqual(await page.title(), "1");
  await page.context().close();
});

test("nothing moves once it is there", async () => {
  for (const hash of [
    "#/overview",
    "#/alerts",
    "#/alerts/244",
    "#/streams/windows",
    "#/hosts",
    "#/attack",
    "#/graph",
  ]) {
    const page = await window.page("#/nowhere");
    await page.evaluate(`new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted = (globalThis.shifted ?? 0) + entry.value;
    }).observe({ type: "layout-shift", buffered: true }); globalThis.shifted = 0;`);
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await page.waitForTimeout(1500);
    const shifted = Number(await page.evaluate("globalThis.shifted"));
    assert.ok(shifted < 0.02, `${hash} moved by ${shifted}`);
    await page.context().close();
  }
});

test("nothing went wrong in the pages", () => {
  assert.deepEqual(window.errors, []);
});
