/** The columns that a lambda reads, held against those that its rows have. */
import { MillraceError, suggest } from "../../base/errors.js";
import type { Schema } from "../../schema/column-type.js";
import type { Captured } from "./capture.js";

/** The names read of row argument `index`. */
export function columnsReadOf(captured: Captured, index: number): Iterable<string> | "all" {
  return captured.reads[index]?.columns ?? [];
}

/**
 * Throws `NAME` when the lambda of a `kind` reads a column that there is not. What is read in a way that its text does
 * not tell (`e[name]`, a helper that gets the row) is not checked, nor are attributes of open columns.
 */
export function checkColumnsRead(captured: Captured, kind: string, rows: readonly Schema[]): void {
  for (const [k, { fields }] of rows.entries()) {
    const reads = columnsReadOf(captured, k);
    if (reads === "all") continue;
    const names = fields.map(({ name }) => name);
    const unknown = [...reads].filter((name) => !names.includes(name));
    const [first] = unknown;
    if (first === undefined) continue;
    const argument = rows.length === 1 ? "" : ` of its argument ${k + 1}`;
    throw new MillraceError(
      "NAME",
      `the lambda of ${kind} reads ${unknown.map((name) => `"${name}"`).join(", ")}, which is no column${argument}`,
      { hint: unknown.map((name) => hintFor(name, fields, unknown.length > 1)).join("; ") },
    );
  }
}

function hintFor(name: string, fields: Schema["fields"], named: boolean): string {
  const open = fields.find(({ type }) => type.kind === "open");
  const hint = suggest(
    name,
    fields.map((f) => f.name),
  );
  const attribute =
    open === undefined
      ? ""
      : ` An attribute that the event type does not declare is read with .${open.name}.text(${JSON.stringify(name)}), or made a column with .lift.`;
  return `${named ? `"${name}": ` : ""}${hint}${attribute}`;
}
