/**
 * Hunting back: rows that were processed before a rule came are looked through once more, for that rule alone.
 *
 *   1. A change that hunts back begins one hunt for each partition that its rules read: [start of the log, what was
 *      processed when the change was met). Rows between there and the change's places meet the new rules on their way.
 *   2. Hunts go forward in epochs, beside the live rows; how far they are is part of each commit.
 *   3. The changes of a set are hunted one after the other, so that rows made of one source row keep their order.
 */
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { RuleChange } from "../../plan/rules/rule-change.js";
import type { Hunt, OffsetVector } from "../../view/store.js";
import type { Partition } from "../run/epoch-plan.js";
import { partitionKey } from "../time/watermarks.js";

/** The hunts that a change of a set begins. processed: offsets up to which rows were processed without it. */
export function huntsOf(
  plan: ResolvedPlan,
  log: Log,
  set: string,
  change: RuleChange,
  processed: OffsetVector,
): Hunt[] {
  if (!change.retro) return [];
  const read = new Set(
    plan.nodes.flatMap((node) =>
      node.kind === "match" && node.how === "all" && node.rules.name === set ? plan.sources(node) : [],
    ),
  );
  return plan.streams
    .filter(({ name }) => read.has(name))
    .flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => {
        const key = partitionKey(name, partition);
        const from = log.bounds(name, partition).start;
        const to = Math.min(change.places[key] ?? 0, processed[key] ?? 0);
        return { set, change: change.change, stream: name, partition, from, next: from, to };
      }),
    )
    .filter(({ from, to }) => from < to);
}

/** Where the log of every stream ends now. */
export function endsOf(plan: ResolvedPlan, log: Log): OffsetVector {
  return Object.fromEntries(
    plan.streams.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, p) => [partitionKey(name, p), log.bounds(name, p).end] as const),
    ),
  );
}

/** The hunts whose turn it is. */
export function dueHunts(hunts: readonly Hunt[]): readonly Hunt[] {
  const open = hunts.filter(({ next, to }) => next < to);
  return open.filter(({ set, change }) => open.every((other) => other.set !== set || other.change >= change));
}

export function huntAsPartition({ stream, partition, next, to }: Hunt): Partition {
  return { stream, partition, from: next, end: to, table: false };
}

/** The hunts after an epoch that took `due` up to the offsets `reached`. */
export function advanced(hunts: readonly Hunt[], due: readonly Hunt[], reached: readonly number[]): readonly Hunt[] {
  return hunts.map((hunt) => {
    const k = due.indexOf(hunt);
    return k < 0 ? hunt : { ...hunt, next: reached[k] as number };
  });
}

/** Without those that the oldest snapshot knows to be finished: no recovery runs them again. */
export function unsavedHunts(hunts: readonly Hunt[], saved: readonly Hunt[]): readonly Hunt[] {
  return hunts.filter(
    (hunt) => hunt.next < hunt.to || !saved.some((other) => sameHunt(hunt, other) && other.next === other.to),
  );
}

export function sameHunt(a: Hunt, b: Hunt): boolean {
  return a.set === b.set && a.change === b.change && a.stream === b.stream && a.partition === b.partition;
}
