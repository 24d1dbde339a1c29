/** flatMap: any number of rows for each; they keep its event time and place. */
import { MillraceError } from "../../base/errors.js";
import type { FlatMapNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Cursor } from "../compile/cursor.js";
import { makeCursor } from "../compile/cursor.js";
import type { Rows } from "../rows.js";
import { MadeRows } from "./made-rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

/** The most rows one row may become. */
export const FLAT_MAP_ROWS_MAX = 65_536;

export class FlatMapOperator implements Operator {
  readonly id: string;
  readonly #node: FlatMapNode;
  readonly #plan: ResolvedPlan;
  readonly #cursor: Cursor;
  readonly #out: readonly Edge[];
  readonly #context: TaskContext;

  constructor(id: string, plan: ResolvedPlan, node: FlatMapNode, out: readonly Edge[], context: TaskContext) {
    this.id = id;
    this.#node = node;
    this.#plan = plan;
    this.#cursor = makeCursor(plan.neededSchema(node.input));
    this.#out = out;
    this.#context = context;
  }

  push(rows: Rows): void {
    const { fn, params } = this.#node.lambda;
    const made = new MadeRows(this.id, rows, this.#plan.schema(this.#node), this.#context);
    this.#cursor.bind(rows.batch);
    for (let row = 0; row < rows.batch.length; row++) {
      this.#cursor.at(row);
      let parts: readonly object[] = [];
      made.attempt(row, () => {
        const result: unknown = fn(this.#cursor.row, params ?? {});
        if (!Array.isArray(result)) throw new MillraceError("DECODE", "flatMap's lambda returns a list of rows");
        if (result.length > FLAT_MAP_ROWS_MAX)
          throw new MillraceError("LIMIT", `one row became ${result.length}; at most ${FLAT_MAP_ROWS_MAX}`);
        parts = result as readonly object[];
        return null;
      });
      for (const part of parts) made.attempt(row, () => part as Readonly<Record<string, unknown>>);
    }
    emit(this.#out, made.finish());
  }
}
