/**
 * Builders from JavaScript values to vectors. `append` checks the value against the column's type and throws
 * `DECODE` (wrong kind) or `OVERFLOW` (out of range), so that the caller can put the row among the dead letters;
 * a builder that threw is unchanged. Decoders of bytes have builders of their own.
 */
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { checkValue } from "./check.js";
import { vectorOf } from "./layout.js";
import type { Vector } from "./vector.js";

/** Collects rows of one schema. */
export class BatchBuilder {
  readonly schema: Schema;
  readonly #columns: readonly VectorBuilder[];
  #length = 0;

  constructor(schema: Schema) {
    this.schema = schema;
    this.#columns = schema.fields.map((f) => new VectorBuilder(f.type));
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a row; absent and undefined are null, a null in a column that is not optional takes the default or throws `DECODE`. Unknown names go to the open column, or throw. */
  append(row: Readonly<Record<string, unknown>>): void {
    const { fields } = this.schema;
    const values: unknown[] = [];
    for (let k = 0; k < fields.length; k++) values.push(checkValue(fields[k] as Field, row[(fields[k] as Field).name]));
    for (let k = 0; k < fields.length; k++) (this.#columns[k] as VectorBuilder).push(values[k]);
    this.#length++;
  }

  finish(): Batch {
    return makeBatch(
      this.schema,
      this.#columns.map((column) => column.finish()),
      this.#length,
    );
  }
}

/** Makes a batch of plain rows. */
export function batchOf(schema: Schema, rows: readonly Readonly<Record<string, unknown>>[]): Batch {
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  return builder.finish();
}

/** Values of one column, kept as they come and laid out when finished. */
export class VectorBuilder {
  readonly #type: ColumnType;
  readonly #values: unknown[] = [];

  constructor(type: ColumnType) {
    this.#type = type;
  }

  /** Adds a value that `checkValue` let pass. */
  push(value: unknown): void {
    this.#values.push(value);
  }

  finish(): Vector {
    return vectorOf(this.#type, this.#values);
  }
}
