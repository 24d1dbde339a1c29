/** A request to a running program, with errors that say what to do. */
import { MillraceError } from "../base/errors.js";
import type { Parsed } from "./arguments.js";

const DEFAULT_URL = "http://127.0.0.1:8080";

export async function askServer(parsed: Parsed, path: string, init: RequestInit = {}): Promise<Response> {
  const url = parsed.text("url") ?? DEFAULT_URL;
  const token = parsed.text("token") ?? process.env.MILLRACE_TOKEN;
  const headers = { ...(init.headers as Record<string, string>), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(new URL(path, url), { ...init, headers });
  } catch (error) {
    throw new MillraceError("REQUEST", `nothing answers at ${url}`, { hint: "Start it with millrace run APP, or name another with --url.", cause: error });
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string; hint?: string } };
  throw new MillraceError("REQUEST", body.error?.message ?? `${url} answered ${response.status}`, body.error?.hint === undefined ? {} : { hint: body.error.hint });
}
