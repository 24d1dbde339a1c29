/** A view's key columns. */
import { assert } from "../base/errors.js";
import type { Field } from "../schema/column-type.js";
import { fieldIndex } from "../schema/column-type.js";
import type { ViewSpec } from "./store.js";

/** The columns of a view's key, in the key's order. */
export function keyFields(view: ViewSpec): readonly Field[] {
  return view.key.map((name) => {
    const found = view.schema.fields[fieldIndex(view.schema, name)];
    assert(found !== undefined, `the view "${view.name}" has no key column "${name}"`);
    return found;
  });
}
