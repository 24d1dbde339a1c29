/** Header and side: readiness, rates, progress through history, streams, views, dead letters. All from one status. */
import { getJson } from "./api.js";
import { $, count, el, empty, instant, rate, span, table } from "./dom.js";
import { showDetail } from "./detail.js";

/** Statuses of the last seconds, for rates. */
const recent = [];
const RATE_OVER_MS = 5000;
/** A backlog this long is shown as progress through history. */
const BACKLOG_SHOWN = 5000;
/** A watermark at or beyond this says that the input has ended. */
const ENDED = 8_000_000_000_000_000;

export function showStatus(status) {
  const now = performance.now();
  recent.push({ now, ...status });
  while (recent.length > 2 && now - recent[0].now > RATE_OVER_MS) recent.shift();
  document.title = `${status.app} · Millrace`;
  $("app").textContent = status.app;
  const behind = status.lag >= BACKLOG_SHOWN || (status.progress ?? null) !== null;
  setReady(status.failure !== null ? "failed" : !status.ready ? "busy" : behind ? "busy" : "ready", status.failure !== null ? "stopped" : !status.ready ? "starting" : behind ? "reading history" : "ready");
  showFigures(status);
  showProgress(status, behind);
  showStreams(status);
  showViews(status);
  showDead(status);
}

export function setReady(state, text) {
  $("ready").dataset.state = state;
  if ($("ready-text").textContent !== text) $("ready-text").textContent = text;
}

function perSecond(name) {
  const first = recent[0];
  const last = recent[recent.length - 1];
  return last.now === first.now ? 0 : (1000 * Math.max(0, last[name] - first[name])) / (last.now - first.now);
}

function showFigures(status) {
  const hasAlerts = status.streams.some(({ name }) => name === "alerts");
  const figures = [
    ["events", count(status.events), rate(perSecond("events"))],
    ...(hasAlerts ? [["alerts", count(status.alerts), rate(perSecond("alerts"))]] : []),
    ["waiting", count(status.lag)],
    ["epoch", count(status.epoch)],
  ];
  $("figures").replaceChildren(
    ...figures.map(([name, value, small]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, small === undefined ? null : el("small", {}, ` ${small}`)))),
  );
}

function showProgress({ events, lag, progress }, behind) {
  $("progress").hidden = !behind;
  if (!behind) return;
  const speed = perSecond("events");
  const left = speed > 0 ? `, about ${span((1000 * lag) / speed)} left` : "";
  const bar = $("progress-bar");
  if (progress !== null && progress !== undefined) {
    const { file, bytesRead, bytesTotal } = progress;
    if (bytesTotal > 0) {
      bar.max = bytesTotal;
      bar.value = bytesRead;
    } else bar.removeAttribute("value");
    const share = bytesTotal > 0 ? ` ${Math.floor((100 * bytesRead) / bytesTotal)}%` : "";
    $("progress-text").textContent = `reading ${file.split("/").at(-1)}${share} · ${count(lag)} rows to process`;
  } else {
    bar.max = events + lag;
    bar.value = events;
    $("progress-text").textContent = `${count(lag)} rows to process, ${rate(speed)}${left}`;
  }
}

function showStreams({ streams }) {
  const rows = streams
    .filter(({ kind }) => kind !== "dead_letters")
    .flatMap((stream) => [streamRow(stream), ...(stream.partitions.length > 1 && stream.kind === "input" ? stream.partitions.map(partitionRow) : [])]);
  const heads = [{ text: "Stream" }, { text: "Rows", number: true }, { text: "Late", number: true }, { text: "Lag", number: true }, { text: "Watermark (UTC)" }];
  $("streams").replaceChildren(rows.length === 0 ? empty("This program has no streams.") : table("Streams", heads, rows));
}

function streamRow({ name, kind, rows, late, partitions }) {
  const lag = partitions.reduce((sum, p) => sum + lagOf(p), 0);
  const marks = partitions.map(({ watermark }) => watermark);
  const minimum = kind !== "input" || marks.includes(null) ? null : Math.min(...marks);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, name, kind === "output" ? el("span", { class: "quiet" }, " out") : null),
    el("td", { class: "number" }, count(rows)),
    el("td", { class: "number" }, kind === "input" ? count(late) : ""),
    el("td", { class: "number" }, kind === "input" ? count(lag) : ""),
    el("td", { class: "mono quiet" }, kind === "input" ? markText(minimum) : ""),
  );
}

function partitionRow(p) {
  return el(
    "tr",
    { class: "sub" },
    el("th", { scope: "row" }, `partition ${p.partition}`),
    el("td", { class: "number" }, count(p.processed ?? 0)),
    el("td", {}),
    el("td", { class: "number" }, count(lagOf(p))),
    el("td", { class: "mono" }, markText(p.watermark)),
  );
}

function lagOf({ end, processed }) {
  return processed === null ? 0 : end - processed;
}

function markText(watermark) {
  if (watermark === null) return "none yet";
  return watermark >= ENDED ? "input ended" : instant(watermark);
}

function showViews({ views }) {
  const rows = views.map(({ name, rows: n }) =>
    el("tr", {}, el("th", { scope: "row" }, el("button", { class: "row", type: "button", title: `select * from ${name}`, onclick: () => propose(`select * from ${name} limit 100`) }, name)), el("td", { class: "number" }, count(n))),
  );
  $("views").replaceChildren(rows.length === 0 ? empty("This program has no views.") : table("Views", [{ text: "View" }, { text: "Rows", number: true }], rows));
}

/** Puts a query into the box and runs it. */
function propose(sql) {
  $("sql-text").value = sql;
  $("sql-form").requestSubmit();
}

let deadShown = 0;
async function showDead({ deadLetters }) {
  $("dead-count").textContent = count(deadLetters);
  $("dead-count").classList.toggle("some", deadLetters > 0);
  if (deadLetters === deadShown || !$("dead").open) return;
  deadShown = deadLetters;
  const letters = await getJson("/api/dead-letters?limit=20").catch(() => []);
  const rows = letters.map(({ row }) =>
    el("tr", {}, el("td", {}, row.stream), el("td", {}, el("button", { class: "row", type: "button", title: row.reason, onclick: () => showDetail(`Dead letter of ${row.stream}`, [["", row]]) }, row.reason))),
  );
  $("dead-rows").replaceChildren(rows.length === 0 ? empty("None. What cannot be taken in will be here, with its reason.") : table("Newest dead letters", [{ text: "Stream" }, { text: "Reason" }], rows));
}

$("dead").addEventListener("toggle", () => {
  const last = recent[recent.length - 1];
  deadShown = -1;
  if (last !== undefined) showDead(last);
});
