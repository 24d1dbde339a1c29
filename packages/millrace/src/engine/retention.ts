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

/**
 * Inputs keep what recovery would read again: everything from the oldest snapshot on. Published streams keep what is
 * not committed. Tables are kept whole: their rows are state.
 */
export function retainable(
  plan: ResolvedPlan,
  now: number,
  snapshot: OffsetVector,
  commit: CommitRecord,
): readonly Retain[] {
  const retains: Retain[] = [];
  for (const { name, kind, keepMs, partitions } of plan.inputPlans)
    for (let partition = 0; kind === "stream" && keepMs !== null && partition < partitions; partition++)
      retains.push({
        stream: name,
        partition,
        before: now - keepMs,
        keepFrom: snapshot[partitionKey(name, partition)] ?? 0,
      });
  for (const node of plan.nodes)
    if (node.kind === "publish" && node.keepMs !== null)
      retains.push({
        stream: node.name,
        partition: 0,
        before: now - node.keepMs,
        keepFrom: commit.outputs[partitionKey(node.name, 0)] ?? 0,
      });
  return retains;
}

/** Bytes given back. */
export async function retainAll(log: Log, retains: readonly Retain[]): Promise<number> {
  let freed = 0;
  for (const { stream, partition, before, keepFrom } of retains)
    freed += await log.retain(stream, partition, { before, keepFrom });
  return freed;
}
