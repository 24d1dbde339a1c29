/**
 * Static types of expressions, by the rules of the API:
 *   - a column that is passed through keeps its type, and so does a field of a struct or an item of a list;
 *   - a computed number is float64, bigint int64, boolean bool, string string; arrays list, plain objects struct;
 *   - undefined counts as null.
 * Null follows JavaScript: `e.a + 1` is a number even where a is null; `e.a?.length` is null where a is.
 * `e.a !== null ? … : …` and its like narrow.
 */

import { suggest } from "../../base/errors.js";
import type { ColumnType, Schema } from "../../schema/column-type.js";
import { typeText } from "../../schema/column-type.js";
import type { Expression, LetBinding } from "./expression.js";
import { keyOf } from "./expression.js";
import { inferMethod } from "./infer-method.js";
import { binaryType, logicalType, unaryType } from "./infer-operator.js";
import { arrayType, callType, structType } from "./infer-value.js";
import { isDefined, narrowed } from "./narrow.js";
import { pathText, valueAtPath } from "./path.js";
import type { Guess } from "./static-type.js";
import { BIGINT, isUnknown, join, kindOf, NOTHING, NUMBER, notNull, orNull, TEXT, typeOfValue } from "./static-type.js";

export interface InferEnv {
  /** The columns of each row argument. */
  readonly rows: readonly Schema[];
  readonly params: unknown;
  /** Row arguments that may be missing (the other side of an outer join). Left out: every one that is read with `?.`. */
  readonly absent?: ReadonlySet<number>;
}

export type Inferred = { readonly type: ColumnType; readonly nullable: boolean } | { readonly unknown: string };

/** What is known at one place: types of locals by id, and expressions that cannot be null here. */
export interface Place extends InferEnv {
  readonly locals: ReadonlyMap<number, Guess>;
  readonly present: ReadonlySet<string>;
  /** Locals that may be null but never undefined. */
  readonly defined: ReadonlySet<number>;
}

/** The type of an expression, or why it is not known. */
export function inferType(expression: Expression, env: InferEnv): Inferred {
  return settled(guess(expression, placeIn(env)));
}

/** The outermost place: nothing is known but rows and parameters. */
export function placeIn(env: InferEnv): Place {
  return { ...env, locals: new Map(), present: new Set(), defined: new Set() };
}

/** The place inside `bindings`. */
export function placeInside(bindings: readonly LetBinding[], at: Place): Place {
  let inside = at;
  for (const { id, value } of bindings) {
    const locals = new Map(inside.locals).set(id, guess(value, inside));
    inside = {
      ...inside,
      locals,
      defined: isDefined(value, inside) ? new Set(inside.defined).add(id) : inside.defined,
    };
  }
  return inside;
}

/** Only-null is no column type. */
export function settled(found: Guess): Inferred {
  if (isUnknown(found)) return found;
  return found.type === null ? { unknown: "it is always null" } : { type: found.type, nullable: found.nullable };
}

export function guess(e: Expression, at: Place): Guess {
  const found = guessPlain(e, at);
  return at.present.size > 0 && at.present.has(keyOf(e)) ? notNull(found) : found;
}

