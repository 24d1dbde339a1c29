/** A table of columns and rows that sorts by a click on a head. */
import { el, setAttribute } from "./dom.js";
import { cut, text, visible } from "./format.js";

/** @typedef {{ column: string, down: boolean }} Sort */
/** @typedef {{ name: string, type: string }} Column */

const NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL.*|number|integer)$/;

/**
 * @param {string} caption
 * @param {Column[]} columns
 * @param {unknown[][]} rows
 * @param {Sort | null} sort
 * @param {(sort: Sort) => void} sorted  told what the reader chose
 */
export function resultTable(caption, columns, rows, sort, sorted) {
  const numeric = columns.map(({ type }) => NUMBER.test(type));
  const body = el("tbody", {});
  /** @type {HTMLElement[]} */
  const heads = columns.map(({ name, type }, c) => {
    const button = el(
      "button",
      { type: "button", class: "sorts", title: `${name}: ${type}`, onclick: () => choose(c) },
      cut(visible(name), 60),
      el("span", { class: "arrow", "aria-hidden": "true" }),
    );
    return el("th", { scope: "col", class: numeric[c] ? "number" : null }, button);
  });
  /** @param {number} c @param {boolean} down */
  const order = (c, down) => {
    for (const [h, head] of heads.entries())
      setAttribute(head, "aria-sort", h === c ? (down ? "descending" : "ascending") : null);
    const ordered = c < 0 ? rows : [...rows].sort((a, b) => (down ? -1 : 1) * compare(a[c], b[c], numeric[c] === true));
    body.replaceChildren(
      ...ordered.map((row) => el("tr", {}, ...row.map((value, v) => cell(value, numeric[v] === true)))),
    );
  };
  /** @param {number} c */
  const choose = (c) => {
    const now = heads[c]?.getAttribute("aria-sort");
    const down = now === null ? numeric[c] === true : now === "ascending";
    order(c, down);
    sorted({ column: /** @type {Column} */ (columns[c]).name, down });
  };
  order(sort === null ? -1 : columns.findIndex(({ name }) => name === sort.column), sort?.down ?? false);
  return el(
    "table",
    { class: "rows result" },
    el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, ...heads)),
    body,
  );
}

/** Nulls last, digits by what they count. @param {unknown} a @param {unknown} b @param {boolean} numeric */
function compare(a, b, numeric) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (numeric) return Number(a) - Number(b);
  const [x, y] = [text(a), text(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** @param {unknown} value @param {boolean} number */
function cell(value, number) {
  if (value === null || value === undefined) return el("td", { class: number ? "number null" : "null" }, "null");
  const whole = text(value);
  return el(
    "td",
    { class: number ? "number" : null, title: whole.length > 30 ? cut(whole, 1000) : null },
    cut(whole, 300),
  );
}
