/** Every question the console asks of the server, by name. Screens know no addresses. */
import type { GraphAnswer, SqlAnswer, StreamRowAnswer, ViewAnswer } from "millrace/client";
import { ask, askJson } from "./http.js";

export type Row = Readonly<Record<string, unknown>>;

const name = encodeURIComponent;

export function getGraph(signal?: AbortSignal): Promise<GraphAnswer> {
  return askJson("/api/graph", signal === undefined ? {} : { signal });
}

export function getViews(signal: AbortSignal): Promise<readonly ViewAnswer[]> {
  return askJson("/api/views", { signal });
}

/** Rows of a partition from an offset on, in offset order. */
export function getRows(
  stream: string,
  partition: number,
  from: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly StreamRowAnswer[]> {
  const query = new URLSearchParams({ partition: String(partition), from: String(from), limit: String(limit) });
  return askJson(`/api/streams/${name(stream)}?${query}`, { signal });
}

/** Where new rows of a stream come from, for `follow`. */
export function tailPath(stream: string, last: number, behindMax: number): string {
  return `/api/streams/${name(stream)}/tail?last=${last}&behindMax=${behindMax}`;
}

export interface ViewPage {
  readonly rows: readonly Row[];
  /** Where the next page begins; null when this is the last. */
  readonly next: string | null;
}

/** A page of a view in key order; `words` bound the key (see the API's description). */
export async function getViewPage(
  view: string,
  words: Readonly<Record<string, string>>,
  limit: number,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ViewPage> {
  const query = new URLSearchParams({ ...words, limit: String(limit), ...(cursor === null ? {} : { cursor }) });
  const response = await ask(`/api/views/${name(view)}?${query}`, { signal });
  return { rows: (await response.json()) as readonly Row[], next: response.headers.get("x-millrace-next") };
}

export interface SqlLimits {
  readonly rowsMax?: number;
  readonly timeoutMs?: number;
}

export function runSql(sql: string, signal: AbortSignal, limits: SqlLimits = {}): Promise<SqlAnswer> {
  return askJson("/api/sql", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sql, ...limits }),
  });
}

/** A result's rows as objects. */
export async function sqlRows<T>(sql: string, signal: AbortSignal, limits: SqlLimits = {}): Promise<T[]> {
  const { columns, rows } = await runSql(sql, signal, limits);
  return rows.map((row) => Object.fromEntries(columns.map((column, k) => [column.name, row[k]])) as T);
}

/** The whole result as a CSV file's bytes. */
export async function sqlCsv(sql: string, rowsMax: number, signal: AbortSignal): Promise<Blob> {
  const response = await ask("/api/sql", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", accept: "text/csv" },
    body: JSON.stringify({ sql, rowsMax }),
  });
  return response.blob();
}
