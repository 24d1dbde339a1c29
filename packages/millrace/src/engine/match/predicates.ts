/**
 * The distinct tests of all rules, numbered. Equal tests of different rules are one predicate and are asked once.
 *
 * A table only grows. A matcher for changed rules is made over the table of the one before it: what both have in common
 * is found by its expression, already compiled. After many changes most of a table may be of rules that are gone: then
 * the next matcher begins a new one.
 */
import type { Expr, FieldRef, Test } from "../../plan/rules/expr.js";
import type { Conjunct } from "./conjunct.js";
import type { Current } from "./field-answers.js";
import { FieldAnswers } from "./field-answers.js";
import { FieldTests, Memory } from "./field-tests.js";

type FieldPairTest = Extract<Test, { kind: "compareField" }>;

const GROWN_TESTS_MIN = 10_000;

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
  /** By field, by kind of test. */
  readonly #numbers = new Map<FieldTests, Map<string, Map<string, number>>>();
  readonly #answers = new Map<FieldTests, FieldAnswers>();
  /** Rules of one log source share their lists of names. */
  readonly #byNames = new WeakMap<readonly string[], FieldTests>();

  /** Distinct tests of the first matcher made over the table. */
  #first = -1;

  constructor() {
    this.anyField = new FieldTests(null, this.memory);
  }

  /** A matcher has been made over it. */
  built(): void {
    if (this.#first < 0) this.#first = this.tests.length;
  }

  get outgrown(): boolean {
    return this.tests.length > 2 * this.#first + GROWN_TESTS_MIN;
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
    const kinds = this.#numbers.get(field) ?? new Map<string, Map<string, number>>();
    this.#numbers.set(field, kinds);
    const [kind, key] = keyOf(test);
    const numbers = kinds.get(kind) ?? new Map<string, number>();
    kinds.set(kind, numbers);
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
function keyOf(test: Test): readonly [kind: string, key: string] {
  switch (test.kind) {
    case "eq":
      if (typeof test.value !== "string") return [typeof test.value, String(test.value)];
      return test.cased ? ["eq cased", test.value] : ["eq", test.value.toLowerCase()];
    case "contains":
    case "startsWith":
    case "endsWith":
      return test.cased ? [`${test.kind} cased`, test.value] : [test.kind, test.value.toLowerCase()];
    default:
      // As text, a number that JSON does not have keeps its name.
      return [
        "other",
        JSON.stringify(test, (_name, value: unknown) => (typeof value === "number" ? String(value) : value)),
      ];
  }
}
