/**
 * The table at the centre: alerts as they are committed, or the newest rows of the first stream where the program has
 * no stream "alerts". Newest first, at most ROWS_MAX; while the table is scrolled down, what comes waits above it.
 */
import { ApiError, follow } from "./api.js";
import { closeDetail, detailOpen, showDetail } from "./detail.js";
import { $, el, notice, setAttribute, setText } from "./dom.js";
import { count, cut, searchText, text } from "./format.js";
import { ALERT_COLUMNS, columnsOf, LEVELS, levelOf } from "./live-columns.js";

/** @typedef {import("./api.js").Status} Status */
/** @typedef {import("./api.js").StreamRow} StreamRow */
/** @typedef {{ at: StreamRow, element: any, level: string, search: string }} Held */
/** @typedef {import("./live-columns.js").LiveColumn} LiveColumn */

const ROWS_MAX = 500;
const DRAW_EVERY_MS = 100;
const RETRY_MS_MAX = 15_000;
/** In a flood nothing is marked as new. */
const FRESH_MAX = 20;

const state = {
  stream: "",
  alerts: false,
  /** Rows the server has, to tell "none" from "not here yet". */
  total: 0,
  opened: false,
  /** Newest first. @type {Held[]} */
  held: [],
  /** What came since the table was drawn, oldest first. @type {StreamRow[]} */
  pending: [],
  pendingDropped: 0,
  seen: new Set(),
  /** @type {LiveColumn[]} */
  columns: [],
  /** @type {any} */
  body: null,
  filter: "",
  /** @type {Set<string>} */
  levels: new Set(),
  drawing: false,
  failures: 0,
  /** @type {(() => void) | null} */
  wake: null,
  /** The row that can be reached by Tab. @type {Held | null} */
  current: null,
};

/** @param {Status} status */
export function startLive({ streams }) {
  const alerts = streams.find(({ name, kind }) => name === "alerts" && kind === "output");
  const stream =
    alerts ?? streams.find(({ kind }) => kind === "output") ?? streams.find(({ kind }) => kind === "input");
  state.alerts = alerts !== undefined;
  state.stream = stream?.name ?? "";
  setText($("live-title"), state.alerts ? "Alerts" : stream === undefined ? "Live" : `Newest rows of ${stream.name}`);
  if (stream === undefined) return place(notice("This program has no streams.", "Its views and SQL are below."));
  if (state.alerts) startLevels();
  $("live-filter").addEventListener("input", () => {
    state.filter = $("live-filter").value.trim().toLowerCase();
    applyFilter();
  });
  $("live").addEventListener("scroll", () => {
    if ($("live").scrollTop === 0) draw();
  });
  $("live-new").addEventListener("click", () => {
    $("live").scrollTop = 0;
    draw();
  });
  draw();
  listen();
}

/** @param {Status} status */
export function showLive({ streams }) {
  const total = streams.find(({ name }) => name === state.stream)?.rows ?? 0;
  const known = state.total > 0 === total > 0;
  state.total = total;
  if (state.body === null && !known) draw();
  else note();
}

/** The server is back: no reason to wait any longer. */
export function reconnectLive() {
  state.failures = 0;
  state.wake?.();
}

async function listen() {
  for (;;) {
    try {
      await follow(`/api/streams/${encodeURIComponent(state.stream)}/tail?last=${ROWS_MAX}&behindMax=${ROWS_MAX}`, {
        open: () => {
          state.failures = 0;
          state.opened = true;
          draw();
        },
        event: (name, data) => {
          if (name === "row") arrive(data);
        },
      });
    } catch (error) {
      // What is wrong with the connection is said by the status; a stream that cannot be read is said here.
      if (error instanceof ApiError && error.status > 401 && state.body === null)
        place(notice(`${state.stream} cannot be read: ${error.message}`, error.hint ?? null));
    }
    const wait = Math.min(RETRY_MS_MAX, 1000 * 2 ** state.failures++);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      state.wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
    state.wake = null;
  }
}

