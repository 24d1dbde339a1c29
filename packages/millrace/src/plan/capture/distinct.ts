/** Evaluation once per distinct value: a lambda over one column need not be computed for every row of a dictionary. */
import type { Captured } from "./capture.js";

/**
 * The one column of the first row that decides the lambda's value, or undefined where something else does too.
 * Holds for pure lambdas whether recognised or not: a loop over the characters of a string is pure. The caller
 * checks that the column is a string (an open column is never one value), and that a result which is an object is
 * not handed out to be changed.
 */
export function singleColumn(captured: Captured): string | undefined {
  const [first, ...others] = captured.reads;
  if (!captured.pure || first === undefined || first.columns === "all" || first.columns.size !== 1) return undefined;
  // A second row tested for presence alone would be read by no column and still decide.
  if (others.length > 0) return undefined;
  const [column] = first.columns;
  const asked = column === undefined ? undefined : first.open.get(column);
  return asked !== undefined && asked !== "all" && asked.size > 0 ? undefined : column;
}
