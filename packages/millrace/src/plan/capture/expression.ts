/**
 * Lambdas as data: the analysable subset of JavaScript expressions, names resolved. What `infer`, `print` and the
 * Spark translation read. Immutable; every node means exactly what the JavaScript it came from means.
 *
 *     (e, p) => { const v = e.price * 2; return v > p.min ? v : null; }
 *     let v0 = binary * (column 0 price, literal 2) in conditional(binary >(local 0, param [min]), local 0, literal null)
 */
import type { OpenMethod } from "./globals.js";

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | bigint | boolean | null | undefined }
  | { readonly kind: "regex"; readonly pattern: string; readonly flags: string }
  /** A column of a row argument. `optional`: read with `?.`, undefined where there is no row (outer joins). */
  | { readonly kind: "column"; readonly row: number; readonly name: string; readonly optional: boolean }
  /** A row argument itself: only where its presence is tested, and spread. */
  | { readonly kind: "row"; readonly row: number }
  /** `e.rest.text("Image")`: one attribute of an open column. */
  | {
      readonly kind: "open";
      readonly row: number;
      readonly column: string;
      readonly method: OpenMethod;
      readonly name: string;
    }
  /** A value in the parameter object; the empty path is the object. */
  | { readonly kind: "param"; readonly path: readonly string[] }
  | { readonly kind: "local"; readonly id: number; readonly name: string }
  | { readonly kind: "member"; readonly object: Expression; readonly name: string; readonly optional: boolean }
  | { readonly kind: "index"; readonly object: Expression; readonly index: Expression; readonly optional: boolean }
  | {
      readonly kind: "method";
      readonly object: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
      readonly optional: boolean;
    }
  /** A standard function by its written name: `Math.max`, `Number`. */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  /** A function from the parameters. */
  | { readonly kind: "apply"; readonly path: readonly string[]; readonly args: readonly Expression[] }
  | {
      readonly kind: "unary";
      readonly operator: "-" | "+" | "!" | "~" | "typeof" | "void";
      readonly operand: Expression;
    }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "logical";
      readonly operator: "&&" | "||" | "??";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  /** texts.length === values.length + 1; cooked. */
  | { readonly kind: "template"; readonly texts: readonly string[]; readonly values: readonly Expression[] }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly ObjectEntry[] }
  /** Only in array items, arguments and object entries. */
  | { readonly kind: "spread"; readonly value: Expression }
  /** Bindings in order, each seen by the next ones; evaluated whether used or not. */
  | { readonly kind: "let"; readonly bindings: readonly LetBinding[]; readonly body: Expression }
  /** A function written in place, as an argument of `map`, `some`, …. */
  | { readonly kind: "function"; readonly params: readonly LocalName[]; readonly body: Expression }
  /** How far `?.` jumps: when it meets null or undefined, the whole of `value` is undefined. */
  | { readonly kind: "chain"; readonly value: Expression };

export type ObjectEntry =
  | { readonly kind: "field"; readonly name: string; readonly value: Expression }
  | { readonly kind: "spread"; readonly value: Expression };

export interface LocalName {
  readonly id: number;
  readonly name: string;
}

export interface LetBinding extends LocalName {
  readonly value: Expression;
}

export const UNDEFINED: Expression = { kind: "literal", value: undefined };

/** A text that is equal for equal expressions. */
export function keyOf(expression: Expression): string {
  return JSON.stringify(expression, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value === undefined) return "undefined";
    return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${value}#${1 / value}`
      : value;
  });
}

/** `value` inside `bindings`, where there are any. */
export function letIn(bindings: readonly LetBinding[], body: Expression): Expression {
  if (bindings.length === 0) return body;
  if (body.kind === "let") return { kind: "let", bindings: [...bindings, ...body.bindings], body: body.body };
  return { kind: "let", bindings, body };
}

/** Calls `visit` for the expression and everything in it, outermost first. */
export function walkExpression(expression: Expression, visit: (e: Expression) => void): void {
  visit(expression);
  for (const child of partsOf(expression)) walkExpression(child, visit);
}

/** The direct parts of an expression, in the order they are evaluated. */
export function partsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "member":
      return [e.object];
    case "index":
      return [e.object, e.index];
    case "method":
      return [e.object, ...e.args];
    case "call":
    case "apply":
      return e.args;
    case "unary":
      return [e.operand];
    case "binary":
    case "logical":
      return [e.left, e.right];
    case "conditional":
      return [e.test, e.whenTrue, e.whenFalse];
    case "template":
      return e.values;
    case "array":
      return e.items;
    case "object":
      return e.entries.map((entry) => entry.value);
    case "spread":
    case "chain":
      return [e.value];
    case "let":
      return [...e.bindings.map((binding) => binding.value), e.body];
    case "function":
      return [e.body];
    default:
      return [];
  }
}
