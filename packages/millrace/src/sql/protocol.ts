/**
 * What the main thread and the SQL worker say to each other.
 *
 *   main                         worker
 *   start(id, sql, …) ---------> snapshot
 *                    <---------- ask(id)                   what the snapshot needs from here
 *   answer(id) ---------------->                           prepare, run
 *                    <---------- columns(id)
 *                    <---------- rows(id) or text(id)      at most BATCHES_AHEAD that are not acknowledged
 *   more(id) ------------------>                           one batch was taken
 *   cancel(id) ---------------->                           stop soon; an end or an error still comes
 *                    <---------- end(id) or error(id)      the last word on that id
 */
import type { ErrorCode } from "../base/errors.js";
import { MillraceError } from "../base/errors.js";
import type { ResultColumn } from "./format.js";
import type { SqlValue } from "./values.js";

/** Result batches the worker may be ahead of the reader. */
export const BATCHES_AHEAD = 4;

export interface QueryLimits {
  /** From the start of the query to its last row, ms. */
  readonly timeoutMs: number;
  /** Rows given at most; the result says when there were more. */
  readonly rowsMax: number;
  /** What DuckDB may hold, bytes. It keeps nothing on disk. */
  readonly memory: number;
  /** Threads of DuckDB. */
  readonly threads: number;
}

export type ResultForm = "rows" | "csv" | "ndjson";

export interface StartMessage {
  readonly type: "start";
  readonly id: number;
  readonly sql: string;
  readonly limits: QueryLimits;
  readonly form: ResultForm;
}

export type ToWorker =
  | StartMessage
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly error: SentError }
  | { readonly type: "more" | "cancel"; readonly id: number }
  | { readonly type: "close" };

export interface QuerySummary {
  /** True when `rowsMax` cut the result off. */
  readonly truncated: boolean;
  /** The committed epoch that was read; null before the first commit. */
  readonly epoch: number | null;
  /** Work done: rows and batches that scans gave to DuckDB. */
  readonly rowsRead: number;
  readonly batchesRead: number;
}

export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** An error as it crosses threads: classes do not. */
export function sentError(error: unknown): SentError {
  if (error instanceof MillraceError)
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  return { code: "WORKER", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

export function receivedError({ code, message, hint }: SentError): MillraceError {
  return new MillraceError(code, message, hint === undefined ? {} : { hint });
}

export type FromWorker =
  /** The worker met a bug of its own and ends. */
  | { readonly type: "dead"; readonly error: SentError }
  | { readonly type: "ask"; readonly id: number; readonly request: unknown }
  | { readonly type: "columns"; readonly id: number; readonly columns: readonly ResultColumn[] }
  | { readonly type: "rows"; readonly id: number; readonly rows: SqlValue[][] }
  | { readonly type: "text"; readonly id: number; readonly bytes: Uint8Array; readonly rows: number }
  | { readonly type: "end"; readonly id: number; readonly summary: QuerySummary }
  | { readonly type: "error"; readonly id: number; readonly error: SentError };

/** What a SQL worker is started with. */
export interface WorkerOptions {
  /** URL of a module that exports `openCatalog`. */
  readonly catalog: string;
  readonly catalogOptions: unknown;
}
