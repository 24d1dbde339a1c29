/** User ids to names, from the system's own file. Names of a directory service are not in it: then the id stands. */
import { readFileSync, statSync } from "node:fs";

const CHECK_EVERY_MS = 10_000;
const NAMES_MAX = 100_000;

export class Users {
  readonly #path: string;
  #names = new Map<number, string>();
  #changedMs = -1;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(path = "/etc/passwd") {
    this.#path = path;
  }

  /** The name, or the number as text. */
  name(uid: number, nowMs: number): string {
    if (nowMs - this.#checkedMs >= CHECK_EVERY_MS) {
      this.#checkedMs = nowMs;
      this.#load();
    }
    return this.#names.get(uid) ?? String(uid);
  }

  #load(): void {
    try {
      const changed = statSync(this.#path).mtimeMs;
      if (changed === this.#changedMs) return;
      const names = new Map<number, string>();
      for (const line of readFileSync(this.#path, "utf8").split("\n").slice(0, NAMES_MAX)) {
        const [name, , uid] = line.split(":");
        // The first of several names for one id is the usual one.
        if (name !== undefined && uid !== undefined && !names.has(Number(uid))) names.set(Number(uid), name);
      }
      this.#names = names;
      this.#changedMs = changed;
    } catch {
      // A system without the file: ids stay numbers.
    }
  }
}
