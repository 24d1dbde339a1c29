/** A row program at work: compiled where it can be, interpreted where a row needs it said what is wrong. */
import { makeBatch } from "../../batch/batch.js";
import { takeVector } from "../../batch/take.js";
import type { Vector } from "../../batch/vector.js";
import type { RowNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { fieldIndex } from "../../schema/column-type.js";
import { CompiledProgram } from "../compile/codegen.js";
import { interpret } from "../compile/interpret.js";
import type { RowProgram } from "../compile/row-program.js";
import { rowProgram } from "../compile/row-program.js";
import type { Rows } from "../rows.js";
import { takeRows } from "../rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

export class RowOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #program: RowProgram;
  readonly #compiled: CompiledProgram | null;
  readonly #out: readonly Edge[];
  readonly #context: TaskContext;

  constructor(
    plan: ResolvedPlan,
    chain: readonly RowNode[],
    interpreted: boolean,
    out: readonly Edge[],
    context: TaskContext,
  ) {
    this.#program = rowProgram(plan, chain);
    this.id = this.#program.id;
    this.#compiled = interpreted ? null : new CompiledProgram(this.#program);
    this.#out = out;
    this.#context = context;
  }

  push(rows: Rows): void {
    const result = this.#compiled === null ? null : this.#run(this.#compiled, rows);
    if (result !== null) this.#context.count("batches/compiled", 1);
    else this.#context.count("batches/interpreted", 1);
    emit(this.#out, result ?? interpret(this.#program, rows, this.#context));
  }

  advance(): void {}

  /** Null when a lambda threw or a value did not fit. */
  #run(compiled: CompiledProgram, rows: Rows): Rows | null {
    const { batch } = rows;
    try {
      const { selected, count, columns } = compiled.run(batch);
      const vectors = columns.map((column) => {
        if (typeof column !== "number") return column.finish(count);
        const name = (this.#program.input.fields[column] as { name: string }).name;
        const vector = batch.columns[fieldIndex(batch.schema, name)] as Vector;
        return count === batch.length ? vector : takeVector(vector, selected, count);
      });
      const made = makeBatch(this.#program.output, vectors, count);
      return count === batch.length ? { ...rows, batch: made } : takeRows(rows, selected, count, made);
    } catch {
      return null;
    }
  }
}
