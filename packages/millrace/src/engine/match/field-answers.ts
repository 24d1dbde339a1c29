/**
 * The answers of one field over the current batch: row -> code -> answers, worked out when a code is first asked for.
 *
 * A long text that hardly repeats is first looked through for what would call a branch at all, and the few other
 * predicates that then matter are asked one by one; when they become many it is asked everything.
 *
 * A reference may name several columns; a row's value is that of the first it has. The tests on any text of the event
 * have the answers of all its texts together.
 */
import { viewOf } from "../../batch/byte-table.js";
import type { Utf8Vector } from "../../batch/vector.js";
import { testValue, textsOf } from "../../plan/rules/evaluate.js";
import type { Test } from "../../plan/rules/expr.js";
import type { Value } from "../../schema/types.js";
import type { Answers } from "./answers.js";
import { holds } from "./answers.js";
import type { CodedBatch, CodedColumn } from "./coded-column.js";
import { valueBehind } from "./coded-column.js";
import type { FieldTests } from "./field-tests.js";
import type { KeywordFilter } from "./keyword-filter.js";

/** Predicates that a long text is asked one by one. */
const ASKED_ALONE_MAX = 6;

/** What all fields look at: set by the matcher for each batch. */
export interface Current {
  batch: CodedBatch | null;
  /** For the tests on any text of the event: rows that ask them, with what tells quickly that a column has none. */
  readonly keywords: { readonly filter: KeywordFilter; readonly rows: readonly number[] }[];
}

export class FieldAnswers {
  readonly tests: FieldTests;
  /** Row -> code; null when no row has the field. */
  codes: Int32Array | null = null;
  /** Codes are below it. */
  count = 0;
  readonly #current: Current;
  #batch: CodedBatch | null = null;
  #absent: Answers;
  #columns: readonly CodedColumn[] = [];
  /** Where the codes of each column begin. */
  #bases: number[] = [];
  #views: (DataView | null)[] = [];
  #answers: (Answers | null)[] = [];
  /** Of long texts: how many predicates were asked one by one. */
  #asked: number[] = [];
  readonly #tests: readonly Test[];

  /** `predicates` are all tests by number. */
  constructor(tests: FieldTests, predicates: readonly Test[], current: Current) {
    this.tests = tests;
    this.#tests = predicates;
    this.#current = current;
    this.#absent = tests.absent;
  }

  at(row: number): Answers {
    this.bind();
    const code = this.codes === null ? -1 : (this.codes[row] as number);
    return code < 0 ? this.#absent : this.of(code);
  }

  of(code: number): Answers {
    return this.#answers[code] ?? this.#ask(code);
  }

