/** What every store refuses, in the same words. */
import { assert, MillraceError, suggest } from "../base/errors.js";
import { typeText } from "../schema/column-type.js";
import type { CommitRecord, ViewChanges, ViewSpec } from "./store.js";

/** Throws `NAME` when rows of `wanted` cannot live beside those stored under its name. */
export function checkView(stored: ViewSpec | undefined, wanted: ViewSpec): void {
  const names = wanted.schema.fields.map(({ name }) => name);
  for (const column of wanted.key)
    if (!names.includes(column))
      throw new MillraceError("NAME", `view "${wanted.name}" has no key column "${column}"; ${suggest(column, names)}`);
  if (stored === undefined) return;
  const before = describe(stored);
  const after = describe(wanted);
  if (before !== after)
    throw new MillraceError("NAME", `view "${wanted.name}" is stored as ${before}, not ${after}`, {
      hint: "Run with --rebuild to compute the views again from the log, or use another --data.",
    });
}

/** A commit that breaks the contract is a bug of the engine. */
export function checkCommit(
  last: CommitRecord | null,
  record: CommitRecord,
  changes: readonly ViewChanges[],
  views: readonly ViewSpec[],
): void {
  const expected = (last?.epoch ?? 0) + 1;
  assert(record.epoch === expected, `epoch ${record.epoch} committed where ${expected} was due`);
  for (const { view, keyEnds, valueEnds, keys, values } of changes) {
    if (!views.some(({ name }) => name === view)) throw unknownView(view, views);
    assert(
      keyEnds.length === valueEnds.length,
      `changes of "${view}" have ${keyEnds.length} keys and ${valueEnds.length} values`,
    );
    assert(
      (keyEnds.at(-1) ?? 0) <= keys.length && (valueEnds.at(-1) ?? 0) <= values.length,
      `changes of "${view}" are cut off`,
    );
  }
}

export function unknownView(view: string, views: readonly ViewSpec[]): MillraceError {
  return new MillraceError(
    "NAME",
    `no view "${view}" in the store; ${suggest(
      view,
      views.map(({ name }) => name),
    )}`,
  );
}

function describe({ schema, key }: ViewSpec): string {
  return `(${schema.fields.map((f) => `${f.name} ${typeText(f.type, f.nullable)}`).join(", ")}) by (${key.join(", ")})`;
}