/** @param {StreamRow} at */
function arrive(at) {
  const id = `${at.partition}:${at.offset}`;
  if (state.seen.has(id)) return; // again, after the connection broke
  state.seen.add(id);
  state.pending.push(at);
  if (state.pending.length > 2 * ROWS_MAX) forget(state.pending.splice(0, ROWS_MAX));
  if (state.drawing) return;
  state.drawing = true;
  setTimeout(() => {
    state.drawing = false;
    draw();
  }, DRAW_EVERY_MS);
}

/** @param {StreamRow[]} rows */
function forget(rows) {
  state.pendingDropped += rows.length;
  for (const { partition, offset } of rows) state.seen.delete(`${partition}:${offset}`);
}

function draw() {
  const first = state.held.length === 0;
  if (state.pending.length > 0 && (first || $("live").scrollTop === 0)) take(first);
  if (state.held.length === 0) place(emptyNotice());
  note();
}

/** @param {boolean} first */
function take(first) {
  const pending = state.pending.splice(0);
  if (pending.length > ROWS_MAX) forget(pending.splice(0, pending.length - ROWS_MAX));
  state.pendingDropped = 0;
  if (first) makeTable(/** @type {StreamRow} */ (pending[0]).row);
  const fresh = !first && pending.length <= FRESH_MAX;
  const rows = pending.map((at) => hold(at, fresh)).reverse();
  state.body.prepend(...rows.map(({ element }) => element));
  state.held.unshift(...rows);
  for (const { at, element } of state.held.splice(ROWS_MAX)) {
    state.seen.delete(`${at.partition}:${at.offset}`);
    element.remove();
  }
  if (state.current === null || !state.held.includes(state.current)) makeCurrent(state.held[0] ?? null);
  applyFilter();
}

/** @param {StreamRow} at @param {boolean} fresh @returns {Held} */
function hold(at, fresh) {
  const cells = state.columns.map((column) => {
    const content = column.cell(at.row, at);
    const title = column.title?.(at.row) ?? null;
    const shown = typeof content === "string" ? cut(content, 300) : content;
    const inner = column.opens ? el("button", { type: "button", class: "row-opens", tabindex: "-1" }, shown) : shown;
    return el("td", { class: column.class, title: title === null || title === "" ? null : cut(title, 1000) }, inner);
  });
  const row = {
    at,
    element: el("tr", { class: fresh ? "fresh" : null }, ...cells),
    level: levelOf(at.row),
    search: searchText(at.row),
  };
  row.element.addEventListener("click", () => {
    if (String(getSelection()) === "") open(row);
  });
  row.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => move(event, row));
  return row;
}

/** @param {Record<string, unknown>} sample */
function makeTable(sample) {
  state.columns = state.alerts ? ALERT_COLUMNS : columnsOf(sample);
  state.body = el("tbody", {});
  const heads = state.columns.map(({ name, class: kind }) => el("th", { scope: "col", class: kind }, name));
  place(
    el(
      "table",
      { class: state.alerts ? "rows alerts" : "rows" },
      el("caption", { class: "visually-hidden" }, `${state.stream}, newest first`),
      el("thead", {}, el("tr", {}, ...heads)),
      state.body,
    ),
    notice(
      "None of these rows matches the filter.",
      el("button", { type: "button", onclick: clearFilter }, "Show all"),
    ),
  );
}

/** @param {Node[]} nodes */
function place(...nodes) {
  $("live").replaceChildren(...nodes);
}

function emptyNotice() {
  if (!state.opened || state.total > 0)
    return notice(state.alerts ? "Fetching the newest alerts …" : "Fetching the newest rows …");
  if (state.alerts) return notice("No alerts yet.", "They appear here the moment they are committed.");
  return notice("No rows yet.", "They appear here the moment they are committed.");
}

