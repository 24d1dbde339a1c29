/** The only module that talks to the server: JSON, CSV and event streams, with the token where the server asks for one. */

const TOKEN_KEY = "millrace-token";

/** An answer that is not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

export function setToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

async function ask(path, init = {}) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  let response;
  try {
    response = await fetch(path, { ...init, headers, cache: "no-store" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "no connection to the server");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new ApiError(response.status, body?.error?.message ?? `the server answered ${response.status}`, body?.error?.hint);
}

export async function getJson(path) {
  return (await ask(path)).json();
}

function postSql(sql, accept, signal) {
  return ask("/api/sql", {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ sql, rowsMax: accept === "text/csv" ? 1_000_000 : 1000 }),
    signal,
  });
}

/** {columns: [{name, type}], rows: [[…]], truncated, epoch} */
export async function runSql(sql, signal) {
  return (await postSql(sql, "application/json", signal)).json();
}

export async function sqlCsv(sql, signal) {
  return (await postSql(sql, "text/csv", signal)).blob();
}

/**
 * Server-sent events, read with fetch because EventSource cannot send a token. Calls `on(event, id, data)` for each;
 * resolves when the server ends the stream, throws when it breaks.
 */
export async function events(path, on, signal) {
  const response = await ask(path, { headers: { accept: "text/event-stream" }, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) dispatch(block, on);
  }
}

function dispatch(block, on) {
  const fields = { event: "message", id: "", data: "" };
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  if (fields.data !== "") on(fields.event, fields.id, JSON.parse(fields.data));
}
