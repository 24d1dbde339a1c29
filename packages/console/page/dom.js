/** Making elements. Text only ever goes in as text: rows come from the outside. */

export const $ = (id) => document.getElementById(id);

/** el("td", { class: "number" }, "12"): children are nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function table(caption, heads, rows) {
  const head = el("tr", {}, ...heads.map(({ text, number }) => el("th", { scope: "col", class: number ? "number" : null }, text)));
  return el("table", {}, el("caption", { class: "hidden" }, caption), el("thead", {}, head), el("tbody", {}, ...rows));
}

export function empty(text) {
  return el("p", { class: "empty" }, text);
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
export const count = (n) => whole.format(n);

/** 0.4/s, 12/s, 1,234/s */
export function rate(perSecond) {
  return perSecond > 0 && perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${count(perSecond)}/s`;
}

/** 850 ms, 12 s, 4 min, 3 h, 12 d */
export function span(ms) {
  const abs = Math.abs(ms);
  if (abs < 1000) return `${Math.round(ms)} ms`;
  if (abs < 120_000) return `${Math.round(ms / 1000)} s`;
  if (abs < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (abs < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${count(ms / 86_400_000)} d`;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** 2026-01-01 00:00:05.123, UTC: the zone is in the column's head. */
export function instant(value) {
  if (typeof value === "number") return new Date(value).toISOString().slice(0, 19).replace("T", " ");
  if (typeof value !== "string") return "";
  return ISO.test(value) ? value.replace("T", " ").replace(/(?:\.000)?Z$/, "") : value;
}

/** A value of a row in a cell. */
export function cell(value) {
  if (value === null || value === undefined) return el("td", { class: "null" }, "null");
  if (typeof value === "number") return el("td", { class: "number" }, String(value));
  const text = typeof value === "object" ? JSON.stringify(value) : instant(String(value));
  return el("td", { class: "wide", title: text.length > 40 ? text : null }, text.length > 300 ? `${text.slice(0, 300)}…` : text);
}
