/** The lower half: SQL and its result, or the rows of a view, which are read again after commits. */
import { apiError, getJson, runSql, sqlCsv } from "./api.js";
import { $, el, notice, setText } from "./dom.js";
import { count, counted, sqlName, took } from "./format.js";
import { DEAD_LETTERS_SQL, markView } from "./overview.js";
import { resultTable } from "./result-table.js";

/** @typedef {import("./api.js").Status} Status */
/** @typedef {import("./api.js").Row} Row */
/** @typedef {import("./result-table.js").Sort} Sort */
/** @typedef {import("./result-table.js").Column} Column */

const ROWS_MAX = 1000;
const CSV_ROWS_MAX = 1_000_000;
const VIEW_ROWS = 200;
/** A query that takes longer says how long it has taken. */
const SLOW_MS = 300;

/** Examples, as far as the program has what they ask for: name, SQL, streams. @type {[string, string, string[]][]} */
const EXAMPLES = [
  [
    "Alerts by rule",
    "select title, level, count(*) as alerts, count(distinct host) as hosts\nfrom alerts\ngroup by all order by alerts desc",
    ["alerts"],
  ],
  [
    "Top processes",
    'select "Image", count(*) as n\nfrom windows where "EventID" = 1\ngroup by 1 order by n desc limit 10',
    ["windows"],
  ],
  ["Dead letters", DEAD_LETTERS_SQL, []],
];

/** What the result area shows. @type {{ kind: "view", name: string } | { kind: "sql" } | { kind: "none" }} */
let showing = { kind: "none" };
/** @type {AbortController | null} */
let running = null;
/** @type {Sort | null} */
let sort = null;
/** A view is read again when the epoch is another. */
let viewEpoch = -1;
let viewText = "";
let reading = false;
/** @type {Status | null} */
let last = null;

/** @param {Status} status */
export function startQuery(status) {
  last = status;
  const names = new Set(status.streams.map(({ name }) => name));
  const examples = EXAMPLES.filter(([, , streams]) => streams.every((name) => names.has(name)));
  const first = status.streams.find(({ kind }) => kind !== "dead_letters");
  if (first !== undefined && !names.has("alerts"))
    examples.unshift([`Rows of ${first.name}`, `select *\nfrom ${sqlName(first.name)}\nlimit 100`, []]);
  $("examples").append(
    ...examples.map(([name, sql]) =>
      el("button", { type: "button", class: "link", onclick: () => propose(sql) }, name),
    ),
  );
  if ($("sql").value === "") $("sql").value = examples[0]?.[1] ?? "";
  $("query-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (running === null) run();
    else running.abort();
  });
  $("sql").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  $("csv").addEventListener("click", save);
  const view = status.views[0];
  if (view === undefined) blank("Run a query with Ctrl+Enter.");
  else showView(view.name);
}

/** @param {Status} status */
export function showQuery(status) {
  last = status;
  if (showing.kind === "view" && status.epoch !== viewEpoch && !reading && !document.hidden)
    readView(showing.name, status.epoch);
}

/** Puts a query into the box and runs it. @param {string} sql */
export function propose(sql) {
  $("sql").value = sql;
  run();
}

/** @param {string} name */
export function showView(name) {
  running?.abort();
  showing = { kind: "view", name };
  sort = null;
  viewText = "";
  markView(name);
  setText($("result-title"), `View ${name}`);
  setText($("result-note"), "");
  blank("Reading the view …");
  readView(name, last?.epoch ?? 0);
}

/** @param {string} name @param {number} epoch */
async function readView(name, epoch) {
  const current = () => showing.kind === "view" && showing.name === name;
  reading = true;
  viewEpoch = epoch;
  try {
    const rows = /** @type {Row[]} */ (await getJson(`/api/views/${encodeURIComponent(name)}?limit=${VIEW_ROWS}`));
    if (!current()) return;
    const total = last?.views.find((view) => view.name === name)?.rows ?? rows.length;
    setText(
      $("result-note"),
      `${rows.length === VIEW_ROWS ? `the first ${count(VIEW_ROWS)} of ${count(Math.max(total, rows.length))} rows by key` : counted(rows.length, "row")}, live`,
    );
    const now = JSON.stringify(rows);
    if (now !== viewText) placeView(name, rows);
    viewText = now;
  } catch (error) {
    if (current() && viewText === "") tell(error);
    viewEpoch = -1;
  } finally {
    reading = false;
  }
}

