/** The table at the centre: alerts as they come, or the rows of a view where the program has no stream "alerts". */
import { events, getJson } from "./api.js";
import { $, cell, count, el, empty, instant, table } from "./dom.js";
import { showDetail } from "./detail.js";

const ROWS_MAX = 300;
/** Rows of a view that are shown; it is read again when it has changed. */
const VIEW_ROWS = 100;

const state = { rows: [], held: false, filter: "", waiting: 0, drawn: false, seen: new Set() };

export function startAlerts() {
  $("live-title").textContent = "Alerts";
  $("live").replaceChildren(empty("No alerts yet. They appear here as they are committed."));
  listen();
  wire(drawAlerts);
}

async function listen() {
  for (;;) {
    try {
      state.rows = [];
      await events(`/api/streams/alerts/tail?last=${ROWS_MAX}&behindMax=${ROWS_MAX}`, (event, id, data) => {
        if (event === "row") arrive({ id, ...data });
      });
    } catch {
      // The banner says what is wrong with the connection; here it is only tried again.
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

function arrive(row) {
  state.rows.unshift({ ...row, fresh: state.drawn });
  if (state.rows.length > ROWS_MAX) state.rows.length = ROWS_MAX;
  if (state.held) {
    state.waiting++;
    $("live-note").textContent = `held: ${count(state.waiting)} more since`;
  } else schedule(drawAlerts);
}

let scheduled = false;
/** At most once a frame, however many rows come. */
function schedule(draw) {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

function drawAlerts() {
  state.drawn = true;
  const shown = state.rows.filter((row) => matches(row.row));
  $("live-note").textContent = state.filter === "" ? "" : `${count(shown.length)} of the newest ${count(state.rows.length)}`;
  if (shown.length === 0) {
    $("live").replaceChildren(empty(state.rows.length === 0 ? "No alerts yet. They appear here as they are committed." : "None of the newest alerts matches."));
    return;
  }
  const heads = ["Time (UTC)", "Level", "Rule", "Host", "User", "Technique"].map((text) => ({ text }));
  keepPlace(table("Alerts, newest first", heads, shown.map(alertRow)));
  for (const row of state.rows) row.fresh = false;
}

function alertRow({ row, fresh, partition, offset }) {
  const level = String(row.level ?? "").toLowerCase();
  return el(
    "tr",
    { class: fresh ? "new" : null },
    el("td", { class: "mono quiet" }, instant(row.at ?? row.time ?? "")),
    el("td", {}, el("span", { class: "badge", "data-level": level }, level === "" ? "none" : level)),
    el("td", {}, el("button", { class: "row", type: "button", title: row.title ?? row.rule, onclick: () => showAlert(row, partition, offset) }, row.title ?? row.rule ?? `alert ${offset}`)),
    el("td", { class: "wide" }, row.host ?? ""),
    el("td", { class: "wide" }, row.user ?? ""),
    el("td", { class: "mono quiet" }, techniquesOf(row)),
  );
}

function techniquesOf({ techniques, technique }) {
  const list = Array.isArray(techniques) ? techniques : techniques === undefined ? [technique] : [techniques];
  return list.filter((name) => name !== null && name !== undefined).join(" ");
}

async function showAlert(row, partition, offset) {
  const parts = [["Alert", { ...row, _partition: partition, _offset: offset }]];
  showDetail(row.title ?? row.rule ?? "Alert", parts);
  if (typeof row.stream !== "string" || typeof row.offset !== "number") return;
  const [event] = await getJson(`/api/streams/${encodeURIComponent(row.stream)}?partition=${row.partition ?? 0}&from=${row.offset}&limit=1`).catch(() => []);
  if (event !== undefined) showDetail(row.title ?? row.rule ?? "Alert", [...parts, [`The event: ${row.stream}/${row.partition ?? 0}, offset ${row.offset}`, event.row]]);
}

/** Rows of the chosen view, read again after commits that may have changed it. */
export function startViews() {
  $("live-title").textContent = "Newest rows";
  $("live-view").hidden = false;
  $("live-view-label").hidden = false;
  $("live-view").addEventListener("change", () => {
    state.epoch = null;
    refreshView();
  });
  wire(drawView);
}

/** Called with each status; reads the view when the epoch moved. */
export function viewsChanged({ views, epoch }) {
  const select = $("live-view");
  if (select.options.length !== views.length) select.replaceChildren(...views.map(({ name }) => el("option", { value: name }, name)));
  if (views.length === 0) $("live").replaceChildren(empty("This program has no views."));
  else if (epoch !== state.epoch && !state.held) {
    state.epoch = epoch;
    refreshView();
  }
}

async function refreshView() {
  const name = $("live-view").value;
  if (name === "") return;
  try {
    state.rows = (await getJson(`/api/views/${encodeURIComponent(name)}?limit=${VIEW_ROWS}&reverse=true`)).map((row) => ({ row }));
    drawView();
  } catch (error) {
    $("live").replaceChildren(empty(error.message));
  }
}

function drawView() {
  const shown = state.rows.filter(({ row }) => matches(row));
  $("live-note").textContent = state.rows.length === VIEW_ROWS ? `the last ${VIEW_ROWS} by key` : "";
  if (shown.length === 0) {
    $("live").replaceChildren(empty(state.rows.length === 0 ? "No rows yet. A window's rows appear when it is closed." : "No row matches."));
    return;
  }
  const names = Object.keys(shown[0].row);
  const heads = names.map((text) => ({ text, number: typeof shown[0].row[text] === "number" }));
  keepPlace(table("Rows, last key first", heads, shown.map(({ row }) => el("tr", {}, ...names.map((name) => cell(row[name]))))));
}

function matches(row) {
  return state.filter === "" || JSON.stringify(row).toLowerCase().includes(state.filter);
}

/** A new table must not move what is being read, nor take the focus away. */
function keepPlace(made) {
  const place = $("live");
  const focused = [...place.querySelectorAll("button.row")].indexOf(document.activeElement);
  const { scrollTop, scrollLeft } = place;
  place.replaceChildren(made);
  place.scrollTop = scrollTop;
  place.scrollLeft = scrollLeft;
  if (focused >= 0) place.querySelectorAll("button.row")[focused]?.focus();
}

function wire(draw) {
  $("live-filter").addEventListener("input", (event) => {
    state.filter = event.target.value.trim().toLowerCase();
    schedule(draw);
  });
  $("live-hold").addEventListener("click", (event) => {
    state.held = !state.held;
    state.waiting = 0;
    event.target.setAttribute("aria-pressed", String(state.held));
    event.target.textContent = state.held ? "Go on" : "Hold";
    if (!state.held) schedule(draw);
  });
}
