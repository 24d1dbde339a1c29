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

/** All answers met; grows with them until its owner begins a new one. */
export class AnswerSets {
  readonly none: Answers = { id: 0, fired: new Int32Array(0) };
  size = 1;
  /** By hash of their numbers. */
  readonly #known = new Map<number, Answers[]>();

  /** The answers of these predicates, in any order, each perhaps more than once. The list is put in order. */
  of(predicates: number[]): Answers {
    const count = sortedDistinct(predicates);
    if (count === 0) return this.none;
    let hash = count;
    for (let k = 0; k < count; k++) hash = Math.imul(hash ^ (predicates[k] as number), 0x9e3779b1);
    const alike = this.#known.get(hash) ?? [];
    for (const answers of alike) if (sameNumbers(answers.fired, predicates, count)) return answers;
    const answers = { id: this.size++, fired: Int32Array.from(predicates.slice(0, count)) };
    this.#known.set(hash, [...alike, answers]);
    return answers;
  }
}

/** Sorts and drops repetitions, in place; returns how many are left at the front. */
function sortedDistinct(numbers: number[]): number {
  if (numbers.length > 1) numbers.sort((a, b) => a - b);
  let count = 0;
  for (let k = 0; k < numbers.length; k++)
    if (count === 0 || numbers[k] !== numbers[count - 1]) numbers[count++] = numbers[k] as number;
  return count;
}

function sameNumbers(a: Int32Array, b: readonly number[], count: number): boolean {
  if (a.length !== count) return false;
  for (let k = 0; k < count; k++) if (a[k] !== b[k]) return false;
  return true;
}
