/**
 * The answers of one field over the current batch: row -> code -> answers, worked out when a code is first asked for.
 *
 * A reference may name several columns; a row's value is that of the first it has. The tests on any text of the event
 * have the answers of all its texts together.
 */
import { viewOf } from "../../batch/byte-table.js";
import type { Value } from "../../schema/types.js";
import type { Answers } from "./answers.js";
import type { CodedBatch, CodedColumn } from "./coded-column.js";
import { valueBehind } from "./coded-column.js";
import type { FieldTests } from "./field-tests.js";
import type { KeywordFilter } from "./keyword-filter.js";

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

  constructor(tests: FieldTests, current: Current) {
    this.tests = tests;
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

  valueAt(row: number): Value {
    this.bind();
    const code = this.codes === null ? -1 : (this.codes[row] as number);
    if (code < 0) return null;
    const k = this.#columnOf(code);
    return valueBehind(this.#columns[k] as CodedColumn, code - (this.#bases[k] as number));
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
    const texts = new FieldAnswers(this.tests, this.#current);
    texts.#setColumns([column.texts === null ? textsOnly(column) : column], column.codes.length);
    for (const row of rows) {
      const code = column.codes[row] as number;
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
    this.count = 0;
    this.codes = null;
    for (const column of columns) {
      this.#bases.push(this.count);
      this.codes = this.codes === null ? column.codes : firstPresent(this.codes, column.codes, this.count, rows);
      this.count += column.count;
    }
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
      let view = this.#views[k] as DataView | null;
      if (view === null) {
        view = viewOf(texts.bytes);
        this.#views[k] = view;
      }
      answers = this.tests.ofText(view, texts.offsets[own] as number, texts.offsets[own + 1] as number, distinct);
    }
    while (this.#answers.length <= code) this.#answers.push(null);
    this.#answers[code] = answers;
    return answers;
  }
}

/** Of lists the items that are text. */
function textsOnly(column: CodedColumn): CodedColumn {
  const values = column.values.map((value) =>
    Array.isArray(value) ? value.filter((item) => typeof item === "string") : [],
  );
  return { ...column, values };
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
