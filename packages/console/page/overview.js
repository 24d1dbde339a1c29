/** Header and side: figures, progress through history, streams, views, dead letters. All from one status. */
import { $, el, notice, setAttribute, setText } from "./dom.js";
import { ago, baseName, count, counted, rate, seconds, span, sqlName } from "./format.js";

/** @typedef {import("./api.js").Status} Status */
/** @typedef {import("./api.js").StreamStatus} StreamStatus */
/** @typedef {import("./api.js").PartitionStatus} PartitionStatus */
/** @typedef {{ now: number, events: number }} Sample */

const RATE_MS = 5000;
const SPARK_SAMPLES = 60;
const SPARK = { width: 120, height: 20 };
/** A watermark at or beyond this says that the input has ended. */
const ENDED = 8_000_000_000_000_000;
/** Offsets that wait before they are shown as progress through history. */
const LAG_SHOWN = 5000;
/** Partitions that are shown at once; more are folded. */
const PARTITIONS_OPEN = 4;

export const DEAD_LETTERS_SQL =
  'select "at", stream, source, line, reason, bytes\nfrom dead_letters\norder by "at" desc limit 100';

/** @type {Sample[]} */
let samples = [];
/** @type {number[]} */
const rates = [];
/** Lag when the catching up began: the end of the bar. */
let lagFrom = 0;
/** @type {{ view: (name: string) => void, query: (sql: string) => void }} */
let actions;

/** @param {typeof actions} given */
export function startOverview(given) {
  actions = given;
  $("dead-query").addEventListener("click", () => actions.query(DEAD_LETTERS_SQL));
}

/** A rate over a gap would say nothing. */
export function forgetHistory() {
  samples = [];
  setText($("rate"), "–");
  setText($("reading"), "");
}

/** @param {Status} status */
export function showOverview(status) {
  const hasAlerts = status.streams.some(({ name, kind }) => name === "alerts" && kind === "output");
  document.title = hasAlerts ? `(${count(status.alerts)}) ${status.app} · Millrace` : `${status.app} · Millrace`;
  setText($("app"), status.app);
  setText($("events"), count(status.events));
  setText($("alerts"), count(status.alerts));
  $("alerts-figure").hidden = !hasAlerts;
  setText($("lag"), count(status.lag));
  setText($("epoch"), count(status.epoch));
  const perSecond = sample(status);
  setText($("rate"), rate(perSecond));
  showProgress(status, perSecond);
  showStreams(status.streams);
  showViews(status);
  showDead(status);
}

/** @param {Status} status */
function sample({ events }) {
  const now = performance.now();
  samples.push({ now, events });
  while (samples.length > 2 && now - /** @type {Sample} */ (samples[0]).now > RATE_MS) samples.shift();
  const over = perSecondOf(/** @type {Sample} */ (samples[0]), { now, events });
  rates.push(samples.length < 2 ? 0 : perSecondOf(/** @type {Sample} */ (samples.at(-2)), { now, events }));
  if (rates.length > SPARK_SAMPLES) rates.shift();
  drawSpark();
  return over;
}

/** @param {Sample} first @param {Sample} then */
function perSecondOf(first, then) {
  return then.now === first.now ? 0 : (1000 * Math.max(0, then.events - first.events)) / (then.now - first.now);
}

function drawSpark() {
  const top = Math.max(1, ...rates);
  const step = SPARK.width / (SPARK_SAMPLES - 1);
  const from = SPARK_SAMPLES - rates.length;
  const points = rates.map(
    (value, i) =>
      `${((from + i) * step).toFixed(1)},${(SPARK.height - 1 - (value / top) * (SPARK.height - 2)).toFixed(1)}`,
  );
  setAttribute($("spark"), "points", points.join(" "));
}

/** @param {Status} status @param {number} perSecond */
function showProgress({ lag, progress }, perSecond) {
  const reading = progress ?? null;
  lagFrom = lag === 0 ? 0 : Math.max(lagFrom, lag);
  const far = lagFrom >= LAG_SHOWN;
  const bar = $("progress");
  bar.classList.toggle("shown", reading !== null || far);
  if (reading !== null) {
    const { file, bytesRead, bytesTotal } = reading;
    const share = bytesTotal === null || bytesTotal === 0 ? null : Math.min(1, bytesRead / bytesTotal);
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
    setText($("reading"), `reading ${baseName(file)}${share === null ? "" : ` ${Math.floor(share * 100)}%`}`);
  } else if (far) {
    bar.value = 1 - lag / lagFrom;
    setText($("reading"), perSecond > 0 && lag > 0 ? `about ${span((1000 * lag) / perSecond)} left` : "");
  } else setText($("reading"), "");
}

