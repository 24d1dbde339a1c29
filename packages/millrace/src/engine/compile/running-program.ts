/** A row program at work: compiled where it can be, interpreted where a row needs it said what is wrong. */
import { makeBatch } from "../../batch/batch.js";
import { takeVector } from "../../batch/take.js";
import type { Vector } from "../../batch/vector.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { TaskContext } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import { takeRows } from "../rows.js";
import { CompiledProgram } from "./codegen.js";
import { interpret } from "./interpret.js";
import type { RowProgram } from "./row-program.js";

export class RunningProgram {
  readonly #program: RowProgram;
  readonly #compiled: CompiledProgram | null;
  readonly #context: TaskContext;

  constructor(program: RowProgram, interpreted: boolean, context: TaskContext) {
    this.#program = program;
    this.#compiled = interpreted ? null : new CompiledProgram(program);
    this.#context = context;
  }

  /** begin: called before the first row, and once more when the batch is run again. */
  run(rows: Rows, begin: () => void = () => {}): Rows {
    begin();
    const result = this.#compiled === null ? null : this.#run(this.#compiled, rows);
    if (result !== null) {
      this.#context.count("batches/compiled", 1);
      return result;
    }
    this.#context.count("batches/interpreted", 1);
    begin();
    return interpret(this.#program, rows, this.#context);
  }

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
