/** Rows made by a lambda, one by one: checked against their columns, collected, and laid out with the places they come from. */

import { describeError, MillraceError } from "../../base/errors.js";
import { BatchBuilder } from "../../batch/build.js";
import { rowAt } from "../../batch/read.js";
import { int64AsNumber } from "../../batch/vector.js";
import { jsonRow } from "../../log/dead-letters.js";
import type { Schema } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import { offsetOf, takeRows } from "../rows.js";
import type { TaskContext } from "./operator.js";

export class MadeRows {
  readonly #operator: string;
  readonly #from: Rows;
  readonly #builder: BatchBuilder;
  readonly #context: TaskContext;
  /** For each made row, the row it was made from. */
  readonly #parents: number[] = [];

  constructor(operator: string, from: Rows, schema: Schema, context: TaskContext) {
    this.#operator = operator;
    this.#from = from;
    this.#builder = new BatchBuilder(schema);
    this.#context = context;
  }

  /**
   * Calls `make` for row `row`; what it throws, or gives that does not fit, makes the row a dead letter. Row numbers
   * never descend from call to call.
   */
  attempt(row: number, make: () => Readonly<Record<string, unknown>> | null): void {
    try {
      const made = make();
      if (made === null) return;
      if (typeof made !== "object")
        throw new MillraceError("DECODE", `the lambda returned ${typeof made}, not an object of columns`);
      this.#builder.append(made);
      this.#parents.push(row);
    } catch (error) {
      this.refuse(row, describeError(error));
    }
  }

  refuse(row: number, reason: string): void {
    const from = this.#from;
    this.#context.dead({
      operator: this.#operator,
      reason,
      ...from.origin,
      offset: offsetOf(from, row),
      time: int64AsNumber(from.time, row),
      row: jsonRow(rowAt(from.batch, row)),
    });
  }

  finish(): Rows {
    const made = takeRows(this.#from, Int32Array.from(this.#parents), this.#parents.length, this.#builder.finish());
    return { ...made, sub: numbered(made) };
  }
}

/** 0, 1, 2, … for the rows of each source row, in their order; null where each has one. */
function numbered(rows: Rows): Int32Array | null {
  let sub: Int32Array | null = null;
  for (let j = 1; j < rows.batch.length; j++) {
    if (offsetOf(rows, j) !== offsetOf(rows, j - 1)) continue;
    sub ??= new Int32Array(rows.batch.length);
    sub[j] = (sub[j - 1] as number) + 1;
  }
  return sub;
}
