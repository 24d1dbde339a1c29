/** What a bench says. `ratio` is above 1 where we are better than what we are compared with. */
export interface Result {
  readonly bench: string;
  readonly case: string;
  readonly ours: number;
  readonly reference: number;
  readonly referenceName: string;
  readonly unit: string;
  readonly ratio: number;
}

/** tiny: milliseconds, so that it runs with the tests. full: sizes that say something. */
export type Size = "tiny" | "full";

export interface Bench {
  readonly name: string;
  /** One line for the table: what is done on either side. */
  readonly about: string;
  /** Checks its own answer and throws when that is wrong. */
  run(size: Size): Promise<Result[]>;
}

export interface Compared {
  readonly bench: string;
  readonly case: string;
  readonly referenceName: string;
}

/** Work done in a time: more a second is better. `amount` is in the unit: MB, million rows, events. */
export function rateResult(
  compared: Compared,
  unit: string,
  amount: number,
  seconds: { readonly ours: number; readonly reference: number },
): Result {
  return {
    ...compared,
    ours: amount / seconds.ours,
    reference: amount / seconds.reference,
    unit,
    ratio: seconds.reference / seconds.ours,
  };
}

/** A latency beside another, or beside what it should be: less is better. */
export function latencyResult(compared: Compared, ours: number, reference: number): Result {
  return { ...compared, ours, reference, unit: "ms", ratio: reference / ours };
}

/** Throws when a bench's answer is not what it should be. */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)}, should be ${String(expected)}`);
}
