/** What may be given back of the log: a decision from facts. The log does it, whole segments at a time. */
import type { Log } from "../log/log.js";
import type { ResolvedPlan } from "../plan/resolve.js";
import type { CommitRecord, OffsetVector } from "../view/store.js";
import { partitionKey } from "./time/watermarks.js";

export interface Retain {
  readonly stream: string;
  readonly partition: number;
  /** Rows appended earlier may go. */
  readonly before: number;
  /** This offset and what follows stays: recovery or readers need it. */
  readonly keepFrom: number;
}

/** What recovery and readers need is told by two commits: the earliest that recovery may begin at, and the last. */
export interface Reach {
  readonly recoveryInputs: OffsetVector;
  readonly commit: CommitRecord;
}

/** What the streams' `keep` lets go. */
export function retainable(plan: ResolvedPlan, now: number, reach: Reach): readonly Retain[] {
  const kept = [
    ...plan.inputPlans.map(({ name, keepMs }) => ({ name, keepMs })),
    ...plan.nodes.flatMap((node) => (node.kind === "publish" ? [{ name: node.name, keepMs: node.keepMs }] : [])),
  ];
  return kept.flatMap(({ name, keepMs }) => (keepMs === null ? [] : retainsOf(plan, name, now - keepMs, reach)));
}

/** What can be given back of one stream, whatever its age. */
export function forgettable(plan: ResolvedPlan, stream: string, now: number, reach: Reach): readonly Retain[] {
  return retainsOf(plan, stream, now + 1, reach);
}

/**
 * Inputs keep what recovery may read again: everything from the oldest snapshot on. Published streams keep what is not
 * committed. Tables are kept whole: their rows are state.
 */
function retainsOf(plan: ResolvedPlan, stream: string, before: number, reach: Reach): readonly Retain[] {
  const input = plan.inputPlans.find(({ name }) => name === stream);
  if (input?.kind === "table") return [];
  const needed = input === undefined ? reach.commit.outputs : reach.recoveryInputs;
  return Array.from({ length: input?.partitions ?? 1 }, (_, partition) => ({
    stream,
    partition,
    before,
    keepFrom: needed[partitionKey(stream, partition)] ?? 0,
  }));
}

/** Bytes given back. */
export async function retainAll(log: Log, retains: readonly Retain[]): Promise<number> {
  let freed = 0;
  for (const { stream, partition, before, keepFrom } of retains)
    freed += await log.retain(stream, partition, { before, keepFrom });
  return freed;
}
