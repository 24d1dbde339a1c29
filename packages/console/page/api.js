/**
 * The only module that talks to the server: JSON, CSV and event streams, with the token where the server asks for one.
 *
 * @typedef {{ partition: number, start: number, end: number, processed: number | null, watermark: number | null }} PartitionStatus
 * @typedef {{ name: string, kind: "input" | "output" | "dead_letters", rows: number, late: number, partitions: PartitionStatus[] }} StreamStatus
 * @typedef {{ file: string, bytesRead: number, bytesTotal: number | null, rows: number }} ReadingProgress
 * @typedef {{ name: string, rows: number }} ViewStatus
 * @typedef {object} Status
 * @property {boolean} ready
 * @property {string} app
 * @property {number} epoch
 * @property {number} events
 * @property {number} alerts
 * @property {number} deadLetters
 * @property {number} lag
 * @property {StreamStatus[]} streams
 * @property {ViewStatus[]} views
 * @property {string | null} failure
 * @property {ReadingProgress | null} [progress]
 *
 * @typedef {Record<string, unknown>} Row
 * @typedef {{ partition: number, offset: number, row: Row }} StreamRow
 * @typedef {{ name: string, type: string }} Column
 * @typedef {{ columns: Column[], rows: unknown[][], truncated: boolean, epoch: number | null }} SqlResult
 */
import { EventParser } from "./event-parser.js";

const TOKEN_KEY = "millrace-token";
/** An answer that takes longer is taken for none. */
const ANSWER_MS_MAX = 20_000;
/** The server says something at least every 15 s: a stream that is silent for longer is dead. */
const SILENT_MS_MAX = 40_000;

/** An answer that is not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** What to tell of anything that was thrown. @param {unknown} error @returns {ApiError} */
export function apiError(error) {
  if (error instanceof ApiError) return error;
  return new ApiError(0, error instanceof Error ? error.message : String(error));
}

/** @param {string} token */
export function setToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export function hasToken() {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/**
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 */
async function ask(path, init = {}) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  let response;
  try {
    response = await fetch(path, { ...init, headers, cache: "no-store" });
  } catch (error) {
    if (init.signal?.aborted && init.signal.reason?.name !== "TimeoutError") throw error;
    throw new ApiError(0, "no answer from the server");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new ApiError(
    response.status,
    body?.error?.message ?? `the server answered ${response.status}`,
    body?.error?.hint,
  );
}

/** @param {string} path @returns {Promise<any>} */
export async function getJson(path) {
  return (await ask(path, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })).json();
}

/**
 * @param {string} sql
 * @param {string} accept
 * @param {number} rowsMax
 * @param {AbortSignal} signal
 */
function postSql(sql, accept, rowsMax, signal) {
  const headers = { "content-type": "application/json", accept };
  return ask("/api/sql", { method: "POST", headers, body: JSON.stringify({ sql, rowsMax }), signal });
}

/**
 * @param {string} sql
 * @param {number} rowsMax
 * @param {AbortSignal} signal
 * @returns {Promise<SqlResult>}
 */
export async function runSql(sql, rowsMax, signal) {
  return (await postSql(sql, "application/json", rowsMax, signal)).json();
}

/**
 * @param {string} sql
 * @param {number} rowsMax
 * @param {AbortSignal} signal
 */
export async function sqlCsv(sql, rowsMax, signal) {
  return (await postSql(sql, "text/csv", rowsMax, signal)).blob();
}

/**
 * Server-sent events, read with fetch because EventSource cannot send a token. Resolves when the server ends the
 * stream, throws when it breaks, falls silent, or is refused.
 *
 * @param {string} path
 * @param {{ open: () => void, event: (name: string, data: any) => void }} on
 */
export async function follow(path, on) {
  const gone = new AbortController();
  let silence = setTimeout(() => gone.abort(), SILENT_MS_MAX);
  try {
    const response = await ask(path, { headers: { accept: "text/event-stream" }, signal: gone.signal });
    if (response.body === null) return;
    on.open();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser(({ name, data }) => on.event(name, JSON.parse(data)));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(() => gone.abort(), SILENT_MS_MAX);
      parser.push(value);
    }
  } finally {
    clearTimeout(silence);
    gone.abort();
  }
}
