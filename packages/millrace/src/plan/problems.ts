/** Everything that is wrong with a program, gathered and told at once. */
import { MillraceError } from "../base/errors.js";
import type { Place } from "./nodes/node.js";

export class Problems {
  readonly #found: { readonly at: Place; readonly message: string; readonly hint: string | undefined }[] = [];

  add(at: Place, message: string, hint?: string): void {
    this.#found.push({ at, message, hint });
  }

  /** Runs `check`; what it throws becomes a problem, and `undefined` its result. */
  catch<T>(at: Place, check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      this.add(error.at ?? at, error.message, error.hint);
      return undefined;
    }
  }

  throwIfAny(app: string): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    if (others.length === 0)
      throw new MillraceError("PROGRAM", first.message, {
        at: first.at,
        ...(first.hint === undefined ? {} : { hint: first.hint }),
      });
    const list = this.#found.map(
      ({ at, message, hint }) => `  ${at}\n    ${message}${hint === undefined ? "" : `\n    ${hint}`}`,
    );
    throw new MillraceError("PROGRAM", `app "${app}" has ${this.#found.length} problems:\n${list.join("\n")}`);
  }
}
