/** What one epoch takes in: a pure decision from what is there and what has been done. */
import type { Log } from "../../log/log.js";
import { partitionKey } from "../time/watermarks.js";
import type { EntrySlice } from "./messages.js";

export interface Partition {
  readonly stream: string;
  readonly partition: number;
  /** Next offset to take. */
  readonly from: number;
  /** Offset after the last that is there. */
  readonly end: number;
}

/**
 * Shares `rowsMax` offsets out over the partitions, evenly as far as each has any.
 * Returns the new next offset of each partition, in order; the same as `from` where nothing is taken.
 */
export function shareOut(partitions: readonly Partition[], rowsMax: number): readonly number[] {
  const taken = partitions.map(() => 0);
  let left = rowsMax;
  let open = partitions
    .map((_, k) => k)
    .filter((k) => (partitions[k] as Partition).end > (partitions[k] as Partition).from);
  while (left > 0 && open.length > 0) {
    const share = Math.max(1, Math.floor(left / open.length));
    const still: number[] = [];
    for (const k of open) {
      const { from, end } = partitions[k] as Partition;
      const take = Math.min(share, left, end - from - (taken[k] as number));
      taken[k] = (taken[k] as number) + take;
      left -= take;
      if (end - from > (taken[k] as number)) still.push(k);
      if (left === 0) break;
    }
    open = still;
  }
  return partitions.map(({ from }, k) => from + (taken[k] as number));
}

export interface EpochInput {
  readonly slices: readonly EntrySlice[];
  readonly marks: Readonly<Record<string, number>>;
}

/** Entries of [from, to) of a partition, cut to it; marks apart. */
export function slicesOf(log: Log, stream: string, partition: number, from: number, to: number): EpochInput {
  if (to <= from) return { slices: [], marks: {} };
  const slices: EntrySlice[] = [];
  const marks: Record<string, number> = {};
  for (const ref of log.entries(stream, partition, from, to)) {
    if (ref.body.kind === "mark") {
      const key = partitionKey(stream, partition);
      marks[key] = Math.max(marks[key] ?? Number.NEGATIVE_INFINITY, ref.body.watermark);
    } else slices.push({ ref, from: Math.max(from, ref.from), to: Math.min(to, ref.to) });
  }
  return { slices, marks };
}

/** Deals slices out to `workers` tasks, the largest first to the one that has least. Order within a task: as given. */
export function deal<S extends EntrySlice>(slices: readonly S[], workers: number): readonly (readonly S[])[] {
  if (workers === 1) return [slices];
  const loads = new Array<number>(workers).fill(0);
  const owner = new Map<S, number>();
  const bySize = [...slices].sort((a, b) => b.to - b.from - (a.to - a.from));
  for (const slice of bySize) {
    const least = loads.indexOf(Math.min(...loads));
    owner.set(slice, least);
    loads[least] = (loads[least] as number) + (slice.to - slice.from);
  }
  return loads.map((_, worker) => slices.filter((slice) => owner.get(slice) === worker));
}
