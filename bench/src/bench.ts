/** What a bench is: it does the same work twice, ours and a reference's, checks that both give the same answer, and tells how fast each was. */
export interface Result {
  readonly bench: string;
  readonly case: string;
  /** More is better. */
  readonly ours: number;
  readonly reference: number;
  readonly referenceName: string;
  readonly unit: string;
  readonly ratio: number;
}

export interface Bench {
  readonly name: string;
  /** tiny: some rows, to see that it works; full: to be quoted. Throws when an answer is wrong. */
  run(size: "tiny" | "full"): Promise<readonly Result[]>;
}

export interface Measured {
  /** Seconds of the median round. */
  readonly seconds: number;
  readonly answer: number;
}

/** Runs both in turn, `rounds` times after a warm-up, and takes medians: the machine's mood is the same for both. */
export async function inTurn(
  rounds: number,
  ours: () => number | Promise<number>,
  reference: () => number | Promise<number>,
): Promise<{ ours: Measured; reference: Measured }> {
  const times: [number[], number[]] = [[], []];
  const answers: [number, number] = [0, 0];
  for (let round = -1; round < rounds; round++)
    for (const [k, run] of [ours, reference].entries()) {
      const started = performance.now();
      answers[k as 0 | 1] = await run();
      if (round >= 0) times[k as 0 | 1].push((performance.now() - started) / 1000);
    }
  return {
    ours: { seconds: median(times[0]), answer: answers[0] },
    reference: { seconds: median(times[1]), answer: answers[1] },
  };
}

export function result(
  bench: string,
  name: string,
  amount: number,
  unit: string,
  referenceName: string,
  measured: { ours: Measured; reference: Measured },
): Result {
  const { ours, reference } = measured;
  if (ours.answer !== reference.answer)
    throw new Error(`${bench} ${name}: ours gave ${ours.answer}, ${referenceName} ${reference.answer}`);
  return {
    bench,
    case: name,
    ours: amount / ours.seconds,
    reference: amount / reference.seconds,
    referenceName,
    unit,
    ratio: reference.seconds / ours.seconds,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
