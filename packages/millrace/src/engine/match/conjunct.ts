/**
 * Expressions compiled to functions of a row, over the answers of the current batch.
 *
 *   rule -> branches (the operands of its top-level `any`) -> conjuncts (those of a branch's `all`)
 *
 * A conjunct knows two things besides: the one field that alone decides it, if there is one, by which branches are
 * routed; and its *clause*, predicates of which at least one has fired wherever the conjunct holds, by which a branch
 * is called at all.
 */
import { testPair } from "../../plan/rules/evaluate.js";
import type { Expr, FieldRef, Test } from "../../plan/rules/expr.js";
import type { Answers } from "./answers.js";
import { holds } from "./answers.js";
import type { FieldTests } from "./field-tests.js";
import type { PredicateTable } from "./predicates.js";

export type RowTest = (row: number) => boolean;

export interface Called {
  readonly field: FieldTests;
  readonly predicate: number;
}

export interface Clause {
  readonly any: readonly Called[];
  /** How often it is likely to fire; only the order counts. */
  readonly cost: number;
}

export interface Conjunct {
  readonly holds: RowTest;
  /** Equal for conjuncts of equal meaning that one field decides; null for others. */
  readonly route: {
    readonly field: FieldTests;
    readonly key: string;
    readonly holds: (answers: Answers) => boolean;
  } | null;
  readonly clause: Clause | null;
  /** What it reads. */
  readonly fields: readonly FieldTests[];
  /** Predicates on any text of the event. */
  readonly keywords: readonly number[];
}

type Leaf = Extract<Expr, { op: "test" | "anyField" }>;

/** Kinds of tests that log sources are told apart by. */
const ROUTES_BY: ReadonlySet<Test["kind"]> = new Set(["eq", "exists", "absent"]);

export class Compiler {
  readonly #table: PredicateTable;
  /** The tests of the conjunct that is being compiled. */
  readonly #numbered = new Map<Leaf, Called | null>();

  constructor(table: PredicateTable) {
    this.#table = table;
  }

