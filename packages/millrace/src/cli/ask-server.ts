/** A request to a running program, with errors that say what to do. */
import type { ErrorCode } from "../base/errors.js";
import { MillraceError } from "../base/errors.js";
import type { Parsed } from "./arguments.js";

const DEFAULT_URL = "http://127.0.0.1:8080";

/** An answer that is not 2xx, with its status. */
export class Refused extends MillraceError {
  readonly status: number;
  /** Seconds after which to try again; null when that is no use. */
  readonly retryAfter: number | null;

  constructor(status: number, retryAfter: number | null, code: ErrorCode, message: string, hint: string | undefined) {
    super(code, message, hint === undefined ? {} : { hint });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Options of commands that talk to a server. */
export const SERVER_OPTIONS = { url: { type: "string" }, token: { type: "string" } } as const;

export async function askServer(parsed: Parsed, path: string, init: RequestInit = {}): Promise<Response> {
  const url = parsed.text("url") ?? DEFAULT_URL;
  if (!URL.canParse(path, url) || !/^https?:/.test(url))
    throw new MillraceError("USAGE", `--url ${url} is not an address`, { hint: `For example: --url ${DEFAULT_URL}` });
  const token = parsed.text("token") ?? process.env.MILLRACE_TOKEN;
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(new URL(path, url), { ...init, headers });
  } catch (error) {
    throw new MillraceError("REQUEST", `nothing answers at ${url}`, {
      hint: "Start it with millrace run APP, or name another with --url.",
      cause: error,
    });
  }
  if (response.ok) return response;
  const { error = {} } = (await response.json().catch(() => ({}))) as {
    error?: { code?: ErrorCode; message?: string; hint?: string };
  };
  const retryAfter = response.headers.get("retry-after");
  throw new Refused(
    response.status,
    retryAfter === null ? null : Number(retryAfter),
    error.code ?? "REQUEST",
    error.message ?? `${url} answered ${response.status}`,
    response.status === 401 ? "Give it with --token T or MILLRACE_TOKEN." : error.hint,
  );
}
