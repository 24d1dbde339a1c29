/**
 * Many rules over one batch.
 *
 *   rules -> branches (a rule's top-level `any`), each a conjunction
 *   1. Equal tests of all rules are one predicate; in a batch it is asked once for each distinct value of its field.
 *   2. Branches are pruned by the values of the few fields that most of them test for equality (channel, event id):
 *      for each combination met, the branches that can hold are found once and remembered.
 *   3. The branches left are run row by row over predicates' answers.
 *
 * The twin is `evaluate` in plan/rules: the matches are the same.
 */
import type { Batch } from "../../batch/batch.js";
import { evaluate, testPair, testValue } from "../../plan/rules/evaluate.js";
import type { Expr, FieldRef, Test } from "../../plan/rules/expr.js";
import type { Value } from "../../schema/types.js";
import type { FieldColumn } from "./field-column.js";
import { fieldColumn, stringColumns } from "./field-column.js";

export interface MatchableRule {
  readonly when: Expr;
}

/** Pairs in order of row, then rule number. */
export interface Matches {
  readonly rows: Int32Array;
  readonly rules: Int32Array;
}

type RowTest = (row: number) => boolean;

interface Predicate {
  readonly field: FieldRef | null;
  readonly test: Test;
  /** Bound to the current batch. */
  run: RowTest | null;
}

interface Branch {
  readonly rule: number;
  /** For each routing field the branch's tests on it. */
  readonly routes: readonly (readonly Expr[])[];
  readonly run: RowTest;
}

const ROUTING_FIELDS_MAX = 3;
/** Combinations of routing values remembered; more are pruned anew each time. */
const ROUTES_MAX = 4096;

export class RuleMatcher {
  readonly #predicates = new Map<string, Predicate>();
  readonly #branches: Branch[] = [];
  readonly #routing: readonly FieldRef[];
  readonly #routes = new Map<string, readonly Branch[]>();
  #fields = new Map<string, FieldColumn>();
  #strings: readonly FieldColumn[] | null = null;
  #batch: Batch | null = null;

  constructor(rules: readonly MatchableRule[]) {
    const branches = rules.flatMap((rule, number) =>
      (rule.when.op === "any" ? rule.when.of : [rule.when]).map((when) => ({
        rule: number,
        conjuncts: conjunctsOf(when),
      })),
    );
    this.#routing = routingFields(branches.map((branch) => branch.conjuncts));
    for (const { rule, conjuncts } of branches) {
      const routes = this.#routing.map((ref) => conjuncts.filter((expr) => testsOnly(expr, ref)));
      const routed = new Set(routes.flat());
      const rest = conjuncts.filter((expr) => !routed.has(expr));
      this.#branches.push({ rule, routes, run: this.#compile({ op: "all", of: rest }) });
    }
  }

  /** Distinct tests over all rules. */
  get predicateCount(): number {
    return this.#predicates.size;
  }

