/** The page's loop: asks for the status every second, tells every part, and says so when there is no answer. */
import { apiError, getJson, hasToken, setToken } from "./api.js";
import { $, setText } from "./dom.js";
import { reconnectLive, showLive, startLive } from "./live.js";
import { forgetHistory, showOverview, startOverview } from "./overview.js";
import { propose, showQuery, showView, startQuery } from "./query.js";

/** @typedef {import("./api.js").Status} Status */
/** @typedef {"ready" | "busy" | "stopped" | "lost" | "wait"} State */

const EVERY_MS = 1000;
const HIDDEN_EVERY_MS = 5000;
const RETRY_MS_MAX = 15_000;

/** @type {Status | null} */
let last = null;
let failures = 0;
let asking = false;
/** When the next try is, while there is no connection. */
let retryAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

async function look() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const status = /** @type {Status} */ (await getJson("/api/status"));
    show(status);
    timer = setTimeout(look, document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
  } catch (error) {
    const { status, message, hint } = apiError(error);
    if (status === 401) askToken();
    else lost(message, hint);
  } finally {
    asking = false;
  }
}

/** @param {Status} status */
function show(status) {
  const back = failures > 0;
  failures = 0;
  $("token-screen").hidden = true;
  if (last === null) begin(status);
  else if (status.app !== last.app || status.events < last.events) return location.reload(); // another data directory
  last = status;
  if (back) reconnectLive();
  showOverview(status);
  showLive(status);
  showQuery(status);
  showState(status);
}

/** @param {Status} status */
function begin(status) {
  startOverview({ view: showView, query: propose });
  startLive(status);
  startQuery(status);
}

/** @param {Status} status */
function showState({ ready, failure, lag, progress }) {
  if (failure !== null) {
    setState("stopped", "stopped");
    return toast(
      "The engine stopped.",
      `${failure.replace(/[.\s]+$/, "")}. What was committed can still be read; start the program again when the cause is mended.`,
      false,
    );
  }
  $("lost").hidden = true;
  const reading = (progress ?? null) !== null || lag > 0;
  setState(ready && !reading ? "ready" : "busy", !ready ? "starting" : reading ? "catching up" : "ready");
}

/** @param {State} state @param {string} text */
function setState(state, text) {
  $("state").dataset.state = state;
  document.body.classList.toggle("stale", state === "lost");
  // Lag comes and goes with every batch: only what a person has to know is read out.
  $("state-text").setAttribute("aria-live", state === "busy" ? "off" : "polite");
  setText($("state-text"), text);
}

/** @param {string} message @param {string} [hint] */
function lost(message, hint) {
  const wait = Math.min(RETRY_MS_MAX, EVERY_MS * 2 ** failures);
  failures++;
  forgetHistory();
  retryAt = performance.now() + wait;
  setState("lost", "no connection");
  timer = setTimeout(look, wait);
  countDown(`${message[0]?.toUpperCase() ?? ""}${message.slice(1)}.`, hint);
}

/** @param {string} title @param {string | undefined} hint */
function countDown(title, hint) {
  if (failures === 0) return;
  const left = Math.ceil((retryAt - performance.now()) / 1000);
  toast(
    title,
    `${hint ?? (last === null ? "Is the program running?" : "What is shown is what was known last.")} ${left > 0 ? `Trying again in ${left} s.` : "Trying now …"}`,
    true,
  );
  if (left > 0) setTimeout(() => countDown(title, hint), 500);
}

/** @param {string} title @param {string} text @param {boolean} retry */
function toast(title, text, retry) {
  $("lost").hidden = false;
  setText($("lost-title"), title);
  setText($("lost-text"), text);
  $("lost-retry").hidden = !retry;
}

function askToken() {
  const screen = $("token-screen");
  setState("wait", "a token is needed");
  $("lost").hidden = true;
  $("token-bad").hidden = !hasToken();
  if (!screen.hidden) return;
  screen.hidden = false;
  $("token").focus();
}

$("token-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  setToken($("token").value.trim());
  $("token").value = "";
  reconnectLive();
  look();
});
$("lost-retry").addEventListener("click", look);
// Not every browser lets the keyboard into what scrolls.
for (const scroller of document.querySelectorAll(".scroll")) scroller.setAttribute("tabindex", "0");
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && $("token-screen").hidden) look();
});

look();
