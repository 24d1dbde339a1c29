/** The work itself, by keyboard: seeing to groups of alerts, silencing, writing rules, taking dead letters after all. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Started } from "./harness.js";
import { accessibilityProblems, put, startHunt, Window } from "./harness.js";

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

const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const chosenRow = (page: Page) => page.locator('[role=row][aria-selected="true"]');
const tab = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

test("a group is acknowledged by keyboard: it leaves the open ones, with who and why", async () => {
  const page = await window.page("#/overview");
  await page.getByText("Newest alerts").waitFor();
  await press(page, "g", "i");
  await tab(page, "Open 33").waitFor();
  await press(page, "j", "j");
  await chosenRow(page).getByText("Process Dump Through comsvcs.dll").waitFor();
  await page.getByText("2 alerts").waitFor();
  await press(page, "a");
  const dialog = page.getByRole("dialog", { name: "Acknowledge" });
  await dialog.waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.keyboard.type("ada");
  await press(page, "Tab");
  await page.keyboard.type("known tool");
  await press(page, "Enter");
  await dialog.waitFor({ state: "detached" });
  await tab(page, "Open 32").waitFor();
  // The group that took its place is chosen.
  await chosenRow(page).getByText("comsvcs").waitFor({ state: "detached" });
  await chosenRow(page).waitFor();
  await press(page, "o");
  await tab(page, "Acknowledged 1").waitFor();
  await page.getByText("ada: known tool").waitFor();
  await page.reload();
  await page.getByText("ada: known tool").waitFor();
  await page.context().close();
});

test("from a group to its alerts, an event, the process tree and the matrix by keyboard", async () => {
  const page = await window.page("#/triage");
  await tab(page, "Open 32").waitFor();
  await press(page, "j", "j");
  await page.getByText("4 alerts", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Process tree" }).waitFor();
  await press(page, "p");
  await page.getByRole("grid", { name: /^Processes of SRV-FILES01/ }).waitFor();
  await chosenRow(page).waitFor();
  await press(page, "m");
  await page.getByRole("heading", { name: "ATT&CK techniques seen" }).waitFor();
  await page.goBack();
  await page.goBack();
  await chosenRow(page).waitFor();
  await press(page, "Enter");
  await page.locator('[role=grid][aria-label=Alerts][aria-rowcount="5"]').waitFor();
  await press(page, "j");
  await chosenRow(page).waitFor();
  await press(page, "Enter");
  await page.getByText("Rules it satisfied").waitFor();
  await page.context().close();
});

test("a silence begun at a group marks what comes, and opens nothing", async () => {
  const page = await window.page("#/triage?q=shadow");
  await page.getByText("All Shadow Copies Deleted").first().waitFor();
  await press(page, "j", "s");
  await page.getByText("It counts once it is saved").waitFor();
  await press(page, "Control+s");
  await page
    .getByText(/In force since change \d/)
    .first()
    .waitFor();
  const [shadow] = await hunt.rows("select stream, \"offset\" from alerts where title = 'All Shadow Copies Deleted'");
  const event = await hunt.event(String(shadow?.[0]), Number(shadow?.[1]));
  const later = "2025-03-11T18:00:00.000Z";
  await put(hunt.url, [
    { ...event, "@timestamp": later, UtcTime: later.replace("T", " ").slice(0, -1), EventTime: later },
  ]);
  await page.goto(`${hunt.url}/#/triage?is=silenced`);
  await page.getByRole("row", { name: /All Shadow Copies Deleted.*silenced/ }).waitFor();
  await page.goto(`${hunt.url}/#/alerts?is=silenced`);
  await page.getByRole("row", { name: /All Shadow Copies Deleted.*silenced/ }).waitFor();
  await page.context().close();
});

const RULE = (value: string): string => `title: Tried In The Workbench
id: 11111111-2222-4333-8444-555555555555
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: ${value}
    condition: selection
level: low
`;

test("a rule is written, tried on history, saved, hunted back with, and deleted", async () => {
  const page = await window.page("#/rules/sigma/console%2Ftried.yml");
  const editor = page.getByRole("textbox", { name: "Rule file console/tried.yml" });
  await page.getByText("There is no such file").waitFor();
  await press(page, "c");
  await editor.waitFor();
  await press(page, "i");
  await editor.fill(RULE("'\\whoami.exe'").replace("condition: selection", "condition: selection and nothing"));
  await press(page, "Control+Enter");
  const line = page.getByRole("button", { name: /^line \d+/ });
  await line.waitFor();
  assert.match((await page.getByRole("listitem").filter({ has: line }).textContent()) ?? "", /nothing/);
  await line.click();
  const at = await editor.evaluate(
    (field: HTMLTextAreaElement) => field.value.slice(0, field.selectionStart).split("\n").length,
  );
  assert.equal(`line ${at}`, await line.textContent(), "the caret is at the line");
  assert.deepEqual(await accessibilityProblems(page), []);

  await editor.fill(RULE("'\\whoami.exe'"));
  await press(page, "Control+Enter");
  await page.getByText(/^\d+ found in 24,\d{3} events in /).waitFor();
  await page
    .getByRole("grid", { name: "What it would have found" })
    .getByText("Tried In The Workbench")
    .first()
    .waitFor();
  await press(page, "Control+s");
  await page.getByText(/Change \d+ hunted back through 24,\d{3} events/).waitFor();
  await page.getByRole("link", { name: /^[1-9]\d* found$/ }).click();
  await page
    .getByRole("row", { name: /Tried In The Workbench.*retro/ })
    .first()
    .waitFor();
  await page.goBack();
  await editor.waitFor();
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Choose a rule").first().waitFor();
  assert.equal((await fetch(`${hunt.url}/api/rules/sigma/files/console%2Ftried.yml`)).status, 404);
  await page.context().close();
});

test("a dead letter is read, corrected and taken, once", async () => {
  await put(hunt.url, ['{"EventID": 1, "Hostname": "WS-LETTER"', { EventID: 5, Hostname: "WS-TIMELESS" }]);
  const page = await window.page("#/overview");
  await page.getByText("2 dead letters").waitFor();
  await press(page, "g", "d");
  await page.getByRole("grid", { name: "Dead letters" }).waitFor();
  await press(page, "j");
  const text = page.getByRole("textbox", { name: "The letter's text" });
  await text.waitFor();
  await press(page, "Control+Enter");
  await page
    .getByRole("alert")
    .getByText(/it has no event time/)
    .waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  const sent = JSON.parse(await text.inputValue()) as object;
  await text.fill(JSON.stringify({ ...sent, "@timestamp": "2025-03-11T14:00:00.000Z" }));
  await press(page, "Control+Enter");
  await page.getByRole("row", { name: /WS-TIMELESS.*replayed/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Replay/ }).count(), 0, "not a second time");
  const [found] = await hunt.rows("select count(*) from windows where rest::varchar like '%WS-TIMELESS%'");
  assert.equal(found?.[0], 1);
  await page.context().close();
});

test("nothing went wrong in the pages", () => {
  // Of the letter, and of the rule, that were refused on purpose; and of the rule that was not there yet.
  const expected = /status of (?:404|422)/;
  assert.deepEqual(
    window.errors.filter((error) => !expected.test(error)),
    [],
  );
});
