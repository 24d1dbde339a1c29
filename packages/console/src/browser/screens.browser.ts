/** Every screen, dark and light, wide and narrow: it comes up, says nothing wrong, and axe finds nothing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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

/** Place, and a text that is there once the screen stands. */
const SCREENS: readonly (readonly [hash: string, shows: string])[] = [
  ["#/overview", "Newest alerts"],
  ["#/graph", "alerts_by_host"],
  ["#/graph?node=alerts%2Fmatch", "called for each row"],
  ["#/streams", "windows"],
  ["#/streams/windows", "process started"],
  ["#/streams/alerts?q=powershell", "PowerShell"],
  ["#/streams/windows?tab=live", "rows seen"],
  ["#/streams/windows?tab=schema", "ProcessGuid"],
  ["#/streams/nothing", "There is no stream"],
  ["#/views", "alerts_by_rule"],
  ["#/views/alerts_by_host", "SRV-BUILD01"],
  ["#/sql", "Ask something"],
  ["#/sql?q=select%20level%2C%20count(*)%20n%20from%20alerts%20group%20by%20all", "critical"],
  ["#/sql?q=select%20nonsense", "nonsense"],
  ["#/nowhere", "There is no such place"],
  ["#/alerts", "Documents Get A Second Extension"],
  ["#/alerts/253?level=critical", "HOW_TO_UNMILL.txt"],
  ["#/alerts?by=rule", "LSASS Opened With The Right To Read Its Memory"],
  ["#/alerts?q=nothing-is-called-so", "No alert fits"],
  ["#/events/windows/0/18820", "Script Host Connects To The Internet"],
  ["#/events/windows/0/99999999", "There is no row at that place"],
  ["#/hosts", "SRV-BUILD01.mill.example"],
  ["#/hosts/WS-LOOM01.mill.example?from=1741703400000&to=1741704000000", "network connection"],
  ["#/hosts/WS-LOOM01.mill.example/tree?at=1741703606833&e=windows/0/18820", "WINWORD.EXE"],
  ["#/attack?technique=T1059.001", "Encoded PowerShell Command Contains A Web Address"],
  ["#/triage", "Process Dump Through comsvcs.dll"],
  ["#/triage?is=silenced", "No group is silenced"],
  ["#/dead-letters", "No dead letters"],
  ["#/dead-letters/edge/7", "There is no letter at that offset"],
  ["#/streams/dead_letters", "No rows yet"],
  ["#/rules", "Choose a rule"],
  ["#/rules/sigma/windows%2Faccount-and-domain-discovery.yml", "selection_whoami"],
  ["#/rules/silences", "Choose a rule"],
];

for (const [hash, shows] of SCREENS)
  test(hash, async () => {
    const page = await window.page(hash, { theme: "dark" });
    for (const theme of ["dark", "light"] as const) {
      if (theme === "light") {
        await page.emulateMedia({ colorScheme: "light" });
        await page.setViewportSize({ width: 900, height: 900 });
      }
      await page.getByText(shows).first().waitFor();
      assert.deepEqual(await accessibilityProblems(page), [], `${theme} ${hash}`);
      const sideways = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      assert.equal(sideways, false, `${theme} ${hash} is wider than the window`);
    }
    await page.context().close();
    assert.deepEqual(
      window.errors.splice(0).filter((error) => !EXPECTED.some((known) => error.includes(known))),
      [],
    );
  });

/** The browser reports every answer that is not 2xx: a query that is wrong is one, what is not there another. */
const EXPECTED = ["status of 400", "status of 404"];
