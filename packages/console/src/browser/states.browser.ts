/** When there is nothing yet, when the server goes and comes back, and when one may not. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Started } from "./harness.js";
import { accessibilityProblems, MILLRACE, put, startHunt, Window } from "./harness.js";

async function axeInBoth(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityProblems(page), [], `${colorScheme} ${what}`);
  }
}

describe("nothing has come yet, and then the server is gone", () => {
  let hunt: Started;
  let window: Window;
  before(async () => {
    hunt = await startHunt({ empty: true });
    window = await Window.open(hunt.url);
  });
  after(async () => {
    await window?.close();
    await hunt?.close();
  });

  const EMPTY: readonly (readonly [hash: string, shows: string | RegExp])[] = [
    ["#/overview", "No alerts"],
    ["#/graph", "nothing yet"],
    ["#/streams", "windows"],
    ["#/streams/windows", "No rows yet"],
    ["#/streams/windows?tab=live", "Waiting for rows"],
    ["#/dead-letters", "No dead letters"],
    ["#/dead-letters/operators", "No operator has refused a row"],
    ["#/views/alerts_by_rule", "The view is empty"],
    ["#/sql", "Ask something"],
    ["#/triage", "Nothing is open"],
    ["#/triage?is=acknowledged", "No group is acknowledged"],
    ["#/alerts", "No event has satisfied a rule so far"],
    ["#/alerts?by=rule", "No alert fits"],
    ["#/hosts", "No host has alerts"],
    ["#/attack", "No alert names a technique"],
    ["#/rules/silences", "Choose a rule"],
    ["#/events/windows/0/0", "There is no row at that place"],
  ];
  test("every screen says so", async () => {
    const page = await window.page("#/overview");
    for (const [hash, shows] of EMPTY) {
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.getByText(new RegExp(shows)).first().waitFor();
      await axeInBoth(page, `empty ${hash}`);
    }
    assert.deepEqual(window.errors, []);
    await page.context().close();
  });

  test("a lost server is said, and everything goes on once it is back", async () => {
    const page = await window.page("#/streams/windows");
    await page.getByText("No rows yet").waitFor();
    // The other screens' code is fetched once the first one stands.
    await page.waitForFunction(() =>
      performance.getEntriesByType("resource").some(({ name }) => name.includes("chunk-triage")),
    );
    await hunt.stop();
    await page.getByRole("status").getByText("offline").waitFor();
    await page.evaluate('location.hash = "#/triage"');
    await page.getByText("the server does not answer").first().waitFor();
    await axeInBoth(page, "offline");
    await hunt.again();
    await page.getByRole("status").getByText("live").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Nothing is open").waitFor();
    await put(hunt.url, [{ EventID: 1, Hostname: "WS-BACK", "@timestamp": "2025-03-11T14:00:00.000Z" }]);
    await page.evaluate('location.hash = "#/streams/windows"');
    await page.getByText("WS-BACK").first().waitFor();
    await page.context().close();
  });
});

describe("the server asks for a token", () => {
  let hunt: Started;
  let window: Window;
  const tokens = new Map<string, string>();
  before(async () => {
    hunt = await startHunt({
      prepare: (data) => {
        for (const role of ["read", "operate"]) {
          const args = [MILLRACE, "token", "add", `a-${role}`, "--role", role, "--data", data];
          tokens.set(role, execFileSync(process.execPath, args, { encoding: "utf8" }).trim());
        }
      },
    });
    window = await Window.open(hunt.url);
  });
  after(async () => {
    await window?.close();
    await hunt?.close();
  });

  const enter = async (page: Page, token: string): Promise<void> => {
    await page.getByRole("textbox", { name: "Token" }).fill(token);
    await page.keyboard.press("Enter");
  };

  test("a wrong one is told, the right one opens what was asked for, and a reload keeps it", async () => {
    const page = await window.page("#/alerts/253");
    await page.getByRole("heading", { name: "This server asks for a token" }).waitFor();
    await axeInBoth(page, "token");
    await enter(page, "mr_wrong");
    await page.getByText("That was not the token").waitFor();
    await enter(page, tokens.get("read") as string);
    await page.getByText("HOW_TO_UNMILL.txt").first().waitFor();
    await page.reload();
    await page.getByText("HOW_TO_UNMILL.txt").first().waitFor();
    await page.context().close();
  });

  test("who may only read is not offered to change anything", async () => {
    const page = await window.page("#/rules/sigma/windows%2Faccount-and-domain-discovery.yml");
    await enter(page, tokens.get("read") as string);
    await page.getByText("selection_whoami").first().waitFor();
    await page.getByText("read only").waitFor();
    for (const name of ["New", /Save/, /Delete/]) assert.equal(await page.getByRole("button", { name }).count(), 0);
    await page.evaluate('location.hash = "#/triage"');
    await page.getByText("Documents Get A Second Extension").first().waitFor();
    await page.keyboard.press("j");
    assert.equal(await page.getByRole("button", { name: /Acknowledge/ }).isDisabled(), true);
    await page.keyboard.press("a");
    assert.equal(await page.getByRole("dialog").count(), 0);
    await axeInBoth(page, "read only");
    await page.context().close();
  });

  test("who may operate acknowledges in the token's name", async () => {
    const page = await window.page("#/triage");
    await enter(page, tokens.get("operate") as string);
    await page.getByText("Documents Get A Second Extension").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    assert.equal(await page.getByLabel("By", { exact: true }).inputValue(), "a-operate");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Acknowledged 1" }).waitFor();
    await page.context().close();
  });
});
