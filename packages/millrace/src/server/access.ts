/**
 * Who may speak to the server: a client with the token, where there is one; and from a browser only pages of the server
 * itself. A page of another site reaches nothing (Origin), and neither does a name that was pointed at this machine
 * (Host: DNS rebinding always comes with a name, so addresses and the names of loopback are taken without a token).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { MillraceError } from "../base/errors.js";

export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** Throws `USAGE` when others than this machine could reach a server without a token. */
export function checkExposure(host: string, token: string | undefined): void {
  if (isLoopback(host) || (token ?? "") !== "") return;
  throw new MillraceError("USAGE", `serving on ${host} needs a token: others can reach it`, {
    hint: "Give one with --token or MILLRACE_TOKEN, or serve on this machine only (without --host).",
  });
}

export interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
  readonly hint: string;
}

/** Null when the request may go on. `open`: what is asked for holds no data, and needs no token. */
export function refusal(asked: Asked, token: string | undefined, open: boolean): Refusal | null {
  const needed = (token ?? "") !== "";
  const name = bare((asked.host ?? "").replace(/:\d+$/, ""));
  if (!needed && isIP(name) === 0 && !isLoopback(name))
    return {
      status: 403,
      message: `"${name}" is not a name of this server`,
      hint: "Ask by address, or as localhost; by other names only with a token.",
    };
  if (asked.origin !== undefined && hostOf(asked.origin) !== asked.host)
    return {
      status: 403,
      message: "requests from pages of other sites are refused",
      hint: "Programs send no Origin header; pages are served by this server.",
    };
  if (!needed || open) return null;
  const given = /^Bearer +(\S+)$/i.exec(asked.authorization ?? "")?.[1] ?? "";
  if (same(given, token as string)) return null;
  return {
    status: 401,
    message: given === "" ? "a token is needed" : "that is not the token",
    hint: "Send it as Authorization: Bearer TOKEN.",
  };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

/** "null" (a sandboxed page, a file) is the origin of no server. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** In a time that does not depend on where they differ, or on their lengths. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
