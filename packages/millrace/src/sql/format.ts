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

function tableText(columns: readonly ResultColumn[], rows: readonly (readonly SqlValue[])[]): string {
  if (columns.length === 0) return "";
  const cells = rows.map((row) => row.map((value) => shown(cellText(value, "NULL"))));
  const widths = columns.map(({ name }, k) =>
    Math.max(widthOf(shown(name)), ...cells.map((row) => widthOf(row[k] as string))),
  );
  const right = columns.map(
    (_, k) =>
      rows.some((row) => typeof row[k] === "number") &&
      rows.every((row) => row[k] === null || typeof row[k] === "number"),
  );
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
  const line = text
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replace(/\p{Cc}/gu, "\ufffd");
  const characters = [...line];
  return characters.length <= CELL_WIDTH_MAX ? line : `${characters.slice(0, CELL_WIDTH_MAX - 1).join("")}…`;
}

function widthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(width - widthOf(text));
  return right ? space + text : text + space;
}
