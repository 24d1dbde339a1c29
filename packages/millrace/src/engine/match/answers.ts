/**
 * What a value answers: the numbers of the predicates that hold for it, ascending. Equal answers are one object, so
 * that what follows from them (the branches of a rule set that they call for) is worked out once and remembered by `id`.
 */
export interface Answers {
  /** Small, from 0; 0 is "none of them". */
  readonly id: number;
  readonly fired: Int32Array;
}

/** Whether the predicate is among them. Most lists are of a few numbers. */
export function holds({ fired }: Answers, predicate: number): boolean {
  let from = 0;
  let to = fired.length;
  while (to - from > 8) {
    const middle = (from + to) >> 1;
    if ((fired[middle] as number) <= predicate) from = middle;
    else to = middle;
  }
  for (; from < to; from++) if (fired[from] === predicate) return true;
  return false;
}

/** Whether one of the predicates is among them. */
export function holdsAny({ fired }: Answers, predicates: ReadonlySet<number>): boolean {
  for (let k = 0; k < fired.length; k++) if (predicates.has(fired[k] as number)) return true;
  return false;
}

/** All answers met; grows with them until its owner begins a new one. */
export class AnswerSets {
  readonly none: Answers = { id: 0, fired: new Int32Array(0) };
  readonly #known = new Map<string, Answers>([["", this.none]]);

  get size(): number {
    return this.#known.size;
  }

  /** The answers of these predicates, in any order, each perhaps more than once. */
  of(predicates: readonly number[]): Answers {
    if (predicates.length === 0) return this.none;
    const fired = Int32Array.from(new Set(predicates)).sort();
    const key = fired.join();
    let answers = this.#known.get(key);
    if (answers === undefined) {
      answers = { id: this.#known.size, fired };
      this.#known.set(key, answers);
    }
    return answers;
  }
}
