/**
 * The slow, obvious meaning of a rule expression over one row. Whatever matches faster must agree with this.
 * The test functions on a single value are public to the engine: they are pure, so a columnar matcher may call them
 * once per distinct value of a dictionary and keep the answer.
 */

import { Decimal } from "../../base/decimal.js";
import { assert } from "../../base/errors.js";
import type { Value } from "../../schema/types.js";
import { boundedPattern, unbounded } from "./bounded-pattern.js";
import type { Expr, FieldRef, Test } from "./expr.js";
import { TESTED_CHARS_MAX } from "./expr.js";
import { networkHolds, parseNetwork } from "./ip.js";
import { compilePattern } from "./like.js";
import { timePartOf } from "./time-part.js";

/** What a rule can see of a row. */
export interface RowAccess {
  /** The attribute of exactly this name; null when the row has none. Nested objects have dotted names. */
  get(name: string): Value | null;
  /** Every text the row holds, `textsOf` all its values: a keyword is text, so numbers are not among them. */
  strings(): Iterable<string>;
}

/** Whether the expression holds for the row. */
export function evaluate(expr: Expr, row: RowAccess): boolean {
  switch (expr.op) {
    case "all":
      return expr.of.every((operand) => evaluate(operand, row));
    case "any":
      return expr.of.some((operand) => evaluate(operand, row));
    case "not":
      return !evaluate(expr.of, row);
    case "always":
      return expr.value;
    case "anyField": {
      for (const text of row.strings()) if (testValue(expr.test, text)) return true;
      return false;
    }
    case "test":
      return evaluateTest(expr.field, expr.test, row);
  }
}

/** The value a field reference stands for: the first name that is present, or null. */
export function resolveField(field: FieldRef, row: RowAccess): Value | null {
  for (const name of field.names) {
    const value = row.get(name);
    if (value !== null) return value;
  }
  return null;
}

/** The texts of a value: a string itself, and those in a list, in lists inside it too. */
export function* textsOf(value: Value): Iterable<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && isList(value)) for (const item of value) yield* textsOf(item);
}

/** Whether one value passes. `null` is an absent field. A list passes when one of its items does. */
export function testValue(test: Test, value: Value | null): boolean {
  if (test.kind === "exists") return value !== null;
  if (test.kind === "absent") return value === null;
  if (value === null) return false;
  if (isList(value)) return value.some((item) => item !== null && testValue(test, item));
  return scalarTest(test)(value);
}

/** Whether a value stands in this relation to another: what `compareField` does with the two fields' values. */
export function testPair(
  test: Extract<Test, { kind: "compareField" }>,
  value: Value | null,
  other: Value | null,
): boolean {
  if (value === null || other === null) return false;
  if (isList(other)) return other.some((item) => testPair(test, value, item));
  if (isList(value)) return value.some((item) => testPair(test, item, other));
  const [left, right] = [textOf(value), textOf(other)];
  if (left === null || right === null) return false;
  return relate(test.how, test.cased ? left : left.toLowerCase(), test.cased ? right : right.toLowerCase());
}

function evaluateTest(field: FieldRef, test: Test, row: RowAccess): boolean {
  const value = resolveField(field, row);
  if (test.kind === "compareField") return testPair(test, value, resolveField(test.other, row));
  return testValue(test, value);
}

/** Preparing a test (folding case, compiling a pattern) costs more than running it, so each is prepared once. */
const prepared = new WeakMap<Test, (value: Value) => boolean>();

function scalarTest(test: Test): (value: Value) => boolean {
  let run = prepared.get(test);
  if (run === undefined) {
    run = prepare(test);
    prepared.set(test, run);
  }
  return run;
}

function prepare(test: Test): (value: Value) => boolean {
  switch (test.kind) {
    case "eq":
      return prepareEquals(test.value, test.cased);
    case "contains":
    case "startsWith":
    case "endsWith": {
      const { kind, cased } = test;
      const wanted = cased ? test.value : test.value.toLowerCase();
      return onText((text) => relate(kind, cased ? text : text.toLowerCase(), wanted));
    }
    case "like":
      return onText(compilePattern(test.parts, test.cased));
    case "matches": {
      const pattern = boundedPattern(test.source, test.flags.replace(/[gy]/g, ""));
      if (pattern === null) throw unbounded(test.source);
      return onText((text) => pattern.test(text.length > TESTED_CHARS_MAX ? text.slice(0, TESTED_CHARS_MAX) : text));
    }
    case "cidr": {
      const network = parseNetwork(test.network);
      assert(network !== null, `cidr test over "${test.network}"`);
      return onText((text) => networkHolds(network, text));
    }
    case "lt":
    case "lte":
    case "gt":
    case "gte": {
      const { kind, value: bound } = test;
      return (value) => compare(kind, numberOf(value), bound);
    }
    case "timePart":
      return (value) => {
        if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string") return false;
        return compare(test.how, timePartOf(test.part, value), test.value);
      };
    case "exists":
    case "absent":
    case "compareField":
      assert(false, `${test.kind} is not a test of one value`);
  }
}

function prepareEquals(wanted: string | number | bigint | boolean, cased: boolean): (value: Value) => boolean {
  if (typeof wanted === "number" || typeof wanted === "bigint") {
    return (value) => {
      const number = numberOf(value);
      return number !== null && sameNumber(number, wanted);
    };
  }
  const folded = cased ? String(wanted) : String(wanted).toLowerCase();
  return onText((text) => (cased ? text : text.toLowerCase()) === folded);
}

function onText(run: (text: string) => boolean): (value: Value) => boolean {
  return (value) => {
    const text = textOf(value);
    return text !== null && run(text);
  };
}

function relate(how: "eq" | "contains" | "startsWith" | "endsWith", text: string, wanted: string): boolean {
  switch (how) {
    case "eq":
      return text === wanted;
    case "contains":
      return text.includes(wanted);
    case "startsWith":
      return text.startsWith(wanted);
    case "endsWith":
      return text.endsWith(wanted);
  }
}

function compare(how: "eq" | "lt" | "lte" | "gt" | "gte", value: number | bigint | null, bound: number): boolean {
  if (value === null) return false;
  switch (how) {
    case "eq":
      return sameNumber(value, bound);
    case "lt":
      return value < bound;
    case "lte":
      return value <= bound;
    case "gt":
      return value > bound;
    case "gte":
      return value >= bound;
  }
}

/** 1n and 1 are the same number. */
function sameNumber(a: number | bigint, b: number | bigint): boolean {
  return a <= b && a >= b;
}

/** A scalar's text, decimal for numbers; null for bytes and structs, which no text test matches. */
export function textOf(value: Value): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof Decimal ? value.toString() : null;
}

const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/;

/** A scalar's number, exact for whole numbers of any size; null for text that is not one, and for booleans. */
export function numberOf(value: Value): number | bigint | null {
  if (typeof value === "number" || typeof value === "bigint") return value;
  const text = typeof value === "string" ? value : value instanceof Decimal ? value.toString() : "";
  if (text.length > 400 || !DECIMAL.test(text)) return null;
  const number = Number(text);
  // BigInt refuses a leading plus.
  return Number.isSafeInteger(number) || text.includes(".") ? number : BigInt(text.replace(/^\+/, ""));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
