/**
 * The slow, obvious twin of compiled row programs, and the one that makes errors: every row is an object, every lambda
 * is called as written. A row that a step can't take is a dead letter; the others go on.
 *
 * A row reads its columns anew each time it is asked, as a cursor does: what a lambda does to a list it was given is
 * seen by nobody else.
 */
import { checkValue } from "../../batch/check.js";
import type { Open, Value } from "../../schema/types.js";
import { MadeRows } from "../operators/made-rows.js";
import type { TaskContext } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import { makeCursor } from "./cursor.js";
import type { RowProgram, Step } from "./row-program.js";

type Row = Readonly<Record<string, Value>>;

export function interpret(program: RowProgram, rows: Rows, context: TaskContext): Rows {
  const made = new MadeRows(program.id, rows, program.output, context);
  // Of the batch the columns the program asks for: there may be more, such as a computed event time.
  const cursor = makeCursor(program.input);
  cursor.bind(rows.batch);
  for (let i = 0; i < rows.batch.length; i++)
    made.attempt(i, () => {
      cursor.at(i);
      let row: Row | null = cursor.row;
      for (const step of program.steps) {
        row = apply(step, row);
        if (row === null) return null;
      }
      return row;
    });
  return made.finish();
}

function apply(step: Step, row: Row): Row | null {
  switch (step.kind) {
    case "filter":
      return step.fn(row, step.params) ? row : null;
    case "make": {
      const result = step.fn(row, step.params) as Readonly<Record<string, unknown>>;
      const made = step.made.map(({ field }) => [field.name, checkValue(field, result[field.name]) as Value] as const);
      return withColumns(step.merge ? row : {}, made);
    }
    case "pick": {
      const columns = Object.getOwnPropertyDescriptors(row);
      const kept = step.columns.flatMap((name) =>
        columns[name] === undefined ? [] : [[name, columns[name]] as const],
      );
      return Object.defineProperties({}, Object.fromEntries(kept));
    }
    case "notNull":
      return step.columns.some((name) => (row[name] ?? null) === null) ? null : row;
    case "lift": {
      const open = row[step.open] as Open;
      return withColumns(
        row,
        step.fields.map(({ field, lift }) => [field.name, lift(open)] as const),
      );
    }
  }
}

/** The row's columns as they are, and more; a column of the same name is replaced in its place. */
function withColumns(row: Row, more: readonly (readonly [string, Value])[]): Row {
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(row),
      ...Object.getOwnPropertyDescriptors(Object.fromEntries(more)),
    },
  );
}
