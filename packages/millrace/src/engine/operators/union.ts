/**
 * union: rows of several inputs, their columns brought into one order.
 *
 * Rows that two branches made of one source row have one offset: the number of the way they came, in the order the
 * author gave the inputs, says which comes first. Without it the order would depend on how the rows were cut into epochs.
 */
import { makeBatch } from "../../batch/batch.js";
import type { Vector } from "../../batch/vector.js";
import type { Schema } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

export class UnionOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #schema: Schema;
  /** For each input, how many ways lead through the inputs before it. */
  readonly #waysBefore: readonly number[];
  readonly #out: readonly Edge[];

  /** ways: for each input, how many ways lead to it. */
  constructor(id: string, schema: Schema, ways: readonly number[], out: readonly Edge[]) {
    this.id = id;
    this.#schema = schema;
    this.#waysBefore = ways.map((_, k) => ways.slice(0, k).reduce((sum, own) => sum + own, 0));
    this.#out = out;
  }

  push(rows: Rows, input: number): void {
    const { batch } = rows;
    const columns = this.#schema.fields.map((f) => batch.columns[fieldIndex(batch.schema, f.name)] as Vector);
    const via = (this.#waysBefore[input] as number) + rows.via;
    emit(this.#out, { ...rows, batch: makeBatch(this.#schema, columns, batch.length), via });
  }

  advance(): void {}
}
