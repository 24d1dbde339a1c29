/** Results as text: an aligned table for terminals, JSON, CSV (RFC 4180, with a header line), NDJSON. */
import type { SqlValue } from "./values.js";

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's name of the type, e.g. `DECIMAL(18,2)`. */
  readonly type: string;
}

export type ResultFormat = "table" | "json" | "csv" | "ndjson";

/** A whole result as text ending in a line feed. */
export function formatResult(
  format: ResultFormat,
  columns: readonly ResultColumn[],
  rows: readonly (readonly SqlValue[])[],
): string {
  switch (format) {
    case "table":
      return tableText(columns, rows);
    case "json": {
      const keys = objectKeys(columns);
      return `${JSON.stringify(rows.map((row) => Object.fromEntries(keys.map((key, k) => [key, row[k]]))))}\n`;
    }
    case "csv":
    case "ndjson":
      return startText(format, columns) + rowsText(format, columns, rows);
  }
}

/** What comes before the first row of a stream of rows. */
export function startText(format: "csv" | "ndjson", columns: readonly ResultColumn[]): string {
  return format === "csv" ? `${columns.map(({ name }) => csvField(name)).join(",")}\r\n` : "";
}

/** Some rows of a stream of rows. */
export function rowsText(
  format: "csv" | "ndjson",
  columns: readonly ResultColumn[],
  rows: readonly (readonly SqlValue[])[],
): string {
  let text = "";
  if (format === "csv") for (const row of rows) text += `${row.map(csvCell).join(",")}\r\n`;
  else {
    const keys = objectKeys(columns).map((key) => JSON.stringify(key));
    for (const row of rows) text += `{${keys.map((key, k) => `${key}:${JSON.stringify(row[k])}`).join(",")}}\n`;
  }
  return text;
}

/** A cell of one column, cut where it would push the others off the screen. */
const CELL_WIDTH_MAX = 80;
const NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;
/** Characters that take two places on a terminal, those that take none, and those that would turn the text round. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
const ASCII = /^[ -~]*$/;
const NARROW = /[\p{M}\u200b-\u200d\u2060\ufeff]/u;
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function tableText(columns: readonly ResultColumn[], rows: readonly (readonly SqlValue[])[]): string {
  if (columns.length === 0) return "";
  const cells = rows.map((row) => row.map((value) => shown(cellText(value, "NULL"))));
  const widths = columns.map(({ name }, k) =>
    Math.max(widthOf(shown(name)), ...cells.map((row) => widthOf(row[k] as string))),
  );
  const right = columns.map(({ type }) => NUMBER.test(type));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, k) => pad(cell, widths[k] as number, right[k] as boolean))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const count = `(${rows.length} ${rows.length === 1 ? "row" : "rows"})`;
  return `${[line(columns.map(({ name }) => shown(name))), rule, ...cells.map(line), count].join("\n")}\n`;
}

/** Names of the columns as keys of an object: a name met again gets a suffix, or its value would be lost. */
function objectKeys(columns: readonly ResultColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let key = name;
    for (let n = 2; taken.has(key); n++) key = `${name}_${n}`;
    taken.add(key);
    return key;
  });
}

function cellText(value: SqlValue | undefined, missing: string): string {
  if (value === null || value === undefined) return missing;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Null is nothing between the commas, an empty string is "". */
function csvCell(value: SqlValue): string {
  return value === "" ? '""' : csvField(cellText(value, ""));
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Control characters are shown, not run: stored text must not steer the terminal. */
function shown(text: string): string {
  const line = text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t").replace(CONTROLS, "\ufffd");
  if (widthOf(line) <= CELL_WIDTH_MAX) return line;
  let cut = "";
  let width = 1;
  for (const character of line) {
    width += widthOf(character);
    if (width > CELL_WIDTH_MAX) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Places on a terminal. */
function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : NARROW.test(character) ? 0 : 1;
  return width;
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(width - widthOf(text));
  return right ? space + text : text + space;
}
