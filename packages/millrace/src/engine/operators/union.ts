/**
 * union: rows of several inputs, their columns brought into one order.
 *
 * Rows that two branches made of one source row have one offset: the number of the input, in the order the author gave,
 * says which comes first. Without it the order would depend on how the rows were cut into epochs.
 */
import { makeBatch } from "../../batch/batch.js";
import type { Vector } from "../../batch/vector.js";
import type { Schema } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

export class UnionOperator implements Operator {
  readonly id: string;
  readonly #schema: Schema;
  readonly #out: readonly Edge[];

  constructor(id: string, schema: Schema, out: readonly Edge[]) {
    this.id = id;
    this.#schema = schema;
    this.#out = out;
  }

  push(rows: Rows, input: number): void {
    const { batch } = rows;
    const columns = this.#schema.fields.map((f) => batch.columns[fieldIndex(batch.schema, f.name)] as Vector);
    emit(this.#out, { ...rows, batch: makeBatch(this.#schema, columns, batch.length), via: [input, ...rows.via] });
  }
}
