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
  await window.close();
  await hunt.close();
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
  ["#/alerts/244?level=critical", "HOW_TO_UNMILL.txt"],
  ["#/alerts?by=rule", "LSASS Opened With The Right To Read Its Memory"],
  ["#/alerts?q=nothing-is-called-so", "No alert fits"],
  ["#/events/windows/0/18820", "Script Host Connects To The Internet"],
  ["#/events/windows/0/99999999", "There is no row at that place"],
  ["#/hosts", "SRV-BUILD01.mill.example"],
  ["#/hosts/WS-LOOM01.mill.example?from=1741703400000&to=1741704000000", "network connection"],
  ["#/hosts/WS-LOOM01.mill.example/tree?at=1741703606833&e=windows/0/18820", "WINWORD.EXE"],
  ["#/attack?technique=T1059.001", "Encoded PowerShell Command Contains A Web Address"],
  ["#/rules", "Read only"],
];

for (const [hash, shows] of SCREENS)
  test(hash, async () => {
    for (const theme of ["dark", "light"] as const) {
      const page = await window.page(hash, { theme, width: theme === "dark" ? 1440 : 900 });
      await page.getByText(shows).first().waitFor();
      assert.deepEqual(await accessibilityProblems(page), [], `${theme} ${hash}`);
      const sideways = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      assert.equal(sideways, false, `${theme} ${hash} is wider than the window`);
      await page.context().close();
    }
    assert.deepEqual(
      window.errors.splice(0).filter((error) => !EXPECTED.some((known) => error.includes(known))),
      [],
    );
  });

/** The browser reports every answer that is not 2xx: a query that is wrong is one, a program without a rule API another. */
const EXPECTED = ["status of 400", "status of 404"];
