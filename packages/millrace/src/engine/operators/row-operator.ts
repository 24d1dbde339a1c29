/** Row operators in a line, as one program. */
import type { RowNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { rowProgram } from "../compile/row-program.js";
import { RunningProgram } from "../compile/running-program.js";
import type { Rows } from "../rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

export class RowOperator implements Operator {
  readonly id: string;
  readonly #program: RunningProgram;
  readonly #out: readonly Edge[];

  constructor(
    plan: ResolvedPlan,
    chain: readonly RowNode[],
    interpreted: boolean,
    out: readonly Edge[],
    context: TaskContext,
  ) {
    const program = rowProgram(plan, chain);
    this.id = program.id;
    this.#program = new RunningProgram(program, interpreted, context);
    this.#out = out;
  }

  push(rows: Rows): void {
    emit(this.#out, this.#program.run(rows));
  }
}
