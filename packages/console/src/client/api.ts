/** Every question the console asks of the server, by name. Screens know no addresses. */
import type {
  AccessAnswer,
  DeadLetterAnswer,
  GraphAnswer,
  SqlAnswer,
  StreamRowAnswer,
  ViewAnswer,
} from "millrace/client";
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

/** One row into a stream; durable when it resolves. Throws where the row does not fit. */
export async function postRow(stream: string, row: Row): Promise<void> {
  const taken = await askJson<{ readonly deadLetters: readonly string[] }>(`/api/streams/${name(stream)}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: JSON.stringify(row),
  });
  const [reason] = taken.deadLetters;
  if (reason !== undefined) throw new Error(reason);
}

/** The newest dead letters of a partition before an offset, with what became of them. */
export function getDeadLetters(
  partition: number,
  before: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly DeadLetterAnswer[]> {
  const query = new URLSearchParams({
    partition: String(partition),
    before: String(before),
    limit: String(limit),
  });
  return askJson(`/api/dead-letters?${query}`, { signal });
}

/** Without a text: as it was. */
export async function replayDeadLetter(partition: number, offset: number, text: string | null): Promise<void> {
  await askJson(`/api/dead-letters/${partition}/${offset}/replay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(text === null ? {} : { text }),
  });
}

export function getAccess(signal: AbortSignal): Promise<AccessAnswer> {
  return askJson("/api/access", { signal });
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
