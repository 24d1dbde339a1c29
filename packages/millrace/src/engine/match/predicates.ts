/**
 * The distinct tests of all rules, numbered. Equal tests of different rules are one predicate and are asked once.
 *
 * A table only grows. A matcher for changed rules is made over the table of the one before it: what both have in common
 * is found by its expression, already compiled.
 */
import type { Expr, FieldRef, Test } from "../../plan/rules/expr.js";
import type { Conjunct } from "./conjunct.js";
import type { Current } from "./field-answers.js";
import { FieldAnswers } from "./field-answers.js";
import { FieldTests, Memory } from "./field-tests.js";

type FieldPairTest = Extract<Test, { kind: "compareField" }>;

export class PredicateTable {
  readonly memory = new Memory();
  readonly current: Current = { batch: null, keywords: [] };
  /** Rules' expressions as branches of conjuncts. */
  readonly compiled = new WeakMap<Expr, readonly (readonly Conjunct[])[]>();
  /** The tests on any text of the event. */
  readonly anyField: FieldTests;
  /** By number. */
  readonly tests: Test[] = [];
  readonly #fields = new Map<string, FieldTests>();
  readonly #numbers = new Map<FieldTests, Map<string, number>>();
  readonly #answers = new Map<FieldTests, FieldAnswers>();
  /** Rules of one log source share their lists of names. */
  readonly #byNames = new WeakMap<readonly string[], FieldTests>();

  constructor() {
    this.anyField = new FieldTests(null, this.memory);
  }

  field(ref: FieldRef): FieldTests {
    let field = this.#byNames.get(ref.names);
    if (field !== undefined) return field;
    const key = ref.names.join("\n");
    field = this.#fields.get(key);
    if (field === undefined) {
      field = new FieldTests(ref, this.memory);
      this.#fields.set(key, field);
    }
    this.#byNames.set(ref.names, field);
    return field;
  }

  /** Where the answers of the field stand, batch after batch. */
  answers(field: FieldTests): FieldAnswers {
    let answers = this.#answers.get(field);
    if (answers === undefined) {
      answers = new FieldAnswers(field, this.tests, this.current);
      this.#answers.set(field, answers);
    }
    return answers;
  }

  /** The number of a test of one value. */
  number(field: FieldTests, test: Exclude<Test, FieldPairTest>): number {
    let numbers = this.#numbers.get(field);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(field, numbers);
    }
    const key = keyOf(test);
    let number = numbers.get(key);
    if (number === undefined) {
      number = this.tests.push(test) - 1;
      numbers.set(key, number);
      field.add(number, test);
    }
    return number;
  }
}

/** Tests of equal meaning have equal keys. */
function keyOf(test: Test): string {
  switch (test.kind) {
    case "eq":
      return typeof test.value === "string"
        ? textKey(test.kind, test.value, test.cased)
        : `eq ${typeof test.value} ${test.value}`;
    case "contains":
    case "startsWith":
    case "endsWith":
      return textKey(test.kind, test.value, test.cased);
    default:
      // As text, a number that JSON does not have keeps its name.
      return JSON.stringify(test, (_name, value: unknown) => (typeof value === "number" ? String(value) : value));
  }
}

function textKey(kind: string, text: string, cased: boolean): string {
  return cased ? `${kind} cased ${text}` : `${kind} ${text.toLowerCase()}`;
}
