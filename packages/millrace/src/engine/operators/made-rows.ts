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
  /** For each made row, the row it was made from, and its number among those made from that row. */
  readonly #parents: number[] = [];
  readonly #subs: number[] = [];

  constructor(operator: string, from: Rows, schema: Schema, context: TaskContext) {
    this.#operator = operator;
    this.#from = from;
    this.#builder = new BatchBuilder(schema);
    this.#context = context;
  }

  /** Calls `make` for row `row`; what it throws, or gives that does not fit, makes the row a dead letter. */
  attempt(row: number, sub: number, make: () => Readonly<Record<string, unknown>> | null): void {
    try {
      const made = make();
      if (made === null) return;
      if (typeof made !== "object")
        throw new MillraceError("DECODE", `the lambda returned ${typeof made}, not an object of columns`);
      this.#builder.append(made);
      this.#parents.push(row);
      this.#subs.push(sub);
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

  /** Where one row could become several. */
  finish(): Rows {
    const rows = this.finishSingle();
    return {
      ...rows,
      sub: this.#subs.some((sub) => sub !== 0) || rows.sub !== null ? subsOf(rows.sub, this.#subs) : null,
    };
  }

  /** Where one row at most came of each: it keeps the number it had among its kind, as a compiled program leaves it. */
  finishSingle(): Rows {
    return takeRows(this.#from, Int32Array.from(this.#parents), this.#parents.length, this.#builder.finish());
  }
}

/** A row made of a made row keeps both numbers: a source row makes fewer than 2^16 rows at each step. */
function subsOf(before: Float64Array | null, subs: readonly number[]): Float64Array {
  return Float64Array.from(subs, (sub, i) => (before?.[i] ?? 0) * 65_536 + sub);
}