/** @param {string} name @param {Row[]} rows */
function placeView(name, rows) {
  if (rows.length === 0) return blank("This view has no rows yet.");
  const names = Object.keys(/** @type {Row} */ (rows[0]));
  const columns = names.map((column) => ({ name: column, type: typeOf(rows, column) }));
  place(
    `Rows of ${name}`,
    columns,
    rows.map((row) => names.map((column) => row[column] ?? null)),
  );
}

/** @param {Row[]} rows @param {string} column */
function typeOf(rows, column) {
  const value = rows.find((row) => row[column] !== null)?.[column];
  return Array.isArray(value) ? "list" : typeof value;
}

/** @param {string} caption @param {Column[]} columns @param {unknown[][]} rows */
function place(caption, columns, rows) {
  const { scrollTop, scrollLeft } = $("result");
  $("result").replaceChildren(resultTable(caption, columns, rows, sort, (chosen) => (sort = chosen)));
  $("result").scrollTo(scrollLeft, scrollTop);
}

async function run() {
  await during("Running", async (sql, signal, started) => {
    const { columns, rows, truncated, epoch } = await runSql(sql, ROWS_MAX, signal);
    const ms = performance.now() - started;
    if (rows.length === 0)
      blank(
        "No rows.",
        columns.length === 0
          ? null
          : `The query answered without an error; its columns are ${columns.map(({ name }) => name).join(", ")}.`,
      );
    else place("Result of the query", columns, rows);
    $("result").scrollTo(0, 0);
    return `${truncated ? `the first ${count(rows.length)} rows` : counted(rows.length, "row")} in ${took(ms)}${epoch === null ? "" : `, as of epoch ${count(epoch)}`}`;
  });
}

async function save() {
  await during("Saving", async (sql, signal) => {
    const url = URL.createObjectURL(await sqlCsv(sql, CSV_ROWS_MAX, signal));
    el("a", { href: url, download: "millrace.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return "saved as millrace.csv";
  });
}

/**
 * One at a time: a query that is still running is given up for the new one.
 *
 * @param {string} doing
 * @param {(sql: string, signal: AbortSignal, started: number) => Promise<string>} action
 */
async function during(doing, action) {
  const sql = $("sql").value.trim();
  if (sql === "") return $("sql").focus();
  running?.abort();
  const own = new AbortController();
  const started = performance.now();
  running = own;
  showing = { kind: "sql" };
  sort = null;
  markView(null);
  setText($("result-title"), "Result");
  buttonSays("Cancel", "");
  const slow = setInterval(
    () => running === own && setText($("result-note"), `${doing} … ${took(performance.now() - started)}`),
    SLOW_MS,
  );
  try {
    const done = await action(sql, own.signal, started);
    if (running === own) setText($("result-note"), done);
  } catch (error) {
    if (running !== own || showing.kind !== "sql") return;
    setText($("result-note"), own.signal.aborted ? "cancelled" : "");
    if (!own.signal.aborted) tell(error);
  } finally {
    clearInterval(slow);
    if (running === own) {
      running = null;
      buttonSays("Run ", "Ctrl ↵");
    }
  }
}

/** @param {string} text @param {string} keys */
function buttonSays(text, keys) {
  $("run").replaceChildren(text, ...(keys === "" ? [] : [el("kbd", {}, keys)]));
}

/** @param {string} title @param {string | null} [more] */
function blank(title, more = null) {
  $("result").replaceChildren(notice(title, more));
}

/** An error, calmly: what it says, where, and what to do. @param {unknown} error */
function tell(error) {
  const { message, hint } = apiError(error);
  $("result").replaceChildren(
    el(
      "div",
      { class: "notice problem", role: "alert" },
      el("pre", {}, message),
      hint === undefined ? null : el("p", {}, hint),
    ),
  );
}
