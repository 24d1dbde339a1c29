/**
 * Who may speak to the server: a client with a token of a fitting role, where there are tokens; and from a browser only pages of the server
 * itself. A page of another site reaches nothing (Origin), and neither does a name that was pointed at this machine
 * (Host: DNS rebinding always comes with a name, so addresses and the names of loopback are taken without a token).
 */
import { isIP } from "node:net";
import type { Clock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import type { Role, TokenEntry } from "./roles.js";
import { holderOf, mayDo } from "./roles.js";

export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** Throws `USAGE` when others than this machine could reach a server without a token. */
export function checkExposure(host: string, guarded: boolean): void {
  if (isLoopback(host) || guarded) return;
  throw new MillraceError("USAGE", `serving on ${host} needs a token: others can reach it`, {
    hint: "Make one with millrace token add, give one with --token or MILLRACE_TOKEN, or serve on this machine only (without --host).",
  });
}

export interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

export interface Policy {
  /** Whether a token is asked for. It stays so when the last one is taken away. */
  readonly guarded: boolean;
  readonly tokens: readonly TokenEntry[];
  /** What is asked for needs; null: it holds no data, and needs no token. */
  readonly need: Role | null;
  readonly clock: Clock;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
  readonly hint: string;
}

/** Null when the request may go on. */
export function refusal(asked: Asked, { guarded, tokens, need, clock }: Policy): Refusal | null {
  const name = bare((asked.host ?? "").replace(/:\d+$/, ""));
  if (!guarded && isIP(name) === 0 && !isLoopback(name))
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
  if (!guarded || need === null) return null;
  const given = tokenIn(asked.authorization);
  const holder = holderOf(tokens, given, clock);
  if (holder === null)
    return {
      status: 401,
      message: given === "" ? "a token is needed" : "that is no token of this server, or it is out of date",
      hint: "Send it as Authorization: Bearer TOKEN.",
    };
  if (mayDo(holder.role, need)) return null;
  return {
    status: 403,
    message: `the token "${holder.name}" has the role "${holder.role}", and this needs "${need}"`,
    hint: "Ask for a token of another role.",
  };
}

/** The token of an Authorization header; "" where there is none. */
export function tokenIn(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

/** "null" (a sandboxed page, a file) is the origin of no server. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
