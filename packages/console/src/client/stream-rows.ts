/** Rows of a partition by offset, the newest first, and rows that satisfy a condition. */
import type { SqlAnswer } from "millrace/client";
import type { Row } from "./api.js";
import { getRows, runSql } from "./api.js";
import type { SchemaColumn } from "./program-schema.js";
import { contains, identifier } from "./sql-text.js";

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

/**
 * The newest rows of a stream for which `typed` holds: a SQL condition, or words that are looked for in its text columns.
 * `columns`: what is fetched of them; an open column whole is slow, its attributes are not.
 */
export function findRows(
  stream: string,
  schema: readonly SchemaColumn[],
  columns: readonly string[],
  typed: string,
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const wanted = ["_partition", "_offset", ...columns.map(identifier)].join(", ");
  const sql = `select ${wanted} from ${identifier(stream)} where (${conditionOf(typed, schema, columns)}) order by _append_time desc, _offset desc limit ${FOUND_MAX}`;
  return runSql(sql, signal);
}

/** Words become a search over text columns; anything with an operator is SQL as it stands. */
export function conditionOf(typed: string, schema: readonly SchemaColumn[], columns: readonly string[]): string {
  if (isCondition(typed)) return typed;
  const texts = schema.filter(({ name, kind }) => (kind === "string" || kind === "oneOf") && name !== "$time");
  const known = new Set(schema.map(({ name }) => name));
  const searched = [...texts.map(({ name }) => name), ...columns.filter((name) => !known.has(name))];
  if (searched.length === 0) return "true";
  return typed
    .trim()
    .split(/\s+/)
    .map((word) => `(${searched.map((name) => contains(`${identifier(name)}::varchar`, word)).join(" or ")})`)
    .join(" and ");
}

export function isCondition(typed: string): boolean {
  return /[=<>!']|\b(?:i?like|in|is|between|not)\b/i.test(typed);
}