function guessPlain(e: Expression, at: Place): Guess {
  switch (e.kind) {
    case "literal":
      return typeOfValue(e.value);
    case "regex":
      return { unknown: "a regular expression is not a column value" };
    case "row":
      return { unknown: "a whole row is not a column value" };
    case "column":
      return columnType(e, at);
    case "open":
      return inferMethod({ type: { kind: "open" }, nullable: false }, e.method, [], at);
    case "param": {
      const value = valueAtPath(at.params, e.path);
      if (typeof value === "function") return { unknown: `\`${pathText(e.path)}\` is a function` };
      return value === undefined && e.path.length > 1
        ? memberType(guess({ ...e, path: e.path.slice(0, -1) }, at), e.path.at(-1) as string)
        : typeOfValue(value);
    }
    case "local":
      return at.locals.get(e.id) ?? { unknown: `\`${e.name}\` is not known` };
    case "member": {
      const object = guess(e.object, at);
      return orNull(memberType(object, e.name), e.optional && mayBeNull(object));
    }
    case "index":
      return orNull(indexType(e.object, e.index, at));
    case "method": {
      const object = guess(e.object, at);
      return orNull(inferMethod(object, e.name, e.args, at), e.optional && mayBeNull(object));
    }
    case "chain":
      return orNull(guess(e.value, at), jumps(e.value, at));
    case "call":
      return callType(e, at);
    case "apply":
      return { unknown: `what \`${pathText(e.path)}(…)\` gives cannot be told from its text` };
    default:
      return guessOperator(e, at);
  }
}

function guessOperator(e: Expression, at: Place): Guess {
  switch (e.kind) {
    case "unary":
      return unaryType(e.operator, guess(e.operand, at));
    case "binary":
      return binaryType(e.operator, e.left, e.right, at);
    case "logical":
      return logicalType(e, at);
    case "conditional":
      return join(guess(e.whenTrue, narrowed(e.test, true, at)), guess(e.whenFalse, narrowed(e.test, false, at)));
    case "template":
      return TEXT;
    case "array":
      return arrayType(e.items, at);
    case "object":
      return structType(e, at);
    case "let":
      return guess(e.body, placeInside(e.bindings, at));
    case "function":
      return { unknown: "a function is not a column value" };
    default:
      return { unknown: "it is not analysed" };
  }
}

function columnType(e: Extract<Expression, { kind: "column" }>, at: Place): Guess {
  const fields = at.rows[e.row]?.fields ?? [];
  const found = fields.find((f) => f.name === e.name);
  if (found === undefined)
    return {
      unknown: `there is no column "${e.name}"; ${suggest(
        e.name,
        fields.map((f) => f.name),
      )}`,
    };
  return { type: found.type, nullable: found.nullable || (e.optional && (at.absent?.has(e.row) ?? true)) };
}

function mayBeNull(found: Guess): boolean {
  return isUnknown(found) || found.nullable;
}

/** Whether a `?.` of this chain may meet null. */
function jumps(e: Expression, at: Place): boolean {
  if (e.kind === "column") return e.optional && (at.absent?.has(e.row) ?? true);
  if (e.kind !== "member" && e.kind !== "index" && e.kind !== "method") return false;
  return (e.optional && mayBeNull(guess(e.object, at))) || jumps(e.object, at);
}

/** A property of a value that is there. */
function memberType(object: Guess, name: string): Guess {
  if (isUnknown(object)) return object;
  if (object.type === null) return { unknown: `\`.${name}\` is read of null` };
  const { type } = object;
  if (type.kind === "struct") {
    const found = type.fields.find((f) => f.name === name);
    return found ?? NOTHING;
  }
  const kind = kindOf(object);
  if (name === "length" && (kind === "string" || kind === "list" || kind === "binary")) return NUMBER;
  if (kind === "decimal" && name === "scale") return NUMBER;
  if (kind === "decimal" && name === "unscaled") return BIGINT;
  return { unknown: `${typeText(type)} has no \`.${name}\`` };
}

function indexType(object: Expression, index: Expression, at: Place): Guess {
  const of = guess(object, at);
  if (isUnknown(of) || of.type === null) return isUnknown(of) ? of : { unknown: "an item of null" };
  switch (of.type.kind) {
    case "list":
      return of.type.item;
    case "string":
    case "oneOf":
      return TEXT;
    case "binary":
      return NUMBER;
    case "struct": {
      if (index.kind === "literal") return memberType(of, String(index.value));
      const types: Guess[] = [...of.type.fields];
      return types.length === 0 ? NOTHING : types.reduce(join);
    }
    default:
      return { unknown: `${typeText(of.type)} has no items` };
  }
}