  /** The branches of a rule's expression; a rule known to the table is not compiled again. */
  branches(when: Expr): readonly (readonly Conjunct[])[] {
    let branches = this.#table.compiled.get(when);
    if (branches === undefined) {
      branches = (when.op === "any" ? when.of : [when]).map((branch) =>
        (branch.op === "all" ? branch.of : [branch]).map((expr) => this.#conjunct(expr)),
      );
      this.#table.compiled.set(when, branches);
    }
    return branches;
  }

  #conjunct(expr: Expr): Conjunct {
    const tests: Leaf[] = [];
    collect(expr, tests);
    const fields = new Set<FieldTests>();
    const keywords: number[] = [];
    this.#numbered.clear();
    for (const leaf of tests) {
      const called = this.#number(leaf);
      this.#numbered.set(leaf, called);
      if (called?.field === this.#table.anyField) keywords.push(called.predicate);
      else if (called !== null) fields.add(called.field);
      else for (const ref of pairOf(leaf)) fields.add(this.#table.field(ref));
    }
    const [field] = fields;
    const routes = field !== undefined && fields.size === 1 && tests.every(({ test }) => ROUTES_BY.has(test.kind));
    return {
      holds: this.#row(expr),
      route: routes && keywords.length === 0 ? { field, key: this.#key(expr), holds: this.#ofAnswers(expr) } : null,
      clause: this.#clause(expr),
      fields: [...fields],
      keywords,
    };
  }

  #number(leaf: Leaf): Called | null {
    if (leaf.test.kind === "compareField") return null;
    const field = leaf.op === "test" ? this.#table.field(leaf.field) : this.#table.anyField;
    return { field, predicate: this.#table.number(field, leaf.test) };
  }

  /** Null for a comparison of two fields. */
  #called(leaf: Leaf): Called | null {
    return this.#numbered.get(leaf) ?? null;
  }

  #row(expr: Expr): RowTest {
    switch (expr.op) {
      case "always":
        return expr.value ? () => true : () => false;
      case "not": {
        const operand = this.#row(expr.of);
        return (row) => !operand(row);
      }
      case "all":
        return allOf(expr.of.map((operand) => this.#row(operand)));
      case "any":
        return anyOf(this.#anyOperands(expr.of));
      case "test":
      case "anyField": {
        const called = this.#called(expr);
        if (called === null) return this.#pair(expr);
        const answers = this.#table.answers(called.field);
        const { predicate } = called;
        return (row) => answers.holds(row, predicate);
      }
    }
  }

  /** Tests of one field under one `any` are one look at what fired. */
  #anyOperands(operands: readonly Expr[]): RowTest[] {
    const byField = new Map<FieldTests, Set<number>>();
    const others: RowTest[] = [];
    for (const operand of operands) {
      const called = operand.op === "test" || operand.op === "anyField" ? this.#called(operand) : null;
      if (called === null) others.push(this.#row(operand));
      else byField.set(called.field, (byField.get(called.field) ?? new Set()).add(called.predicate));
    }
    const tests = [...byField].map(([field, predicates]): RowTest => {
      const answers = this.#table.answers(field);
      return (row) => answers.holdsAny(row, predicates);
    });
    return [...tests, ...others];
  }

  #pair(expr: Leaf): RowTest {
    const test = expr.test as Extract<Test, { kind: "compareField" }>;
    const [left, right] = pairOf(expr).map((ref) => this.#table.answers(this.#table.field(ref)));
    if (left === undefined || right === undefined) return () => false;
    return (row) => testPair(test, left.valueAt(row), right.valueAt(row));
  }

  /** As `#row`, for an expression over one field. */
  #ofAnswers(expr: Expr): (answers: Answers) => boolean {
    switch (expr.op) {
      case "always":
        return () => expr.value;
      case "not": {
        const operand = this.#ofAnswers(expr.of);
        return (answers) => !operand(answers);
      }
      case "all":
      case "any": {
        const operands = expr.of.map((operand) => this.#ofAnswers(operand));
        return expr.op === "all"
          ? (answers) => operands.every((operand) => operand(answers))
          : (answers) => operands.some((operand) => operand(answers));
      }
      case "test":
      case "anyField": {
        const { predicate } = this.#called(expr) as Called;
        return (answers) => holds(answers, predicate);
      }
    }
  }

  #key(expr: Expr): string {
    switch (expr.op) {
      case "always":
        return String(expr.value);
      case "not":
        return `!${this.#key(expr.of)}`;
      case "all":
      case "any":
        return `${expr.op}(${expr.of.map((operand) => this.#key(operand)).join()})`;
      case "test":
      case "anyField":
        return String((this.#called(expr) as Called).predicate);
    }
  }

  #clause(expr: Expr): Clause | null {
    switch (expr.op) {
      case "all":
        return expr.of.map((operand) => this.#clause(operand)).reduce(cheaper, null);
      case "any": {
        const clauses = expr.of.map((operand) => this.#clause(operand));
        if (clauses.length === 0 || clauses.some((clause) => clause === null)) return null;
        const whole = clauses as readonly Clause[];
        return { any: whole.flatMap(({ any }) => any), cost: whole.reduce((sum, { cost }) => sum + cost, 0) };
      }
      case "test":
      case "anyField": {
        // `absent` holds where nothing is that could fire.
        const called = expr.test.kind === "absent" ? null : this.#called(expr);
        return called === null ? null : { any: [called], cost: likelihood(expr.test) };
      }
      default:
        return null;
    }
  }
}

function collect(expr: Expr, tests: Leaf[]): void {
  switch (expr.op) {
    case "all":
    case "any":
      for (const operand of expr.of) collect(operand, tests);
      break;
    case "not":
      collect(expr.of, tests);
      break;
    case "test":
    case "anyField":
      tests.push(expr);
  }
}

/** The two fields that a comparison reads. */
function pairOf(expr: Leaf): readonly FieldRef[] {
  return expr.op === "test" && expr.test.kind === "compareField" ? [expr.field, expr.test.other] : [];
}

export function cheaper(a: Clause | null, b: Clause | null): Clause | null {
  if (a === null || b === null) return a ?? b;
  return b.cost < a.cost ? b : a;
}

/** A guess of how often a test holds: long literals are rare. */
function likelihood(test: Test): number {
  switch (test.kind) {
    case "eq":
      return typeof test.value === "string" ? rarity(test.value.length + 2) : 0.05;
    case "contains":
    case "startsWith":
    case "endsWith":
      return rarity(test.value.length);
    case "like":
      return rarity(Math.max(0, ...test.parts.map((part) => (typeof part === "string" ? part.length : 0))));
    case "exists":
      return 1;
    case "matches":
      return 0.1;
    default:
      return 0.3;
  }
}

function rarity(length: number): number {
  return 0.75 ** Math.min(length, 32);
}

function allOf(operands: readonly RowTest[]): RowTest {
  return (row) => {
    for (let k = 0; k < operands.length; k++) if (!(operands[k] as RowTest)(row)) return false;
    return true;
  };
}

function anyOf(operands: readonly RowTest[]): RowTest {
  if (operands.length === 1) return operands[0] as RowTest;
  return (row) => {
    for (let k = 0; k < operands.length; k++) if ((operands[k] as RowTest)(row)) return true;
    return false;
  };
}
