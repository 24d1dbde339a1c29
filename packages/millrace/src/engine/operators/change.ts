/** Changes of keyed rows on their way to views: from an aggregate through table operators to the view's sink. */
import type { Schema } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";

export interface ChangeSink {
  /**
   * schema: the columns of a row. upserts: whole rows, key columns first. deletes: values of the key columns.
   * Within one epoch an operator changes a key at most once.
   */
  change(schema: Schema, upserts: readonly (readonly Value[])[], deletes: readonly (readonly Value[])[]): void;
}
