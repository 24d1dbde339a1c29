/**
 * The slow, obvious twin of compiled row programs, and the one that makes errors: every row is a plain object, every
 * lambda is called as written. A row that a step can't take is a dead letter; the others go on.
 */
import type { Batch } from "../../batch/batch.js";
import { checkValue } from "../../batch/check.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";
import { MadeRows } from "../operators/made-rows.js";
import type { TaskContext } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import type { RowProgram, Step } from "./row-program.js";

type Row = Readonly<Record<string, Value>>;

export function interpret(program: RowProgram, rows: Rows, context: TaskContext): Rows {
  const made = new MadeRows(program.id, rows, program.output, context);
  for (let i = 0; i < rows.batch.length; i++)
    made.attempt(i, () => {
      let row: Row | null = inputRow(program, rows.batch, i);
      for (const step of program.steps) {
        row = apply(step, row);
        if (row === null) return null;
      }
      return Object.fromEntries(program.output.fields.map((f) => [f.name, (row as Row)[f.name] ?? null]));
    });
  return made.finish();
}

/** The columns the program asks for, in its order: the batch may have more, such as a computed event time. */
function inputRow(program: RowProgram, batch: Batch, i: number): Row {
  return Object.fromEntries(
    program.input.fields.map((f) => {
      return [f.name, valueAt(batch.columns[fieldIndex(batch.schema, f.name)] as Vector, f.type, i)];
    }),
  );
}

function apply(step: Step, row: Row): Row | null {
  switch (step.kind) {
    case "filter":
      return step.fn(row, step.params) ? row : null;
    case "make": {
      const result = step.fn(row, step.params) as Readonly<Record<string, unknown>>;
      const made: Record<string, Value> = {};
      for (const { field } of step.made) made[field.name] = checkValue(field, result[field.name]) as Value;
      return step.merge ? { ...row, ...made } : made;
    }
    case "pick":
      return Object.fromEntries(step.columns.map((name) => [name, row[name] ?? null]));
    case "notNull":
      return step.columns.some((name) => (row[name] ?? null) === null) ? null : row;
    case "lift": {
      const open = row[step.open] as Open;
      const lifted = Object.fromEntries(step.fields.map(({ field, lift }) => [field.name, lift(open)]));
      return { ...row, ...lifted };
    }
  }
}
