/**
 * Stream with table, as the table is now: every task holds the whole table, so the stream's rows need not move.
 * An epoch's table rows apply before its stream rows; the journal's offset vectors fix which those are, so a replay
 * joins the same rows ("arrival" order).
 *
 *   rows -> their key columns -> the table's row for each, or null
 *        -> a row program of two steps: inner drops rows without one; the lambda makes the columns
 */
import { columnOf } from "../../batch/batch.js";
import type { LookupNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Field } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { RowProgram } from "../compile/row-program.js";
import { RunningProgram } from "../compile/running-program.js";
import type { Rows } from "../rows.js";
import type { TableState } from "../state/table-state.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

export class LookupOperator implements Operator {
  readonly id: string;
  readonly #table: TableState;
  /** Columns of the stream, in the order of the table's key, whatever the order in `on`. */
  readonly #key: readonly string[];
  readonly #program: RunningProgram;
  readonly #out: readonly Edge[];
  /** Number of the table's row for each row of the batch at work, -1 for none; and the row that the program is at. */
  #found: Int32Array = new Int32Array(0);
  #row = -1;

  constructor(
    id: string,
    plan: ResolvedPlan,
    node: LookupNode,
    table: TableState,
    interpreted: boolean,
    out: readonly Edge[],
    context: TaskContext,
  ) {
    this.id = id;
    this.#table = table;
    this.#key = node.table.key.map((name) => (node.on.find(([, right]) => right === name) as [string, string])[0]);
    this.#program = new RunningProgram(this.#programOf(plan, node), interpreted, context);
    this.#out = out;
  }

  push(rows: Rows): void {
    const { batch } = rows;
    const fields = this.#key.map((name) => batch.schema.fields[fieldIndex(batch.schema, name)] as Field);
    const vectors = this.#key.map((name) => columnOf(batch, name));
    this.#found = this.#table.find(vectors, fields, batch.length);
    emit(
      this.#out,
      this.#program.run(rows, () => this.#rewind()),
    );
  }

  /** Both steps are taken row by row, in order; the first one moves on. */
  #programOf(plan: ResolvedPlan, node: LookupNode): RowProgram {
    const { fn } = node.lambda;
    // It is called, with the row and what was found: no expression of the row alone.
    const captured = { ...plan.captured(node), closed: false, expression: null };
    const matches = (): boolean => (this.#found[++this.#row] as number) >= 0 || node.how === "left";
    const select = (row: unknown): unknown => {
      const number = this.#found[this.#row] as number;
      return fn(row, number < 0 ? null : this.#table.row(number));
    };
    return {
      id: this.id,
      input: plan.neededSchema(node.input),
      steps: [
        { kind: "filter", captured: { ...captured, reads: [] }, fn: matches, params: {} },
        {
          kind: "make",
          captured,
          fn: select,
          params: {},
          merge: false,
          made: plan.schema(node).fields.map((field) => ({ field, expression: null })),
        },
      ],
      output: plan.neededSchema(node),
    };
  }

  #rewind(): void {
    this.#row = -1;
  }
}