  /** Whether the predicate holds for the row. */
  holds(row: number, predicate: number): boolean {
    this.bind();
    const code = this.codes === null ? -1 : (this.codes[row] as number);
    if (code < 0) return holds(this.#absent, predicate);
    const answers = this.#answers[code] ?? null;
    if (answers === null && this.isLong(code) && this.#few(code))
      return testValue(this.#tests[predicate] as Test, this.#value(code));
    return holds(answers ?? this.#ask(code), predicate);
  }

  /** Whether one of the predicates holds for the row. */
  holdsAny(row: number, predicates: ReadonlySet<number>): boolean {
    this.bind();
    const code = this.codes === null ? -1 : (this.codes[row] as number);
    if (code >= 0 && this.isLong(code)) {
      for (const predicate of predicates) if (this.holds(row, predicate)) return true;
      return false;
    }
    const { fired } = this.at(row);
    for (let k = 0; k < fired.length; k++) if (predicates.has(fired[k] as number)) return true;
    return false;
  }

  /** Whether the value is a long text that has not been asked everything yet. */
  isLong(code: number): boolean {
    return this.#columns[this.#columnOf(code)]?.long === true && (this.#answers[code] ?? null) === null;
  }

  /** Whether a long text may hold one of the filter's keywords. */
  mayHold(code: number, filter: KeywordFilter): boolean {
    const k = this.#columnOf(code);
    const { offsets } = (this.#columns[k] as CodedColumn).texts as Utf8Vector;
    const own = code - (this.#bases[k] as number);
    return filter.mayHold(this.#view(k), offsets[own] as number, offsets[own + 1] as number);
  }

  valueAt(row: number): Value {
    this.bind();
    const code = this.codes === null ? -1 : (this.codes[row] as number);
    return code < 0 ? null : this.#value(code);
  }

  /** Looks at the current batch, unless it does. */
  bind(): void {
    const { batch } = this.#current;
    if (this.#batch === batch || batch === null) return;
    this.#batch = batch;
    const { ref } = this.tests;
    this.#setColumns(ref === null ? [] : batch.named(ref.names), batch.length);
    if (ref === null) this.#bindTexts(batch);
  }

  /** For the tests on any text: a row's code is the number of the answers of all its texts. */
  #bindTexts(batch: CodedBatch): void {
    const { keywords } = this.#current;
    if (keywords.length === 0) return;
    const firedOf = new Map<number, number[]>();
    for (const column of batch.texts())
      for (const { filter, rows } of keywords) {
        const candidates = column.texts === null ? null : filter.candidates(column.texts);
        if (candidates?.size !== 0) this.#addTexts(column, candidates, rows, firedOf);
      }
    if (firedOf.size === 0) return;
    this.codes = new Int32Array(batch.length).fill(-1);
    for (const [row, fired] of firedOf) this.codes[row] = this.#answers.push(this.tests.together(fired)) - 1;
    this.count = this.#answers.length;
  }

  #addTexts(
    column: CodedColumn,
    candidates: ReadonlySet<number> | null,
    rows: readonly number[],
    firedOf: Map<number, number[]>,
  ): void {
    const texts = new FieldAnswers(this.tests, this.#tests, this.#current);
    const coded = column.texts === null ? textsOnly(column) : column;
    texts.#setColumns([coded], coded.codes.length);
    for (const row of rows) {
      const code = coded.codes[row] as number;
      if (code < 0 || candidates?.has(code) === false) continue;
      const { fired } = texts.of(code);
      if (fired.length === 0) continue;
      const known = firedOf.get(row);
      if (known === undefined) firedOf.set(row, [...fired]);
      else known.push(...fired);
    }
  }

  #setColumns(columns: readonly CodedColumn[], rows: number): void {
    this.#absent = this.tests.absent;
    this.#columns = columns;
    this.#bases = [];
    this.#views = columns.map(() => null);
    this.#answers = [];
    this.#asked = [];
    this.count = 0;
    this.codes = null;
    for (const column of columns) {
      this.#bases.push(this.count);
      this.codes = this.codes === null ? column.codes : firstPresent(this.codes, column.codes, this.count, rows);
      this.count += column.count;
    }
  }

  #value(code: number): Value {
    const k = this.#columnOf(code);
    return valueBehind(this.#columns[k] as CodedColumn, code - (this.#bases[k] as number));
  }

  /** Counts one more question to a text; whether it has been asked few. */
  #few(code: number): boolean {
    while (this.#asked.length <= code) this.#asked.push(0);
    const asked = (this.#asked[code] as number) + 1;
    this.#asked[code] = asked;
    return asked <= ASKED_ALONE_MAX;
  }

  #view(k: number): DataView {
    let view = this.#views[k] as DataView | null;
    if (view === null) {
      view = viewOf(((this.#columns[k] as CodedColumn).texts as Utf8Vector).bytes);
      this.#views[k] = view;
    }
    return view;
  }

  #columnOf(code: number): number {
    let k = this.#bases.length - 1;
    while (code < (this.#bases[k] as number)) k--;
    return k;
  }

  #ask(code: number): Answers {
    const k = this.#columnOf(code);
    const { texts, values, distinct } = this.#columns[k] as CodedColumn;
    const own = code - (this.#bases[k] as number);
    let answers: Answers;
    if (texts === null) answers = this.tests.ofValue(values[own] as Value);
    else {
      const from = texts.offsets[own] as number;
      answers = this.tests.ofText(this.#view(k), from, texts.offsets[own + 1] as number, distinct);
    }
    while (this.#answers.length <= code) this.#answers.push(null);
    this.#answers[code] = answers;
    return answers;
  }
}

/** Lists as lists of their texts; one without any is no text at all. */
function textsOnly(column: CodedColumn): CodedColumn {
  const values = column.values.map((value) => [...textsOf(value)]);
  const codes = column.codes.map((code) => (code >= 0 && (values[code] as string[]).length > 0 ? code : -1));
  return { ...column, codes, values };
}

/** The codes of `a`, and where it has none those of `b`, which begin at `base`. */
function firstPresent(a: Int32Array, b: Int32Array, base: number, rows: number): Int32Array {
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const code = a[row] as number;
    const other = b[row] as number;
    codes[row] = code >= 0 || other < 0 ? code : other + base;
  }
  return codes;
}
