/** What all foreign schemas become and are made from: a name and columns; and how what can't be said is refused. */
import { MillraceError } from "../../base/errors.js";
import type { Field, Schema } from "../column-type.js";

export interface NamedSchema {
  /** As it stands in the foreign schema, without a namespace. */
  readonly name: string;
  readonly schema: Schema;
}

/** Nested deeper than this, a foreign schema is refused: it is recursive, or hostile. */
export const DEPTH_MAX = 32;

/** Something of the other format that has no column type, or the other way round. `at`: where in the schema. */
export function unsayable(format: string, at: string, what: string, hint = ""): MillraceError {
  return new MillraceError(
    "PROGRAM",
    `${format}: ${at === "" ? "the schema" : at}: ${what}`,
    hint === "" ? {} : { hint },
  );
}

const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** A column called as in the input where it may be, and else by a name made of it, with the input's own as another name. */
export function namedField(format: string, at: string, given: string, rest: Omit<Field, "name" | "from">): Field {
  if (COLUMN_NAME.test(given)) return { name: given, from: [], ...rest };
  const name = given.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
  if (!COLUMN_NAME.test(name))
    throw unsayable(format, at, `no column can be named after ${JSON.stringify(given.slice(0, 200))}`);
  return { name, from: [given], ...rest };
}

/** The fields as a schema. Throws where two are called the same. */
export function schemaOfFields(format: string, at: string, fields: readonly Field[]): Schema {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name)) throw unsayable(format, at, `two columns would be called ${name}`);
    seen.add(name);
  }
  return { fields };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
