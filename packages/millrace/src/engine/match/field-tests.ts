/**
 * All predicates on one field, over all rules: from a value to its answers.
 *
 *   value (bytes of text, number, list, …) -> remembered? -> answers
 *                                                └─ no: text-tests.ts, numbers by table, the rest one by one
 *
 * Events say the same things over and over, so answers are remembered from batch to batch, by the value's bytes, until
 * `Memory` is full and all is forgotten at once.
 */
import { ByteTable } from "../../batch/byte-table.js";
import { numberOf, testValue, textOf } from "../../plan/rules/evaluate.js";
import type { FieldRef, Test } from "../../plan/rules/expr.js";
import type { Value } from "../../schema/types.js";
import type { Answers } from "./answers.js";
import { AnswerSets } from "./answers.js";
import { FoldedText } from "./folded-text.js";
import { TextTests } from "./text-tests.js";

/** Longer texts are rarely the same twice. */
const REMEMBERED_TEXT_BYTES_MAX = 4096;
/** Of texts remembered, for all fields. */
const REMEMBERED_BYTES_MAX = 64 << 20;
const ANSWER_SETS_MAX = 100_000;

/** What is remembered of values, for all fields of a table of predicates. */
export class Memory {
  sets = new AnswerSets();
  bytes = 0;
  /** Changes when everything is forgotten: what was made of answers before is void. */
  generation = 0;

  get full(): boolean {
    return this.bytes > REMEMBERED_BYTES_MAX || this.sets.size > ANSWER_SETS_MAX;
  }

  forget(): void {
    this.sets = new AnswerSets();
    this.bytes = 0;
    this.generation++;
  }
}

const folded = new FoldedText();

export class FieldTests {
  /** Null: the tests on any text of the event; no text is absent. */
  readonly ref: FieldRef | null;
  readonly #memory: Memory;
  readonly #text = new TextTests();
  /** Predicates that hold for any value; for no value. */
  readonly #present: number[] = [];
  readonly #absent: number[] = [];
  /** Equality with a whole number that a double holds exactly. */
  readonly #numbers = new Map<number, number[]>();
  readonly #others: { readonly predicate: number; readonly test: Test }[] = [];
  readonly #fired: number[] = [];
  #generation = -1;
  #texts = new ByteTable();
  #ofTexts: Answers[] = [];
  #ofValues = new Map<Value, Answers>();
  #ofNothing: Answers | null = null;

  constructor(ref: FieldRef | null, memory: Memory) {
    this.ref = ref;
    this.#memory = memory;
  }

  /** What was remembered did not ask this one, and is forgotten. */
  add(predicate: number, test: Test): void {
    this.#generation = -1;
    switch (test.kind) {
      case "exists":
        this.#present.push(predicate);
        return;
      case "absent":
        if (this.ref !== null) this.#absent.push(predicate);
        return;
      case "eq":
        if (typeof test.value === "bigint" || (typeof test.value === "number" && !Number.isSafeInteger(test.value)))
          this.#others.push({ predicate, test });
        else if (typeof test.value === "number")
          this.#numbers.set(test.value, [...(this.#numbers.get(test.value) ?? []), predicate]);
        else this.#text.add(predicate, test);
        return;
      case "contains":
      case "startsWith":
      case "endsWith":
      case "like":
      case "matches":
      case "cidr":
        this.#text.add(predicate, test);
        return;
      default:
        this.#others.push({ predicate, test });
    }
  }

  get absent(): Answers {
    this.#refresh();
    this.#ofNothing ??= this.#memory.sets.of([...this.#absent]);
    return this.#ofNothing;
  }

  /** The answers of a text: view[from, to) in UTF-8. Texts that come once only need not be remembered. */
  ofText(view: DataView, from: number, to: number, remember: boolean): Answers {
    this.#refresh();
    if (!remember || to - from > REMEMBERED_TEXT_BYTES_MAX) return this.#askText(view, from, to);
    const texts = this.#texts;
    const id = texts.intern(view, from, to);
    if (id < 0) return this.#askText(view, from, to);
    if (texts.fresh) {
      texts.fresh = false;
      this.#memory.bytes += to - from + 64;
      this.#ofTexts[id] = this.#askText(view, from, to);
    }
    return this.#ofTexts[id] as Answers;
  }

  /** The answers of any other value but null. */
  ofValue(value: Value): Answers {
    this.#refresh();
    if (typeof value === "object") return this.#ask(value);
    let answers = this.#ofValues.get(value);
    if (answers === undefined) {
      answers = this.#ask(value);
      this.#memory.bytes += 64 + (typeof value === "string" ? 2 * value.length : 0);
      this.#ofValues.set(value, answers);
    }
    return answers;
  }

  /** The answers of several values as if they were one. */
  together(fired: number[]): Answers {
    return this.#memory.sets.of(fired);
  }

  #refresh(): void {
    if (this.#generation === this.#memory.generation) return;
    this.#generation = this.#memory.generation;
    this.#texts = new ByteTable();
    this.#ofTexts = [];
    this.#ofValues = new Map();
    this.#ofNothing = null;
  }

  #askText(view: DataView, from: number, to: number): Answers {
    folded.set(view, from, to);
    for (const predicate of this.#present) this.#fired.push(predicate);
    this.#fireText();
    return this.#answers();
  }

  #ask(value: Value): Answers {
    for (const predicate of this.#present) this.#fired.push(predicate);
    this.#fireValue(value);
    return this.#answers();
  }

  #answers(): Answers {
    const answers = this.#memory.sets.of(this.#fired);
    this.#fired.length = 0;
    return answers;
  }

  /** A list holds what one of its items holds. */
  #fireValue(value: Value): void {
    if (Array.isArray(value)) {
      for (const item of value as readonly Value[]) if (item !== null) this.#fireValue(item);
      return;
    }
    const text = textOf(value);
    if (text === null) {
      for (const { predicate, test } of this.#others) if (testValue(test, value)) this.#fired.push(predicate);
      return;
    }
    folded.setString(text);
    this.#text.fire(folded, this.#fired);
    this.#fireNumber(value);
  }

  /** What is in `folded`. */
  #fireText(): void {
    this.#text.fire(folded, this.#fired);
    if (this.#numbers.size > 0 || this.#others.length > 0) this.#fireNumber(folded.original());
  }

  #fireNumber(value: Value): void {
    if (this.#numbers.size > 0) {
      const number = numberOf(value);
      const equal = number === null ? undefined : this.#numbers.get(Number(number));
      if (equal !== undefined) for (const predicate of equal) this.#fired.push(predicate);
    }
    for (const { predicate, test } of this.#others) if (testValue(test, value)) this.#fired.push(predicate);
  }
}
