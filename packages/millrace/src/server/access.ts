/**
 * Who may speak to the server: a client with the token, where there is one; and from a browser only pages of the server
 * itself. Host and Origin are checked so that a page of another site, or a name that was pointed at loopback, reaches nothing.
 */
import { timingSafeEqual } from "node:crypto";
import { createHash } from "node:crypto";
import { MillraceError } from "../base/errors.js";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.replace(/^\[|\]$/g, ""));
}

/** Throws `USAGE` when others than this machine could reach a server without a token. */
export function checkExposure(host: string, token: string | undefined): void {
  if (isLoopback(host) || (token ?? "") !== "") return;
  throw new MillraceError("USAGE", `serving on ${host} needs a token`, { hint: "Give one with --token or MILLRACE_TOKEN, or serve on 127.0.0.1." });
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

export interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

/** Null when the request may go on. */
export function refusal(asked: Asked, served: { readonly host: string; readonly token: string | undefined }): Refusal | null {
  const name = (asked.host ?? "").replace(/:\d+$/, "");
  if (isLoopback(served.host) && !isLoopback(name)) return { status: 403, message: "the Host header does not name this server" };
  if (asked.origin !== undefined && hostOf(asked.origin) !== asked.host) return { status: 403, message: "requests from pages of other sites are refused" };
  if (served.token === undefined || served.token === "") return null;
  const given = /^Bearer (.+)$/.exec(asked.authorization ?? "")?.[1] ?? "";
  return same(given, served.token) ? null : { status: 401, message: "a token is needed: Authorization: Bearer …" };
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

/** In time that does not depend on where they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
