/** How a running program is doing, for people and for what watches it. */
import { TIME_MIN } from "../base/time.js";
import { DEAD_LETTERS } from "../log/dead-letters.js";
import type { Log } from "../log/log.js";
import type { ResolvedPlan } from "../plan/resolve.js";
import type { CommitRecord, Store } from "../view/store.js";
import { partitionKey } from "./time/watermarks.js";
import type { Trouble } from "./troubles.js";

export interface PartitionStatus {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** Offset up to which the plan has processed it; null for a stream that the plan only writes. */
  readonly processed: number | null;
  /** Epoch ms, null before anything was seen. */
  readonly watermark: number | null;
}

export interface StreamStatus {
  readonly name: string;
  readonly kind: "input" | "output" | "dead_letters";
  readonly rows: number;
  readonly late: number;
  readonly partitions: readonly PartitionStatus[];
}

/** What has been done, as of one commit. */
export interface Progress {
  readonly app: string;
  readonly plan: string;
  readonly epoch: number;
  /** Rows processed from all input streams. */
  readonly events: number;
  readonly deadLetters: number;
  readonly streams: readonly StreamStatus[];
  readonly views: readonly { readonly name: string; readonly rows: number }[];
}

export interface Status extends Progress {
  readonly ready: boolean;
  /** Offsets that wait to be processed. */
  readonly lag: number;
  /** Why the engine stopped, when it did. */
  readonly failure: string | null;
  /** What failed beside the processing since the start, and is tried again. */
  readonly troubles: readonly Trouble[];
}

interface Committed {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly store: Store;
  readonly commit: CommitRecord;
}

export function progressOf(committed: Committed): Progress {
  const { plan, log, store, commit } = committed;
  const streams = [
    ...plan.inputPlans.map(({ name, partitions }) => streamStatus(committed, name, partitions, "input")),
    ...plan.published.map(({ name, partitions }) => streamStatus(committed, name, partitions, "output")),
    streamStatus(committed, DEAD_LETTERS.name, DEAD_LETTERS.partitions, "dead_letters"),
  ];
  const reader = store.read();
  try {
    return {
      app: plan.app,
      plan: plan.hash,
      epoch: commit.epoch,
      events: streams.reduce((sum, s) => sum + (s.kind === "input" && !plan.isTable(s.name) ? s.rows : 0), 0),
      deadLetters: endOf(log, DEAD_LETTERS.name, DEAD_LETTERS.partitions),
      streams,
      views: plan.views.map(({ name }) => ({ name, rows: reader.count(name) })),
    };
  } finally {
    reader.close();
  }
}

function streamStatus(
  { log, commit }: Committed,
  name: string,
  partitions: number,
  kind: StreamStatus["kind"],
): StreamStatus {
  const count = (counter: string): number => commit.counters[`${counter}/${name}`] ?? 0;
  return {
    name,
    kind,
    rows: kind === "input" ? count("in") : kind === "output" ? count("out") : endOf(log, name, partitions),
    late: count("late"),
    partitions: Array.from({ length: partitions }, (_, partition) => {
      const { start, end } = log.bounds(name, partition);
      const key = partitionKey(name, partition);
      const watermark = commit.watermarks[key] ?? TIME_MIN;
      return {
        partition,
        start,
        end,
        processed: kind === "input" ? (commit.inputs[key] ?? 0) : null,
        watermark: watermark === TIME_MIN ? null : watermark,
      };
    }),
  };
}

function endOf(log: Log, stream: string, partitions: number): number {
  return Array.from({ length: partitions }, (_, partition) => log.bounds(stream, partition).end).reduce(
    (sum, end) => sum + end,
    0,
  );
}
