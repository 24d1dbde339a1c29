/**
 * The tokens of a data directory: DIR/access.json, readable by its owner only. Holds digests; a token itself is shown
 * once, when it is made.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../base/errors.js";
import type { Role, TokenEntry, TokenList } from "../server/roles.js";
import { ROLES } from "../server/roles.js";

export class TokenFile implements TokenList {
  readonly #path: string;
  #entries: readonly TokenEntry[] = [];
  /** Time and size of the file as it was read. */
  #seen = "";

  constructor(data: string) {
    this.#path = join(data, "access.json");
    this.entries();
  }

  /** As the file has them now. Throws `DATA_DIR` for a file that can't be understood: better nobody than everybody. */
  entries(): readonly TokenEntry[] {
    const info = statSync(this.#path, { throwIfNoEntry: false });
    const seen = info === undefined ? "" : `${info.mtimeMs} ${info.size} ${info.ino}`;
    if (seen === this.#seen) return this.#entries;
    this.#entries = info === undefined ? [] : this.#read();
    this.#seen = seen;
    return this.#entries;
  }

  write(entries: readonly TokenEntry[]): void {
    mkdirSync(join(this.#path, ".."), { recursive: true });
    const draft = `${this.#path}.${process.pid}.draft`;
    try {
      writeFileSync(draft, `${JSON.stringify({ tokens: entries }, null, 2)}\n`, { mode: 0o600, flush: true });
      renameSync(draft, this.#path);
    } catch (cause) {
      rmSync(draft, { force: true });
      throw new MillraceError("DISK", `${this.#path} can't be written: ${(cause as Error).message}`, { cause });
    }
  }

  #read(): readonly TokenEntry[] {
    try {
      const { tokens } = JSON.parse(readFileSync(this.#path, "utf8")) as { tokens: unknown[] };
      return tokens.map(entryOf);
    } catch (cause) {
      throw new MillraceError("DATA_DIR", `${this.#path} is no list of tokens: ${(cause as Error).message}`, {
        hint: "Mend it, or remove it and make the tokens anew with millrace token add.",
        cause,
      });
    }
  }
}

function entryOf(value: unknown): TokenEntry {
  const { name, role, sha256, expires = null } = value as Record<string, unknown>;
  const good =
    typeof name === "string" &&
    ROLES.includes(role as Role) &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    (expires === null || typeof expires === "number");
  if (!good) throw new MillraceError("DATA_DIR", `${JSON.stringify(name)} lacks a name, a role or a digest`);
  return { name, role: role as Role, sha256: sha256 as string, expires: expires as number | null };
}
