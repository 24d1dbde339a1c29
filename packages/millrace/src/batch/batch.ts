/** A batch: an immutable, columnar set of rows of one schema. */
import { assert } from "../base/errors.js";
import type { Schema } from "../schema/column-type.js";
import { fieldIndex } from "../schema/column-type.js";
import type { Vector } from "./vector.js";

export interface Batch {
  readonly schema: Schema;
  /** Rows. */
  readonly length: number;
  /** One a field, in the schema's order, each `length` long. */
  readonly columns: readonly Vector[];
}

export function makeBatch(schema: Schema, columns: readonly Vector[], length: number): Batch {
  assert(columns.length === schema.fields.length, `${columns.length} columns for ${schema.fields.length} fields`);
  for (const column of columns)
    assert(column.length === length, `a column of ${column.length} rows in a batch of ${length}`);
  return { schema, columns, length };
}

/** The named column; a missing name is a bug of the caller. */
export function columnOf(batch: Batch, name: string): Vector {
  const column = batch.columns[fieldIndex(batch.schema, name)];
  assert(column !== undefined, `no column "${name}" in the batch`);
  return column;
}
