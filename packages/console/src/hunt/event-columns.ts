/**
 * Attributes as SQL has them. An attribute is a column only where events have it, and two that differ in case alone get
 * names like "ProcessID_2": so a query is made of what `describe` lists.
 */
import { sqlRows } from "../client/api.js";
import { identifier } from "../client/sql-text.js";
import { NAMES, SHAPES, SUMMARY_ATTRIBUTES } from "./security-event.js";

export interface EventColumns {
  /** The column that is the event time. */
  readonly time: string;
  /** SQL's name of an attribute by its own; in whichever shape, the most trusted first. */
  readonly of: (attribute: string) => readonly string[];
}

/** Columns by stream, and when they were asked for: every screen needs them, and they seldom change. */
const described = new Map<string, { readonly at: number; readonly columns: EventColumns }>();
const KEPT_MS = 60_000;

export async function describeEvents(stream: string, signal: AbortSignal): Promise<EventColumns> {
  const known = described.get(stream);
  if (known !== undefined && performance.now() - known.at < KEPT_MS) return known.columns;
  const rows = await sqlRows<{ column_name: string; column_type: string }>(`describe ${identifier(stream)}`, signal);
  const columns = eventColumnsOf(rows);
  described.set(stream, { at: performance.now(), columns });
  return columns;
}

export function eventColumnsOf(
  rows: readonly { readonly column_name: string; readonly column_type: string }[],
): EventColumns {
  const columns = new Map<string, string>();
  for (const { column_name: name } of rows) {
    if (!columns.has(name)) columns.set(name, name);
    // "ProcessID_2" is the attribute ProcessID, unless there is one that is called so.
    const plain = name.replace(/_\d+$/, "");
    if (plain !== name && !columns.has(plain)) columns.set(plain, name);
  }
  const time =
    rows.find(({ column_name }) => column_name === "$time") ??
    rows.find(({ column_type, column_name }) => column_type.startsWith("TIMESTAMP") && !column_name.startsWith("_"));
  return {
    time: time?.column_name ?? "_append_time",
    of: (attribute) =>
      SHAPES.flatMap((shape) => {
        const column = columns.get(shape + attribute);
        return column === undefined ? [] : [column];
      }),
  };
}

/** An attribute as a SQL expression, text, null where there is none, "-" or "". */
export function attribute(columns: EventColumns, ...names: readonly string[]): string {
  const found = [...new Set(names.flatMap((name) => columns.of(name)))];
  if (found.length === 0) return "null";
  return `coalesce(${found.map((name) => `nullif(nullif(${identifier(name)}::varchar, '-'), '')`).join(", ")})`;
}

/** Every attribute that summaries read, each under its plain name. */
export function summaryColumns(columns: EventColumns): string {
  const plain = [...new Set([...Object.values(NAMES).flat(), ...SUMMARY_ATTRIBUTES])];
  return plain
    .filter((name) => columns.of(name).length > 0)
    .map((name) => `${attribute(columns, name)} as "${name}"`)
    .join(", ");
}

/** Where words are looked for. */
export function searchedAttributes(columns: EventColumns): readonly string[] {
  return SEARCHED.map((name) => attribute(columns, name)).filter((column) => column !== "null");
}

const SEARCHED = [
  "CommandLine",
  "Image",
  "NewProcessName",
  "ParentImage",
  "TargetFilename",
  "TargetObject",
  "DestinationIp",
  "DestinationHostname",
  "QueryName",
  "TargetUserName",
  "User",
  "SubjectUserName",
  "ServiceName",
  "ScriptBlockText",
  "ImageLoaded",
  "TargetImage",
];

export function hostIs(columns: EventColumns, host: string): string {
  return `${attribute(columns, ...NAMES.host)} = '${host.replaceAll("'", "''")}'`;
}
