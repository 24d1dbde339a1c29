/**
 * The slow, obvious twin of compiled row programs, and the one that makes errors: every row is a plain object, every
 * lambda is called as written. A row that a step can't take is a dead letter; the others go on.
 */
import { checkValue } from "../../batch/check.js";
import { rowAt } from "../../batch/read.js";
import type { Open, Value } from "../../schema/types.js";
import { MadeRows } from "../operators/made-rows.js";
import type { TaskContext } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import { liftValue } from "./lift.js";
import type { RowProgram, Step } from "./row-program.js";

type Row = Readonly<Record<string, Value>>;

export function interpret(program: RowProgram, rows: Rows, context: TaskContext): Rows {
  const made = new MadeRows(program.id, rows, program.output, context);
  for (let i = 0; i < rows.batch.length; i++)
    made.attempt(i, () => {
      let row: Row | null = rowAt(rows.batch, i);
      for (const step of program.steps) {
        row = apply(step, row);
        if (row === null) return null;
      }
      return Object.fromEntries(program.output.fields.map((f) => [f.name, (row as Row)[f.name] ?? null]));
    });
  return made.finish();
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
      const lifted = Object.fromEntries(step.fields.map((f) => [f.name, liftValue(open, [f.name, ...f.from], f.type)]));
      return { ...row, ...lifted };
    }
  }
}