/** What the streams' elements were made for: they are made anew only when this is another. */
let shape = "";

/** @param {StreamStatus[]} streams */
function showStreams(streams) {
  const shown = streams.filter(({ kind }) => kind !== "dead_letters");
  const now = JSON.stringify(shown.map(({ name, kind, partitions }) => [name, kind, partitions.length]));
  if (now !== shape)
    $("streams").replaceChildren(
      ...(shown.length === 0 ? [notice("This program has no streams.")] : shown.map(streamBlock)),
    );
  shape = now;
  for (const [s, stream] of shown.entries()) fillStream(stream, $("streams").children[s]);
}

/** @param {StreamStatus} stream */
function streamBlock({ name, kind, partitions }) {
  const head = el(
    "p",
    { class: "stream-head" },
    el("strong", { class: "clip", title: name }, name),
    el("span", { class: "tag" }, kind),
    el("span", { class: "stream-rows", "data-fill": "rows" }),
    kind === "input" ? el("span", { "data-fill": "late" }) : null,
  );
  if (kind !== "input") return el("div", { class: "stream" }, head);
  const heads = ["part", "rows", "lag", "watermark (UTC)"].map((text, i) =>
    el("th", { scope: "col", class: i === 1 || i === 2 ? "number" : null }, text),
  );
  const rows = partitions.map(({ partition }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, String(partition)),
      el("td", { class: "number" }),
      el("td", { class: "number" }),
      el("td", {}, el("span", { class: "mark" }), el("span", { class: "quiet" })),
    ),
  );
  const table = el(
    "table",
    { class: "partitions" },
    el("caption", { class: "visually-hidden" }, `Partitions of ${name}`),
    el("thead", {}, el("tr", {}, ...heads)),
    el("tbody", {}, ...rows),
  );
  const many = partitions.length > PARTITIONS_OPEN;
  return el(
    "div",
    { class: "stream" },
    head,
    many ? el("details", {}, el("summary", {}, counted(partitions.length, "partition")), table) : table,
  );
}

/** @param {StreamStatus} stream @param {any} block */
function fillStream({ rows, late, partitions }, block) {
  setText(block.querySelector('[data-fill="rows"]'), counted(rows, "row"));
  const lateText = block.querySelector('[data-fill="late"]');
  if (lateText === null) return;
  setText(lateText, `${count(late)} late`);
  lateText.className = late > 0 ? "warn" : "quiet";
  const lines = block.querySelectorAll("tbody tr");
  for (const [p, partition] of partitions.entries()) fillPartition(partition, lines[p].cells);
}

/** @param {PartitionStatus} partition @param {any} cells */
function fillPartition({ start, end, processed, watermark }, [, rows, lag, mark]) {
  setText(rows, count(end - start));
  setAttribute(rows, "title", `offsets ${start} to ${end}`);
  setText(lag, count(processed === null ? 0 : end - processed));
  const [absolute, relative] = mark.children;
  const ended = watermark !== null && watermark >= ENDED;
  setText(absolute, watermark === null ? "none yet" : ended ? "input ended" : (seconds(watermark) ?? ""));
  setText(relative, watermark === null || ended ? "" : ago(watermark, Date.now()));
}

let viewShape = "";
/** @type {string | null} */
let shownView = null;

/** @param {Status} status */
function showViews({ views }) {
  const now = JSON.stringify(views.map(({ name }) => name));
  if (now !== viewShape)
    $("views").replaceChildren(
      ...(views.length === 0
        ? [notice("This program has no views.")]
        : [el("ul", { class: "views" }, ...views.map(viewItem))]),
    );
  viewShape = now;
  markShownView();
  const rows = $("views").querySelectorAll("[data-fill]");
  for (const [v, view] of views.entries()) setText(rows[v], count(view.rows));
}

/** @param {{ name: string }} view */
function viewItem({ name }) {
  const button = el(
    "button",
    {
      type: "button",
      class: "view",
      "data-view": name,
      "aria-pressed": "false",
      title: `rows of ${sqlName(name)}`,
      onclick: () => actions.view(name),
    },
    el("span", { class: "clip" }, name),
    el("span", { class: "quiet", "data-fill": "rows" }),
  );
  return el("li", {}, button);
}

/** Which view's rows are shown below. @param {string | null} name */
export function markView(name) {
  shownView = name;
  markShownView();
}

function markShownView() {
  for (const button of document.querySelectorAll("button.view"))
    setAttribute(button, "aria-pressed", String(button.getAttribute("data-view") === shownView));
}

/** @param {Status} status */
function showDead({ deadLetters }) {
  setText($("dead-count"), deadLetters === 0 ? "none" : count(deadLetters));
  $("dead-count").classList.toggle("warn", deadLetters > 0);
}
