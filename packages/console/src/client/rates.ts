/** Rates from counters: what happened between two samples, over the time between them. */
import type { LiveNumbers } from "millrace/client";

export interface Sample {
  /** The server's clock, epoch ms. */
  readonly at: number;
  readonly plan: string;
  readonly events: number;
  readonly alerts: number;
  readonly lag: number;
  /** Rows by stream. */
  readonly streams: Readonly<Record<string, number>>;
  readonly epochs: number;
  /** Time the engine worked: running epochs and committing them, ms. */
  readonly workMs: number;
  readonly commitMs: number;
  /** By edge, by node: see GraphNumbers. */
  readonly rows: readonly number[];
  readonly busyMs: readonly number[];
}

const KEPT_MS = 10 * 60_000;
const EVERY_MS = 950;
/** What a rate is worked out over. */
const RATE_MS = 5000;

export function sampleOf({ status, graph }: LiveNumbers): Sample {
  return {
    at: graph.at,
    plan: status.plan,
    events: status.events,
    alerts: status.alerts,
    lag: status.lag,
    streams: Object.fromEntries(status.streams.map(({ name, rows }) => [name, rows])),
    epochs: graph.epochs,
    workMs: graph.runMs + graph.commitMs,
    commitMs: graph.commitMs,
    rows: graph.rows,
    busyMs: graph.busyMs,
  };
}

/** The newest sample is always the last one; those before are about a second apart. */
export function keepSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  // Another program, or the same one started anew: its counters begin again.
  if (last !== undefined && (last.plan !== next.plan || next.epochs < last.epochs || next.at < last.at)) return [next];
  const before = samples.at(-2);
  const replaces = last !== undefined && before !== undefined && last.at - before.at < EVERY_MS;
  const kept = [...(replaces ? samples.slice(0, -1) : samples), next];
  const first = kept.findIndex(({ at }) => next.at - at <= KEPT_MS);
  return first <= 0 ? kept : kept.slice(first);
}

/** The samples that a rate "now" is the difference of; null when there is only one. */
export function rateSpan(samples: readonly Sample[], spanMs = RATE_MS): readonly [Sample, Sample] | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  let first: Sample | null = null;
  for (let k = samples.length - 2; k >= 0; k--) {
    const sample = samples[k] as Sample;
    if (last.at - sample.at > spanMs && first !== null) break;
    first = sample;
  }
  return first === null || first.at === last.at ? null : [first, last];
}

/** Per second; 0 when nothing is known. */
export function rateOf(samples: readonly Sample[], counter: (sample: Sample) => number): number {
  const span = rateSpan(samples);
  if (span === null) return 0;
  const [first, last] = span;
  return (1000 * Math.max(0, counter(last) - counter(first))) / (last.at - first.at);
}

/** Share of the time that was spent at something, 0 to 1. */
export function shareOf(samples: readonly Sample[], spentMs: (sample: Sample) => number): number {
  return Math.min(1, rateOf(samples, spentMs) / 1000);
}

/** A counter as rates between neighbouring samples, for charts: [seconds, per second]. */
export function rateSeries(
  samples: readonly Sample[],
  counter: (sample: Sample) => number,
): readonly [number[], number[]] {
  const times: number[] = [];
  const values: number[] = [];
  for (let k = 1; k < samples.length; k++) {
    const [a, b] = [samples[k - 1] as Sample, samples[k] as Sample];
    if (b.at === a.at) continue;
    times.push(b.at / 1000);
    values.push((1000 * Math.max(0, counter(b) - counter(a))) / (b.at - a.at));
  }
  return [times, values];
}
