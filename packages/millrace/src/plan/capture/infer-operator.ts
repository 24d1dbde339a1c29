/** Types of operators, as JavaScript computes them. */
import type { Expression } from "./expression.js";
import type { Place } from "./infer.js";
import { guess } from "./infer.js";
import { narrowed } from "./narrow.js";
import type { Guess } from "./static-type.js";
import { BIGINT, BOOL, isUnknown, join, kindOf, NOTHING, NUMBER, notNull, orNull, TEXT } from "./static-type.js";

/** The type of `operator operand`. */
export function unaryType(operator: string, operand: Guess): Guess {
  switch (operator) {
    case "!":
      return BOOL;
    case "typeof":
      return TEXT;
    case "void":
      return NOTHING;
    default: {
      if (isUnknown(operand)) return operand;
      const kind = kindOf(operand);
      if (kind === "bigint")
        return operator === "+"
          ? { unknown: "`+` of a bigint throws; write Number(x)" }
          : operand.nullable
            ? mixed("null", "bigint")
            : BIGINT;
      return kind === "list" || kind === "struct" || kind === "decimal" || kind === "open"
        ? { unknown: `\`${operator}\` of ${kind}` }
        : NUMBER;
    }
  }
}

const COMPARISONS = new Set("== != === !== < <= > >= in".split(" "));
const PRIMITIVES = new Set<unknown>(["number", "string", "boolean", undefined]);

/** The type of `left operator right`. Mixing bigint and number throws, so it has none. */
export function binaryType(operator: string, left: Expression, right: Expression, at: Place): Guess {
  if (COMPARISONS.has(operator)) return BOOL;
  const a = guess(left, at);
  const b = guess(right, at);
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (operator === "+") {
    // A string that is there makes the sum a string, whatever the other is.
    if (
      (kindA === "string" && !(a as { nullable: boolean }).nullable) ||
      (kindB === "string" && !(b as { nullable: boolean }).nullable)
    )
      return TEXT;
    if (isUnknown(a) || isUnknown(b)) return isUnknown(a) ? a : b;
    if (kindA === "string" || kindB === "string")
      return { unknown: 'a sum with a text that may be null is a text or a number; write (e.a ?? "") + e.b' };
  }
  if (isUnknown(a) || isUnknown(b)) return isUnknown(a) ? a : b;
  // null with a bigint throws when it happens: the row goes to the dead letters, the type is bigint.
  if (kindA === "bigint" && kindB === "bigint")
    return operator === ">>>" ? { unknown: "`>>>` of bigint throws" } : BIGINT;
  if (kindA === "bigint" || kindB === "bigint") return mixed(kindA ?? "null", kindB ?? "null");
  if (PRIMITIVES.has(kindA) && PRIMITIVES.has(kindB)) return NUMBER;
  return { unknown: `\`${operator}\` of ${kindA ?? "null"} and ${kindB ?? "null"}` };
}

function mixed(a: string, b: string): Guess {
  return { unknown: `it mixes ${a} and ${b}, which throws; convert one with Number(x) or BigInt(x)` };
}

/** The type of `&&`, `||`, `??`: the left side narrows the right. */
export function logicalType(e: Extract<Expression, { kind: "logical" }>, at: Place): Guess {
  if (e.operator === "&&") {
    const right = guess(e.right, narrowed(e.left, true, at));
    // A row is there, or null.
    if (e.left.kind === "row") return orNull(right);
    const left = guess(e.left, at);
    const kind = kindOf(left);
    const alwaysTrue =
      kind === "list" || kind === "struct" || kind === "decimal" || kind === "binary" || kind === "open";
    if (alwaysTrue) return orNull(right, (left as { nullable: boolean }).nullable);
    return join(left, right);
  }
  const left = guess(e.left, at);
  return join(notNull(left), guess(e.right, e.operator === "||" ? narrowed(e.left, false, at) : at));
}
