/**
 * Many rules over one batch, in time that hardly depends on how many they are.
 *
 *   rules ── compile ──> predicates (shared) and branches                       conjunct.ts, predicates.ts
 *
 *   batch ── 1. values ──> answers: which predicates hold, once a distinct value   field-tests.ts, text-tests.ts
 *            2. rows by route: channel and event id leave some branches            routes.ts
 *            3. answers call branches by their rarest clause                       routes.ts
 *            4. called branches are tried on the row                               conjunct.ts
 *
 * Tests on any text of an event run only where a filter over all texts finds a keyword (keyword-filter.ts).
 * The twin is `evaluate` in plan/rules: the matches are the same.
 */
import type { Batch } from "../../batch/batch.js";
import type { Expr, Test } from "../../plan/rules/expr.js";
import type { LineChoice } from "../../source/line-choice.js";
import { CodedBatch } from "./coded-column.js";
import { Compiler } from "./conjunct.js";
import { KeywordFilter } from "./keyword-filter.js";
import { PredicateTable } from "./predicates.js";
import { requiredLiterals } from "./required-literals.js";
import type { Branch, Caller, Route } from "./routes.js";
import { Routes } from "./routes.js";
import { ScanChoice } from "./scan-choice.js";

export interface MatchableRule {
  readonly when: Expr;
}

/** Pairs in order of row, then rule number. */
export interface Matches {
  readonly rows: Int32Array;
  readonly rules: Int32Array;
}

const FILTERS_MAX = 256;

export class RuleMatcher {
  readonly #table: PredicateTable;
  readonly #ruleCount: number;
  readonly #branches;
  #routes: Routes;
  #generation: number;
  readonly #filters = new Map<string, KeywordFilter>();

  /** After `before`, a matcher of nearly the same rules, only what is new is compiled. Both may go on. */
  constructor(rules: readonly MatchableRule[], before: RuleMatcher | null = null) {
    this.#table = before === null || before.#table.outgrown ? new PredicateTable() : before.#table;
    const compiler = new Compiler(this.#table);
    this.#ruleCount = Math.max(1, rules.length);
    this.#branches = rules.flatMap(({ when }, rule) =>
      compiler.branches(when).map((conjuncts) => ({ rule, conjuncts })),
    );
    this.#table.built();
    this.#generation = this.#table.memory.generation;
    this.#routes = new Routes(this.#table, this.#branches);
  }

  /** Distinct tests over all rules. */
  get predicateCount(): number {
    return this.#table.tests.length;
  }

  /** The attributes that rules read. */
  get names(): readonly string[] {
    const fields = new Set(this.#branches.flatMap(({ conjuncts }) => conjuncts.flatMap((conjunct) => conjunct.fields)));
    return [...new Set([...fields].flatMap(({ ref }) => ref?.names ?? []))];
  }

  /** For a decoder of JSON lines whose batches are for this matcher alone, and have no declared columns of the event. */
  lineChoice(): LineChoice {
    return new ScanChoice(this.#table, () => this.#routes);
  }

  match(batch: Batch): Matches {
    this.#begin(batch);
    const groups = this.#byRoute(batch.length);
    this.#askKeywords(groups);
    const found: number[] = [];
    for (const [route, rows] of groups) {
      for (const branch of route.always) for (const row of rows) this.#attempt(branch, row, found);
      for (const caller of route.callers) this.#call(caller, rows, found);
    }
    this.#table.current.batch = null;
    return this.#matches(found);
  }

  #begin(batch: Batch): void {
    const { current, memory } = this.#table;
    if (memory.full) memory.forget();
    if (this.#generation !== memory.generation) {
      this.#generation = memory.generation;
      this.#routes = new Routes(this.#table, this.#branches);
    }
    current.batch = new CodedBatch(batch);
    current.keywords.length = 0;
    this.#routes.begin();
  }

  #byRoute(length: number): Map<Route, number[]> {
    const groups = new Map<Route, number[]>();
    let last: Route | null = null;
    let rows: number[] = [];
    for (let row = 0; row < length; row++) {
      const route = this.#routes.of(row);
      if (route !== last) {
        last = route;
        rows = groups.get(route) ?? [];
        if (rows.length === 0) groups.set(route, rows);
      }
      rows.push(row);
    }
    return groups;
  }

  /** The branches that a row's value calls are tried on it; what a value calls is looked up once. */
  #call(caller: Caller, rows: readonly number[], found: number[]): void {
    const { field } = caller;
    field.bind();
    const { codes } = field;
    if (codes === null) return;
    const called = new Array<readonly Branch[] | undefined>(field.count);
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as number;
      const code = codes[row] as number;
      if (code < 0) continue;
      let branches = called[code];
      if (branches === undefined) {
        branches = caller.called(code);
        called[code] = branches;
      }
      for (let b = 0; b < branches.length; b++) this.#attempt(branches[b] as Branch, row, found);
    }
  }

  #attempt(branch: Branch, row: number, found: number[]): void {
    if (branch.holds(row)) found.push(row * this.#ruleCount + branch.rule);
  }

  /** A branch may be called more than once, and a rule has several. */
  #matches(found: readonly number[]): Matches {
    const pairs = Float64Array.from(new Set(found)).sort();
    return {
      rows: Int32Array.from(pairs, (pair) => Math.floor(pair / this.#ruleCount)),
      rules: Int32Array.from(pairs, (pair) => pair % this.#ruleCount),
    };
  }

  /** Rows that ask for keywords: those whose filter lets everything through apart from the others. */
  #askKeywords(groups: ReadonlyMap<Route, readonly number[]>): void {
    const filtered = { keywords: new Set<number>(), rows: [] as number[] };
    for (const [{ keywords }, rows] of groups) {
      if (keywords.length === 0) continue;
      const own = this.#filterOf(keywords);
      if (own.open) this.#table.current.keywords.push({ filter: own, rows });
      else {
        for (const predicate of keywords) filtered.keywords.add(predicate);
        for (const row of rows) filtered.rows.push(row);
      }
    }
    if (filtered.rows.length > 0)
      this.#table.current.keywords.push({ filter: this.#filterOf([...filtered.keywords]), rows: filtered.rows });
  }

  #filterOf(keywords: readonly number[]): KeywordFilter {
    const key = keywords.join();
    let filter = this.#filters.get(key);
    if (filter === undefined) {
      filter = new KeywordFilter(keywords.map((predicate) => requiredLiterals(this.#table.tests[predicate] as Test)));
      if (this.#filters.size === FILTERS_MAX) this.#filters.clear();
      this.#filters.set(key, filter);
    }
    return filter;
  }
}
