/**
 * Who may do what. A token has one role; a route says what it needs.
 *
 *              read  ingest  operate  admin
 *   read        x
 *   ingest             x
 *   operate     x      x       x
 *   admin       x      x       x        x
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.js";

export const ROLES = ["read", "ingest", "operate", "admin"] as const;
export type Role = (typeof ROLES)[number];

const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
  read: ["read"],
  ingest: ["ingest"],
  operate: ["read", "ingest", "operate"],
  admin: ROLES,
};

export function mayDo(role: Role, need: Role): boolean {
  return GRANTS[role].includes(need);
}

/** All that a role may do. */
export function grantsOf(role: Role): readonly Role[] {
  return GRANTS[role];
}

/** A token as it is kept: only its digest, so that whoever reads the list can't use it. */
export interface TokenEntry {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
  /** Epoch ms; null: never. */
  readonly expires: number | null;
}

/** Where tokens are looked up; asked for every request, so that a removed token is refused at once. */
export interface TokenList {
  entries(): readonly TokenEntry[];
}

export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export function single(token: string | undefined): readonly TokenEntry[] {
  const given = token ?? "";
  return given === "" ? [] : [{ name: "token", role: "admin", sha256: digestOf(given), expires: null }];
}

/** The entry of a token; null for one that is unknown or out of date. Takes as long whichever it is. */
export function holderOf(entries: readonly TokenEntry[], token: string, clock: Clock): TokenEntry | null {
  const digest = Buffer.from(digestOf(token));
  let found: TokenEntry | null = null;
  for (const entry of entries) {
    const own = Buffer.from(entry.sha256);
    if (own.length === digest.length && timingSafeEqual(own, digest)) found = entry;
  }
  return found === null || (found.expires !== null && found.expires <= clock.now()) ? null : found;
}
