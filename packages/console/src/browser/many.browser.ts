/** Many alerts: lists, filters, groups and timelines hold what is in sight and no more. Times are the bench's matter. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Started } from "./harness.js";
import { put, startHunt, Window } from "./harness.js";

const EVENTS = process.env.MILLRACE_TEST === "all" ? 50_000 : 4000;
const HOSTS = 40;
const BEGIN = Date.UTC(2025, 2, 12);

let hunt: Started;
let window: Window;
let alerts = 0;
before(async () => {
  hunt = await startHunt();
  const [shadow] = await hunt.rows("select stream, \"offset\" from alerts where title = 'All Shadow Copies Deleted'");
  const event = await hunt.event(String(shadow?.[0]), Number(shadow?.[1]));
  for (let sent = 0; sent < EVENTS; sent += 1000)
    await put(
      hunt.url,
      Array.from({ length: 1000 }, (_, k) => {
        const at = new Date(BEGIN + (sent + k) * 1000).toISOString();
        return { ...event, Hostname: `WS-${k % HOSTS}`, "@timestamp": at, UtcTime: at.slice(0, -1), EventTime: at };
      }),
    );
  window = await Window.open(hunt.url);
  await hunt.settled();
  alerts = Number((await hunt.rows("select count(*) from alerts"))[0]?.[0]);
  assert.ok(alerts >= EVENTS);
});
after(async () => {
  await window?.close();
  await hunt?.close();
});

/** Rows in the document: those in sight, and a few beside. */
async function rowsDrawn(page: Page): Promise<number> {
  return page.locator("[role=row]").count();
}

test("the list of alerts from its newest to its oldest", async () => {
  const page = await window.page("#/alerts");
  const grid = page.locator(`[role=grid][aria-label=Alerts][aria-rowcount="${alerts + 1}"]`);
  await grid.waitFor();
  await grid.focus();
  await page.keyboard.press("End");
  await page.getByRole("heading", { name: "Alert 0", exact: true }).waitFor();
  await page
    .locator(`[aria-rowindex="${alerts + 1}"][aria-selected=true]`)
    .getByText("03-11")
    .waitFor();
  assert.ok((await rowsDrawn(page)) < 100);
  await page.keyboard.press("Home");
  await page.getByRole("heading", { name: `Alert ${alerts - 1}`, exact: true }).waitFor();
  await page.context().close();
});

test("narrowed, summed up, in groups, and as a host's timeline", async () => {
  const page = await window.page("#/alerts?host=WS-7");
  const own = Number((await hunt.rows("select count(*) from alerts where host = 'WS-7'"))[0]?.[0]);
  await page.locator(`[role=grid][aria-label=Alerts][aria-rowcount="${own + 1}"]`).waitFor();
  const to = async (hash: string, shows: string | RegExp): Promise<void> => {
    await page.evaluate((place) => {
      location.hash = place;
    }, hash);
    await page.getByText(shows).first().waitFor();
    assert.ok((await rowsDrawn(page)) < 120, `${hash} draws ${await rowsDrawn(page)} rows`);
  };
  await to("#/alerts?by=host", "WS-7");
  await to("#/alerts?by=time", "from (UTC)");
  await to("#/triage?q=WS-7", "All Shadow Copies Deleted");
  await to("#/hosts", "WS-7");
  await to("#/hosts/WS-7", "vssadmin.exe");
  await to("#/attack?technique=T1490", "All Shadow Copies Deleted");
  await page.context().close();
  assert.deepEqual(window.errors, []);
});

test("alerts that come while one reads are announced, and move nothing", async () => {
  const page = await window.page("#/alerts");
  await page.locator(`[role=grid][aria-label=Alerts][aria-rowcount="${alerts + 1}"]`).waitFor();
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: `Alert ${alerts - 1}`, exact: true }).waitFor();
  const [shadow] = await hunt.rows("select stream, \"offset\" from alerts where title = 'All Shadow Copies Deleted'");
  await put(hunt.url, [{ ...(await hunt.event(String(shadow?.[0]), Number(shadow?.[1]))), Hostname: "WS-NEW" }]);
  await page.getByRole("button", { name: /new/ }).waitFor();
  assert.equal(await page.locator("[aria-selected=true]").getAttribute("aria-rowindex"), "2");
  await page.keyboard.press("n");
  await page.getByText("WS-NEW").first().waitFor();
  await page.locator('[aria-selected=true]:not([aria-rowindex="2"])').waitFor();
  await page.context().close();
});
