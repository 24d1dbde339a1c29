/** The panel beside: one row with all its fields, and the event behind it. Not modal: the table goes on living. */
import { apiError, getJson } from "./api.js";
import { $, el, setText } from "./dom.js";
import { ago, count, instant, text, visible } from "./format.js";

/** @typedef {{ stream: string, partition: number, offset: number }} Place */
/** @typedef {{ title: string, level: string | null, head: string, row: Record<string, unknown>, event: Place | null, closed: () => void }} Detail */

/** Longer values are cut, until asked for. */
const VALUE_MAX = 2000;
/** Fields that hold a time, also where it is epoch milliseconds. */
const TIMES = new Set(["at", "time"]);

/** @type {Detail | null} */
let shown = null;

export function detailOpen() {
  return shown !== null;
}

/** @param {Detail} detail */
export function showDetail(detail) {
  shown = detail;
  const { title, level, head, row, event } = detail;
  setText($("detail-title"), title);
  $("detail-level").className = level === null ? "" : "badge";
  $("detail-level").dataset.level = level ?? "";
  setText($("detail-level"), level ?? "");
  const behind =
    event === null
      ? null
      : el(
          "section",
          { class: "detail-part" },
          el("h3", {}, placeText(event)),
          el("p", { class: "quiet" }, "Fetching the event …"),
        );
  $("detail-body").replaceChildren(
    el("section", { class: "detail-part" }, el("h3", {}, head), fieldList(row)),
    ...(behind === null ? [] : [behind]),
  );
  $("detail-body").scrollTop = 0;
  $("detail").hidden = false;
  if (event !== null) fetchEvent(event, detail, behind);
}

export function closeDetail() {
  const closed = shown?.closed;
  shown = null;
  $("detail").hidden = true;
  closed?.();
}

$("detail-close").addEventListener("click", closeDetail);

/** @param {Place} place @param {Detail} detail @param {any} section */
async function fetchEvent(place, detail, section) {
  const { stream, partition, offset } = place;
  const content = await getJson(
    `/api/streams/${encodeURIComponent(stream)}?partition=${partition}&from=${offset}&limit=1`,
  ).then(
    ([found]) =>
      found?.offset === offset
        ? fieldList(found.row)
        : el("p", { class: "quiet" }, "The event is not in the stream any more: the stream's retention has let it go."),
    (error) =>
      el(
        "p",
        { class: "quiet" },
        `The event cannot be read: ${apiError(error).message}. ${apiError(error).hint ?? ""}`,
      ),
  );
  if (shown === detail) section.replaceChildren(el("h3", {}, placeText(place)), content);
}

/** @param {Place} place */
function placeText({ stream, partition, offset }) {
  return `Event ${stream}/${partition}, offset ${count(offset)}`;
}

/**
 * Fields in their order; then those that hold fields themselves, each under its name.
 *
 * @param {Record<string, unknown>} row
 * @param {string} [path]
 * @returns {DocumentFragment}
 */
function fieldList(row, path = "") {
  const fragment = document.createDocumentFragment();
  const entries = Object.entries(row);
  const plain = entries.filter(([, value]) => !isStruct(value));
  if (plain.length > 0)
    fragment.append(
      el(
        "dl",
        { class: "fields" },
        ...plain.flatMap(([name, value]) => [el("dt", {}, visible(name)), definition(name, value)]),
      ),
    );
  for (const [name, value] of entries)
    if (isStruct(value)) fragment.append(el("h4", {}, visible(path + name)), fieldList(value, `${path}${name}.`));
  return fragment;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isStruct(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;
}

/** @param {string} name @param {unknown} value */
function definition(name, value) {
  if (value === null || value === undefined) return el("dd", { class: "quiet" }, "null");
  if (value === "") return el("dd", { class: "quiet" }, "empty");
  const time = typeof value === "number" ? TIMES.has(name) && value > 1e11 : instant(value) !== null;
  const ms = time ? (typeof value === "number" ? value : Date.parse(String(value))) : 0;
  if (time) return el("dd", {}, instant(value), el("span", { class: "quiet" }, ` UTC, ${ago(ms, Date.now())}`));
  const whole = text(value);
  if (whole.length <= VALUE_MAX) return el("dd", {}, whole);
  const dd = el("dd", {}, `${whole.slice(0, VALUE_MAX)}… `);
  dd.append(
    el(
      "button",
      { type: "button", class: "link", onclick: () => setText(dd, whole) },
      `all ${count(whole.length)} characters`,
    ),
  );
  return dd;
}
