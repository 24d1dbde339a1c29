/** The page's loop: asks for the status every second, and says so when there is no answer. */
import { getJson, setToken } from "./api.js";
import { $ } from "./dom.js";
import { startAlerts, startViews, viewsChanged } from "./live.js";
import { setReady, showStatus } from "./overview.js";
import { startSql } from "./sql.js";

const EVERY_MS = 1000;
let started = false;
let alerts = false;

async function look() {
  try {
    const status = await getJson("/api/status");
    begin(status);
    showStatus(status);
    if (!alerts) viewsChanged(status);
    banner(status.failure === null ? null : `The engine stopped: ${status.failure}\nWhat was committed can still be read. Start the program again after the cause is mended.`);
    $("token-form").hidden = true;
  } catch (error) {
    setReady("failed", "no connection");
    if (error.status === 401) $("token-form").hidden = false;
    else banner(`${error.message}; trying again every second.`);
  }
  setTimeout(look, document.hidden ? 5 * EVERY_MS : EVERY_MS);
}

/** What the page shows depends on the program: known with the first status. */
function begin(status) {
  if (started) return;
  started = true;
  alerts = status.streams.some(({ name, kind }) => name === "alerts" && kind === "output");
  if (alerts) startAlerts();
  else startViews();
  startSql(status);
}

function banner(text) {
  const place = $("banner");
  place.hidden = text === null;
  // Set only when it changes, or a screen reader says it every second.
  if (text !== null && place.textContent !== text) place.textContent = text;
}

$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken($("token").value);
  look();
});

look();
