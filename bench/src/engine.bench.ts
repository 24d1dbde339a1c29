/** Filter and map over the log on one thread beside the hand-written loop over the same arrays; a keyed count with one and two workers. */
import type { App } from "millrace";
import { embed } from "millrace";
import type { Bench, Result } from "./bench.js";
import { inTurn, result } from "./bench.js";
import { BATCH_ROWS, fill, tick } from "./ticks.js";

export const engine: Bench = {
  name: "engine",
  async run(size) {
    const batches = size === "full" ? 150 : 2;
    const rounds = size === "full" ? 3 : 1;
    return [await filterMap(batches, rounds), await keyedCount(batches, rounds)];
  },
};

async function filterMap(batches: number, rounds: number): Promise<Result> {
  const columns = Array.from({ length: batches }, (_, b) => tick(b));
  const byHand = (): number => {
    let kept = 0;
    for (const [, , values] of columns) {
      const numbers = (values as { values: Float64Array }).values;
      const doubled = new Float64Array(BATCH_ROWS);
      for (let i = 0; i < BATCH_ROWS; i++)
        if ((numbers[i] as number) > 0.9999) doubled[kept++ % BATCH_ROWS] = (numbers[i] as number) * 2;
    }
    return kept;
  };
  const measured = await settled(
    "?filter",
    batches,
    rounds,
    1,
    (program) => program.status().streams.find(({ name }) => name === "out")?.rows ?? 0,
  );
  const hand = await inTurn(rounds, byHand, byHand);
  const rows = (batches * BATCH_ROWS) / 1e6;
  return result("engine", "filter + map, 1 thread", rows, "M rows/s", "loop over typed arrays", {
    ours: measured,
    reference: hand.ours,
  });
}

async function keyedCount(batches: number, rounds: number): Promise<Result> {
  const groups = (program: Awaited<ReturnType<typeof embed>>): number => program.status().views[0]?.rows ?? 0;
  const one = await settled("?count", batches, rounds, 1, groups);
  const two = await settled("?count", batches, rounds, 2, groups);
  return result("engine", "keyed tumbling count, 2 workers", (batches * BATCH_ROWS) / 1e6, "M rows/s", "1 worker", {
    ours: two,
    reference: one,
  });
}

/** Time to process what is in the log already; a new program each round. */
async function settled(
  query: string,
  batches: number,
  rounds: number,
  workers: number,
  answerOf: (program: Awaited<ReturnType<typeof embed>>) => number,
): Promise<{ seconds: number; answer: number }> {
  const { default: app } = (await import(new URL(`./ticks.app.js${query}`, import.meta.url).href)) as { default: App };
  const seconds: number[] = [];
  let answer = 0;
  for (let round = 0; round < rounds; round++) {
    const program = await embed(app, { workers, epochRows: 1_000_000 });
    await fill(program, "ticks", batches);
    await program.endInput();
    const started = performance.now();
    await program.settle();
    seconds.push((performance.now() - started) / 1000);
    answer = answerOf(program);
    await program.close();
  }
  return { seconds: seconds.sort((a, b) => a - b)[seconds.length >> 1] as number, answer };
}
