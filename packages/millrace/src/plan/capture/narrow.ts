/** What a condition says of null: after `e.a !== null`, in the branch where it holds, `e.a` is not null. */
import type { Expression } from "./expression.js";
import { keyOf } from "./expression.js";
import type { Place } from "./infer.js";

/** The place inside the branch where `test` came out as `outcome`. */
export function narrowed(test: Expression, outcome: boolean, at: Place): Place {
  const keys: string[] = [];
  collect(test, outcome, keys, at);
  return keys.length === 0 ? at : { ...at, present: new Set([...at.present, ...keys]) };
}

/** Never undefined: then `!== null` is enough to say that there is a value. */
export function isDefined(e: Expression, at: Place): boolean {
  switch (e.kind) {
    case "column":
      return !e.optional;
    case "local":
      return at.defined.has(e.id);
    case "literal":
      return e.value !== undefined;
    case "conditional":
      return isDefined(e.whenTrue, at) && isDefined(e.whenFalse, at);
    case "logical":
      return isDefined(e.right, at) && (e.operator !== "&&" || isDefined(e.left, at));
    case "open":
    case "binary":
    case "template":
    case "object":
    case "array":
      return true;
    default:
      return false;
  }
}

function collect(test: Expression, outcome: boolean, keys: string[], at: Place): void {
  switch (test.kind) {
    case "unary":
      if (test.operator === "!") collect(test.operand, !outcome, keys, at);
      return;
    case "logical":
      // Both sides of && hold where it holds; neither of || where it does not.
      if (test.operator === (outcome ? "&&" : "||"))
        for (const side of [test.left, test.right]) collect(side, outcome, keys, at);
      return;
    case "binary":
      collectComparison(test, outcome, keys, at);
      return;
    case "row":
      return;
    default:
      if (outcome) keys.push(keyOf(test));
  }
}

function collectComparison(
  test: Extract<Expression, { kind: "binary" }>,
  outcome: boolean,
  keys: string[],
  at: Place,
): void {
  const { operator, left, right } = test;
  const isEqual = operator === "===" || operator === "==";
  if (!isEqual && operator !== "!==" && operator !== "!=") return;
  const [value, other] = left.kind === "literal" ? [right, left] : [left, right];
  if (other.kind !== "literal") return;
  const isNothing =
    other.value === null
      ? operator.length === 2 || isDefined(value, at)
      : other.value === undefined && operator.length === 2;
  if (isNothing && isEqual !== outcome) keys.push(keyOf(value));
  // Equal to a text, number or boolean: then it is that, and not null.
  if (other.value !== null && other.value !== undefined && isEqual === outcome) {
    if (operator.length === 2) return;
    keys.push(
      keyOf(
        value.kind === "unary" && value.operator === "typeof" && other.value !== "object" && other.value !== "undefined"
          ? value.operand
          : value,
      ),
    );
  }
}
