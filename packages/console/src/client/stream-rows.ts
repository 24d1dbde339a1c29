/** Rows of a partition by offset, the newest first, and rows that satisfy a condition. */
import type { SqlAnswer } from "millrace/client";
import type { Row } from "./api.js";
import { getRows, runSql } from "./api.js";
import type { SchemaColumn } from "./program-schema.js";
import { contains, every, identifier } from "./sql-text.js";

/** A list shows no more rows at once: a browser's page cannot be higher. */
export const LISTED_MAX = 300_000;
/** Rows a condition finds at most. */
export const FOUND_MAX = 1000;

export interface OffsetRow {
  readonly offset: number;
  /** Null where there is no row: a mark has that offset. */
  readonly row: Row | null;
}

/** Offsets before `end`, downwards: row k of the list has offset end - 1 - k. */
export async function newestFirst(
  stream: string,
  partition: number,
  end: number,
  from: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly OffsetRow[]> {
  const high = end - from;
  const low = Math.max(0, high - limit);
  const found = new Map(
    (await getRows(stream, partition, low, high - low, signal)).map(({ offset, row }) => [offset, row]),
  );
  return Array.from({ length: high - low }, (_, k) => ({ offset: high - 1 - k, row: found.get(high - 1 - k) ?? null }));
}

/** What a search fetches of a row, and where it looks for words: SQL expressions. */
export interface SearchColumns {
  readonly fetched: readonly string[];
  readonly searched: readonly string[];
}

/** The newest rows of a stream for which `typed` holds: a SQL condition, or words. */
export function findRows(
  stream: string,
  { fetched, searched }: SearchColumns,
  typed: string,
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const wanted = ["_partition", "_offset", ...fetched].join(", ");
  const condition = isCondition(typed) ? typed : hasWords(typed, searched);
  const sql = `select ${wanted} from ${identifier(stream)} where (${condition}) order by _append_time desc, _offset desc limit ${FOUND_MAX}`;
  return runSql(sql, signal);
}

/** Declared columns as a search takes them: the open one is left out, whole it is slow. */
export function declaredSearch(schema: readonly SchemaColumn[]): SearchColumns {
  const shown = schema.filter(({ name, kind }) => name !== "$time" && kind !== "open");
  return {
    fetched: shown.map(({ name }) => identifier(name)),
    searched: shown.filter(({ kind }) => kind === "string" || kind === "oneOf").map(({ name }) => identifier(name)),
  };
}

/** Every word is somewhere in one of the columns. */
export function hasWords(typed: string, columns: readonly string[]): string {
  if (columns.length === 0) return "true";
  return every(
    typed
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => `(${columns.map((column) => contains(column, word)).join(" or ")})`),
  );
}

/** Anything with an operator is SQL as it stands. */
export function isCondition(typed: string): boolean {
  return /[=<>!']|\b(?:i?like|in|is|between|not)\b/i.test(typed);
}
