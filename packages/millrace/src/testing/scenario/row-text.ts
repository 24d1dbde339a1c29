/**
 * Rows as text: values by white space in the order of the columns, `.` for null, JSON for texts with spaces and for
 * nested values, times as MM:SS or HH:MM:SS after 2026-01-01T00:00Z, or ISO.
 */
import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import { formatInstant, parseInstant } from "../../base/time.js";
import { OpenRow } from "../../batch/open.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { parseExact, plain as plainJson } from "../../source/exact.js";

/** Where times of day in scenarios begin, epoch ms. */
export const DAY = Date.UTC(2026, 0, 1);

/** The cells of a line. A cell that begins with " { or [ goes to the end of its JSON. */
export function splitCells(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === " ") at++;
    if (at >= line.length) return cells;
    const from = at;
    at = '"{['.includes(line[at] as string) ? jsonEnd(line, at) : wordEnd(line, at);
    cells.push(line.slice(from, at));
  }
}

function wordEnd(line: string, from: number): number {
  const end = line.indexOf(" ", from);
  return end < 0 ? line.length : end;
}

function jsonEnd(line: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < line.length; at++) {
    const c = line[at] as string;
    if (quoted) {
      if (c === "\\") at++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if ("{[".includes(c)) depth++;
    else if ("}]".includes(c)) depth--;
    if (!quoted && depth === 0) return at + 1;
  }
  return line.length;
}

/** A row of a line; throws `DECODE` naming the column that does not read. */
export function parseRow(line: string, fields: readonly Field[]): Record<string, unknown> {
  const cells = splitCells(line);
  if (cells.length !== fields.length)
    throw new MillraceError(
      "DECODE",
      `${cells.length} values for ${fields.length} columns (${fields.map((f) => f.name).join(" ")})`,
    );
  return Object.fromEntries(fields.map((f, k) => [f.name, parseCell(cells[k] as string, f)]));
}

function parseCell(text: string, { name, type }: Field): unknown {
  if (text === ".") return null;
  try {
    return parseValue(text, type);
  } catch (error) {
    throw new MillraceError("DECODE", `column "${name}": ${text} is not a ${type.kind}`, { cause: error });
  }
}

function parseValue(text: string, type: ColumnType): unknown {
  switch (type.kind) {
    case "string":
    case "oneOf":
      return text.startsWith('"') ? JSON.parse(text) : text;
    case "bool":
      if (text !== "true" && text !== "false") throw new MillraceError("DECODE", "true or false");
      return text === "true";
    case "int32":
    case "int":
    case "float64": {
      const value = Number(text);
      if (Number.isNaN(value) && text !== "NaN") throw new MillraceError("DECODE", "not a number");
      return value;
    }
    case "int64":
    case "timestampNs":
      return BigInt(text);
    case "decimal": {
      const value = Decimal.parse(text);
      return value.rescale(type.scale) ?? value;
    }
    case "timestamp":
      return timeOf(text);
    case "binary":
      return Buffer.from(text, "base64");
    case "open":
      return plainJson(parseExact(text));
    default:
      return JSON.parse(text);
  }
}

/** Epoch ms of a time in a scenario. */
export function timeOf(text: string): number {
  const clock = /^(?:(\d+):)?(\d\d):(\d\d)(?:\.(\d{1,3}))?$/.exec(text);
  const ms = clock === null ? parseInstant(text) : clockMs(clock);
  if (ms === null)
    throw new MillraceError("DECODE", `"${text}" is not a time`, {
      hint: "Write 01:30, 14:01:30 or 2026-01-01T14:01:30Z.",
    });
  return ms;
}

function clockMs([, hours = "0", minutes = "0", seconds = "0", fraction = ""]: RegExpExecArray): number {
  return DAY + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, "0"));
}

export function timeText(ms: number): string {
  const since = ms - DAY;
  if (since < 0 || since >= 86_400_000) return formatInstant(ms);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  const fraction = since % 1000 === 0 ? "" : `.${String(since % 1000).padStart(3, "0")}`;
  const hours = since >= 3_600_000 ? `${two(since / 3_600_000)}:` : "";
  return `${hours}${two((since / 60_000) % 60)}:${two((since / 1000) % 60)}${fraction}`;
}

/** The row in canonical text: equal texts are equal rows, -0, NaN and bigints included. */
export function printRow(row: Readonly<Record<string, unknown>>, fields: readonly Field[]): string {
  return fields.map((f) => printValue(row[f.name] ?? null, f.type)).join(" ");
}

function printValue(value: unknown, type: ColumnType): string {
  if (value === null) return ".";
  if (typeof value === "string") return /^[^\s"{[.#\\][^\s"\\]*$/.test(value) ? value : JSON.stringify(value);
  if (type.kind === "timestamp" && typeof value === "number") return timeText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64") || '""';
  return typeof value === "object" && !(value instanceof Decimal) ? nested(value) : plain(value);
}

function plain(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function nested(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof OpenRow)
    return `{${value
      .entries()
      .map((entry) => `${JSON.stringify(entry.name)}:${entry.kind === "json" ? entry.value : nested(entry.value)}`)
      .join(",")}}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  // JSON knows no infinity, but it reads numbers that are too large as such.
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return value > 0 ? "1e400" : "-1e400";
  if (value instanceof Decimal || typeof value !== "object") return plain(value);
  if (Array.isArray(value)) return `[${value.map(nested).join(",")}]`;
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${nested(item)}`)
    .join(",")}}`;
}