  match(batch: Batch): Matches {
    this.#batch = batch;
    this.#fields = new Map();
    this.#strings = null;
    for (const predicate of this.#predicates.values()) predicate.run = null;
    const found: number[] = [];
    const ruleCount = this.#branches.length === 0 ? 1 : (this.#branches[this.#branches.length - 1] as Branch).rule + 1;
    for (const { branches, rows } of this.#byRoute(batch))
      for (const branch of branches)
        for (const row of rows) if (branch.run(row)) found.push(row * ruleCount + branch.rule);
    const pairs = Float64Array.from(new Set(found)).sort();
    this.#batch = null;
    return {
      rows: Int32Array.from(pairs, (pair) => Math.floor(pair / ruleCount)),
      rules: Int32Array.from(pairs, (pair) => pair % ruleCount),
    };
  }

  /** Rows with equal routing values together, with the branches that these values leave. */
  #byRoute(batch: Batch): Iterable<{ branches: readonly Branch[]; rows: readonly number[] }> {
    const columns = this.#routing.map((ref) => this.#field(ref));
    const groups = new Map<string, { branches: readonly Branch[]; rows: number[] }>();
    for (let row = 0; row < batch.length; row++) {
      let key = "";
      for (const column of columns) key += `${column.codes[row]},`;
      let group = groups.get(key);
      if (group === undefined) {
        const values = columns.map((column) => {
          const code = column.codes[row] as number;
          return code < 0 ? null : (column.values[code] as Value);
        });
        group = { branches: this.#branchesFor(values), rows: [] };
        groups.set(key, group);
      }
      group.rows.push(row);
    }
    return groups.values();
  }

  #branchesFor(values: readonly Value[]): readonly Branch[] {
    const key = JSON.stringify(
      values.map((value) =>
        value === null ? null : `${typeof value} ${Array.isArray(value) ? JSON.stringify(value) : String(value)}`,
      ),
    );
    let branches = this.#routes.get(key);
    if (branches === undefined) {
      branches = this.#branches.filter((branch) =>
        branch.routes.every((tests, k) => {
          const row = { get: () => values[k] ?? null, strings: () => [] };
          return tests.every((test) => evaluate(test, row));
        }),
      );
      if (this.#routes.size < ROUTES_MAX) this.#routes.set(key, branches);
    }
    return branches;
  }

  #compile(expr: Expr): RowTest {
    switch (expr.op) {
      case "always":
        return expr.value ? () => true : () => false;
      case "not": {
        const operand = this.#compile(expr.of);
        return (row) => !operand(row);
      }
      case "all": {
        const operands = expr.of.map((operand) => this.#compile(operand));
        return (row) => {
          for (let k = 0; k < operands.length; k++) if (!(operands[k] as RowTest)(row)) return false;
          return true;
        };
      }
      case "any": {
        const operands = expr.of.map((operand) => this.#compile(operand));
        return (row) => {
          for (let k = 0; k < operands.length; k++) if ((operands[k] as RowTest)(row)) return true;
          return false;
        };
      }
      case "test":
        return this.#predicate(expr.field, expr.test);
      case "anyField":
        return this.#predicate(null, expr.test);
    }
  }

  #predicate(field: FieldRef | null, test: Test): RowTest {
    const key = JSON.stringify([field?.names ?? null, test], (_key, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
    let predicate = this.#predicates.get(key);
    if (predicate === undefined) {
      predicate = { field, test, run: null };
      this.#predicates.set(key, predicate);
    }
    const shared = predicate;
    return (row) => {
      shared.run ??= this.#bind(shared);
      return shared.run(row);
    };
  }

  #bind({ field, test }: Predicate): RowTest {
    if (field === null) {
      this.#strings ??= stringColumns(this.#batch as Batch);
      const tests = this.#strings.map((column) => perValue(column, test));
      return (row) => tests.some((run) => run(row));
    }
    const column = this.#field(field);
    if (test.kind !== "compareField") return perValue(column, test);
    const other = this.#field(test.other);
    const at = (from: FieldColumn, row: number): Value => {
      const code = from.codes[row] as number;
      return code < 0 ? null : (from.values[code] as Value);
    };
    return (row) => testPair(test, at(column, row), at(other, row));
  }

  #field(ref: FieldRef): FieldColumn {
    const key = ref.names.join("\n");
    let column = this.#fields.get(key);
    if (column === undefined) {
      column = fieldColumn(this.#batch as Batch, ref);
      this.#fields.set(key, column);
    }
    return column;
  }
}

/** Asks once for each distinct value. */
function perValue({ codes, values }: FieldColumn, test: Test): RowTest {
  const absent = testValue(test, null);
  // 0: not asked yet, 1: false, 2: true
  const answers = new Uint8Array(values.length);
  return (row) => {
    const code = codes[row] as number;
    if (code < 0) return absent;
    let answer = answers[code] as number;
    if (answer === 0) {
      answer = testValue(test, values[code] as Value) ? 2 : 1;
      answers[code] = answer;
    }
    return answer === 2;
  };
}

function conjunctsOf(expr: Expr): readonly Expr[] {
  return expr.op === "all" ? expr.of : [expr];
}

/** Whether the expression tests nothing but equality of this field, so that the field's value alone decides it. */
function testsOnly(expr: Expr, ref: FieldRef): boolean {
  if (expr.op === "any") return expr.of.length > 0 && expr.of.every((operand) => testsOnly(operand, ref));
  return expr.op === "test" && expr.test.kind === "eq" && sameNames(expr.field, ref);
}

function sameNames(a: FieldRef, b: FieldRef): boolean {
  return a.names.length === b.names.length && a.names.every((name, k) => name === b.names[k]);
}

/** The fields that most branches test for equality at the top. */
function routingFields(branches: readonly (readonly Expr[])[]): readonly FieldRef[] {
  const counts = new Map<string, { ref: FieldRef; count: number }>();
  for (const conjuncts of branches)
    for (const expr of conjuncts) {
      const first = expr.op === "any" ? expr.of[0] : expr;
      if (first?.op !== "test" || !testsOnly(expr, first.field)) continue;
      const key = first.field.names.join("\n");
      const entry = counts.get(key) ?? { ref: first.field, count: 0 };
      entry.count++;
      counts.set(key, entry);
    }
  return [...counts.values()]
    .filter(({ count }) => count * 10 >= branches.length)
    .sort((a, b) => b.count - a.count)
    .slice(0, ROUTING_FIELDS_MAX)
    .map(({ ref }) => ref);
}
