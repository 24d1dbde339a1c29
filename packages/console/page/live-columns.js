/** Which columns the live table has: of alerts, and of rows whose fields nobody knows. */
import { el } from "./dom.js";
import { baseName, cut, instant, seconds, text, visible } from "./format.js";

/** @typedef {import("./api.js").StreamRow} StreamRow */
/** @typedef {{ name: string, class: string, cell: (row: any, at: StreamRow) => Node | string, title?: (row: any) => string | null, opens?: boolean }} LiveColumn */

export const LEVELS = ["critical", "high", "medium", "low", "informational"];
/** Columns that are shown of a stream whose fields nobody knows. */
const COLUMNS_MAX = 7;

/** @type {LiveColumn[]} */
export const ALERT_COLUMNS = [
  {
    name: "Time (UTC)",
    class: "c-time",
    cell: (row) => seconds(row.at ?? row.time) ?? text(row.at ?? row.time),
    title: (row) => instant(row.at ?? row.time),
  },
  { name: "Level", class: "c-level", cell: (row) => badge(levelOf(row)) },
  {
    name: "Title",
    class: "c-title",
    cell: (row, { offset }) => text(row.title ?? row.rule) || `alert ${offset}`,
    title: (row) => text(row.title),
    opens: true,
  },
  { name: "Host", class: "c-host", cell: (row) => text(row.host), title: (row) => text(row.host) },
  { name: "User", class: "c-user", cell: (row) => text(row.user), title: (row) => text(row.user) },
  {
    name: "Process",
    class: "c-process",
    cell: (row) => baseName(text(row.process)),
    title: (row) => text(row.process),
  },
  {
    name: "Techniques",
    class: "c-techniques",
    cell: (row) => text(row.techniques),
    title: (row) => text(row.techniques),
  },
];

/** @param {Record<string, unknown>} sample @returns {LiveColumn[]} */
export function columnsOf(sample) {
  const fields = Object.keys(sample).slice(0, COLUMNS_MAX);
  return [
    { name: "Offset", class: "c-offset", cell: (_row, { partition, offset }) => `${partition}:${offset}`, opens: true },
    ...fields.map((name) => ({
      name: visible(name),
      class: typeof sample[name] === "number" ? "number" : "",
      cell: (/** @type {any} */ row) => text(row[name]),
      title: (/** @type {any} */ row) => text(row[name]),
    })),
  ];
}

/** @param {Record<string, unknown>} row */
export function levelOf({ level }) {
  return typeof level === "string" ? level.toLowerCase() : "";
}

/** @param {string} level */
function badge(level) {
  return el("span", { class: "badge", "data-level": level }, level === "" ? "none" : cut(visible(level), 20));
}