function note() {
  const waiting = state.pending.length + state.pendingDropped;
  const button = $("live-new");
  button.classList.toggle("shown", waiting > 0 && state.held.length > 0 && $("live").scrollTop > 0);
  setText(button, `↑ ${count(waiting)} new`);
  const shown = state.held.filter(({ element }) => !element.hidden).length;
  const held = state.held.length;
  const all = Math.max(state.total, held);
  setText(
    $("live-note"),
    held === 0
      ? ""
      : shown < held
        ? `${count(shown)} of the newest ${count(held)}`
        : all > held
          ? `the newest ${count(held)} of ${count(all)}`
          : `all ${count(held)}`,
  );
}

// Filter

function startLevels() {
  $("levels").hidden = false;
  for (const level of LEVELS)
    $("levels").append(
      el(
        "button",
        {
          type: "button",
          class: "badge",
          "data-level": level,
          "aria-pressed": "false",
          onclick: () => {
            if (!state.levels.delete(level)) state.levels.add(level);
            applyFilter();
          },
        },
        `${level} `,
        el("span", { class: "chip-count" }, "0"),
      ),
    );
}

function clearFilter() {
  state.levels.clear();
  state.filter = "";
  $("live-filter").value = "";
  applyFilter();
  $("live-filter").focus();
}

function applyFilter() {
  for (const { element, level, search } of state.held)
    element.hidden =
      (state.levels.size > 0 && !state.levels.has(level)) || (state.filter !== "" && !search.includes(state.filter));
  for (const chip of $("levels").children) {
    const level = chip.getAttribute("data-level");
    setAttribute(chip, "aria-pressed", String(state.levels.has(level)));
    setText(chip.lastElementChild, count(state.held.reduce((n, row) => n + (row.level === level ? 1 : 0), 0)));
  }
  const none = state.held.length > 0 && state.held.every(({ element }) => element.hidden);
  $("live").classList.toggle("none", none);
  if (state.current?.element.hidden) makeCurrent(state.held.find(({ element }) => !element.hidden) ?? null);
  note();
}

// One row

/** @param {Held | null} row */
function makeCurrent(row) {
  if (state.current !== null) buttonOf(state.current)?.setAttribute("tabindex", "-1");
  state.current = row;
  if (row !== null) buttonOf(row)?.setAttribute("tabindex", "0");
}

/** @param {Held} row */
function buttonOf({ element }) {
  return element.querySelector("button.row-opens");
}

/** Up and down through the rows; Enter is the button's own. @param {KeyboardEvent} event @param {Held} row */
function move(event, row) {
  const shown = state.held.filter(({ element }) => !element.hidden);
  const at = shown.indexOf(row);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 15, PageUp: at - 15, Home: 0, End: shown.length - 1 }[
    event.key
  ];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
  if (next === undefined) return;
  makeCurrent(next);
  buttonOf(next)?.focus({ preventScroll: true });
  next.element.scrollIntoView({ block: "nearest" });
  if (detailOpen()) open(next);
}

/** @param {Held} row */
function open(row) {
  for (const element of state.body.querySelectorAll("tr.open")) element.classList.remove("open");
  row.element.classList.add("open");
  makeCurrent(row);
  buttonOf(row)?.focus({ preventScroll: true });
  const { at } = row;
  const title = state.alerts
    ? text(at.row.title ?? at.row.rule) || "Alert"
    : `${state.stream} ${at.partition}:${at.offset}`;
  showDetail({
    title,
    level: state.alerts ? row.level : null,
    head: `${state.alerts ? "Alert" : "Row"} ${state.stream}/${at.partition}, offset ${count(at.offset)}`,
    row: at.row,
    event: eventOf(at.row),
    closed: () => {
      row.element.classList.remove("open");
      const back = row.element.isConnected ? row : state.current;
      if (back !== null) buttonOf(back)?.focus({ preventScroll: true });
    },
  });
}

/** Where the event behind a row is, when the row says so. @param {Record<string, unknown>} row */
function eventOf({ stream, partition, offset }) {
  const at = Number(offset);
  if (typeof stream !== "string" || offset === null || !Number.isSafeInteger(at) || at < 0) return null;
  return { stream, partition: Number(partition ?? 0), offset: at };
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && detailOpen()) closeDetail();
});
