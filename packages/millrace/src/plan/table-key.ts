/** Keys of tables and of keyed results: which types can be one, and that operators on keyed rows leave it alone. */
import { MillraceError } from "../base/errors.js";
import type { Field, Schema } from "../schema/column-type.js";
import type { Captured } from "./capture/capture.js";
import { inferObject } from "./capture/infer-object.js";
import type { TableNode } from "./nodes/node.js";

const NO_KEYS: ReadonlySet<string> = new Set(["list", "struct", "open", "binary"]);

/** Throws `PROGRAM` for a column that no rows can be told apart by. `what` names the place, as the author wrote it. */
export function checkKeyType(what: string, { name, type }: Field): void {
  if (NO_KEYS.has(type.kind)) throw new MillraceError("PROGRAM", `${what}("${name}"): a ${type.kind} can't be a key`);
}

/** Throws `PROGRAM` for a key column that is not there, or is of a type that can't be a key. */
export function checkTableKey({ name, schema, key }: TableNode): void {
  for (const column of key) {
    const found = schema.fields.find((f) => f.name === column);
    if (found === undefined) throw new MillraceError("PROGRAM", `table "${name}": key names no column "${column}"`);
    checkKeyType(`table "${name}": key`, found);
  }
  if (key.length === 0) throw new MillraceError("PROGRAM", `table "${name}": key names at least one column`);
}

/**
 * Throws `PROGRAM` when a `with` on keyed rows may give a column of the key another value: then two rows could become
 * one, and a row that changes would leave its old key behind. A key column that is passed on as it is may be named.
 */
export function checkKeyKept(captured: Captured, made: readonly Field[], row: Schema, key: readonly Field[]): void {
  for (const { name } of key) {
    if (!made.some((f) => f.name === name) || isPassedOn(captured, row, name)) continue;
    throw new MillraceError("PROGRAM", `with makes a column "${name}", which is in the key of these rows`, {
      hint: `Give the new column another name, or make "${name}" before .by, where it may be any value.`,
    });
  }
}

function isPassedOn({ expression, params }: Captured, row: Schema, name: string): boolean {
  if (expression === null) return false;
  const shape = inferObject(expression, { rows: [row], params });
  if ("unknown" in shape) return false;
  const source = shape.fields.find((f) => f.name === name)?.source;
  return source?.kind === "passThrough" && source.column === name;
}
