/** What one epoch takes in: a pure decision from what is there and what has been done. */
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { CommitRecord, Hunt, OffsetVector } from "../../view/store.js";
import { sameHunt } from "../rules/hunts.js";
import { partitionKey } from "../time/watermarks.js";
import type { EntrySlice, HuntSlice } from "./messages.js";

export interface Partition {
  readonly stream: string;
  readonly partition: number;
  /** Next offset to take. */
  readonly from: number;
  /** Offset after the last that is there. */
  readonly end: number;
  readonly table: boolean;
}

/**
 * Shares `rowsMax` offsets out: first over the tables, then over the streams, evenly as far as each partition has any. So
 * a lookup finds every table row that had arrived, however large the table is and however small the epochs are.
 * Returns the new next offset of each partition, in order; the same as `from` where nothing is taken.
 */
export function shareOut(partitions: readonly Partition[], rowsMax: number): readonly number[] {
  const taken = partitions.map(() => 0);
  let left = rowsMax;
  for (const table of [true, false]) left = shareAmong(partitions, taken, left, table);
  return partitions.map(({ from }, k) => from + (taken[k] as number));
}

/** Adds to `taken` for partitions of tables, or of streams; returns what is left of `rows`. */
function shareAmong(partitions: readonly Partition[], taken: number[], rows: number, table: boolean): number {
  let left = rows;
  let open = partitions
    .map((_, k) => k)
    .filter((k) => {
      const { from, end, table: ofTable } = partitions[k] as Partition;
      return ofTable === table && end > from;
    });
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
  return left;
}

/** How far an epoch's input goes. */
export type Reached = Pick<CommitRecord, "inputs" | "hunts">;

export interface EpochInput {
  /** Rows of tables, and changes of rules, in order of stream, partition, offset. */
  readonly first: readonly EntrySlice[];
  /** Rows of streams. */
  readonly slices: readonly EntrySlice[];
  /** Rows gone by that are hunted through. */
  readonly hunts: readonly HuntSlice[];
  readonly marks: Readonly<Record<string, number>>;
  /** How many offsets these are. */
  readonly rows: number;
}

/** What lies between two commits. */
export function epochInput(plan: ResolvedPlan, log: Log, before: Reached, after: Reached): EpochInput {
  const first: EntrySlice[] = [];
  const slices: EntrySlice[] = [];
  const marks: Record<string, number> = {};
  let rows = 0;
  for (const { name, partitions } of [...plan.inputs, ...plan.controls])
    for (let partition = 0; partition < partitions; partition++) {
      const key = partitionKey(name, partition);
      const [from, to] = [before.inputs[key] ?? 0, after.inputs[key] ?? 0];
      const input = slicesOf(log, name, partition, from, to);
      (plan.appliesFirst(name) ? first : slices).push(...input.slices);
      Object.assign(marks, input.marks);
      rows += to - from;
    }
  const hunts = huntSlices(log, before.hunts, after.hunts);
  return { first, slices, hunts, marks, rows: rows + hunts.reduce((sum, hunt) => sum + hunt.to - hunt.from, 0) };
}

/** All rows of tables and changes of rules up to an offset vector. */
export function firstRows(plan: ResolvedPlan, log: Log, upTo: OffsetVector): readonly EntrySlice[] {
  const streams = [...plan.inputs, ...plan.controls].filter(({ name }) => plan.appliesFirst(name));
  return streams.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) =>
      slicesOf(log, name, partition, 0, upTo[partitionKey(name, partition)] ?? 0),
    ).flatMap(({ slices }) => slices),
  );
}

/** What an epoch hunted through that led from `before` to `after`. */
function huntSlices(log: Log, before: readonly Hunt[], after: readonly Hunt[]): HuntSlice[] {
  return before.flatMap((hunt) => {
    const { set, change, stream, partition, next } = hunt;
    const reached = after.find((other) => sameHunt(hunt, other))?.next ?? next;
    return slicesOf(log, stream, partition, next, reached).slices.map((slice) => ({ ...slice, set, change }));
  });
}

interface PartitionInput {
  readonly slices: readonly EntrySlice[];
  readonly marks: Readonly<Record<string, number>>;
}

/** Entries of [from, to) of a partition, cut to it; marks apart. */
export function slicesOf(log: Log, stream: string, partition: number, from: number, to: number): PartitionInput {
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
