/** Times of two ways to do the same, taken in turns, so that what else the machine does falls on both. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Work = () => void | Promise<void>;

export async function secondsOf(work: Work): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Median seconds of each over so many rounds; the order changes from round to round. */
export async function interleaved(
  rounds: number,
  ours: Work,
  reference: Work,
): Promise<{ ours: number; reference: number }> {
  const times = { ours: [] as number[], reference: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) times.ours.push(await secondsOf(ours));
    times.reference.push(await secondsOf(reference));
    if (round % 2 === 1) times.ours.push(await secondsOf(ours));
  }
  return { ours: quantile(times.ours, 0.5), reference: quantile(times.reference, 0.5) };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}

/** A folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
