/**
 * Decides the next epoch: how far each input is taken, and each hunt.
 *
 *   rows that wait, and rows to hunt through   share the epoch's rows, evenly
 *   changes of rules                           are all taken: before any row for which they hold
 */
import type { Disk } from "../../base/disk.js";
import { loadRows } from "../../log/load-chunk.js";
import type { Log, StreamSpec } from "../../log/log.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { ruleChangesName, ruleChangesOf } from "../../plan/rules/rule-change.js";
import type { CommitRecord, Hunt, OffsetVector } from "../../view/store.js";
import { advanced, dueHunts, huntAsPartition, huntsOf, unsavedHunts } from "../rules/hunts.js";
import { partitionKey } from "../time/watermarks.js";
import type { Partition } from "./epoch-plan.js";
import { shareOut, slicesOf } from "./epoch-plan.js";

export interface EpochParts {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly disk: Disk;
}

/** What an epoch leads to. */
export type EpochEnd = Pick<CommitRecord, "epoch" | "inputs" | "hunts">;

/** Null when nothing waits. last, saved: the last commit, and that of the oldest snapshot. rowsMax: of one epoch. */
export async function nextEpoch(
  parts: EpochParts,
  last: CommitRecord,
  saved: CommitRecord,
  rowsMax: number,
): Promise<EpochEnd | null> {
  const { plan, log } = parts;
  const due = dueHunts(last.hunts);
  const partitions = waiting(plan, log, plan.inputs, last.inputs);
  const controls = waiting(plan, log, plan.controls, last.inputs);
  const to = shareOut([...partitions, ...due.map(huntAsPartition)], rowsMax);
  const taken = [
    ...partitions.map((p, k) => ({ ...p, to: to[k] as number })),
    ...controls.map((p) => ({ ...p, to: p.end })),
  ];
  const reached = to.slice(partitions.length);
  if (taken.every((p) => p.from === p.to) && due.every(({ next }, k) => next === reached[k])) return null;
  const inputs: Record<string, number> = { ...last.inputs };
  for (const p of taken) inputs[partitionKey(p.stream, p.partition)] = p.to;
  const kept = advanced(unsavedHunts(last.hunts, saved.hunts), due, reached);
  return { epoch: last.epoch + 1, inputs, hunts: [...kept, ...(await newHunts(parts, controls, last.inputs))] };
}

/** Offsets that wait, and rows that are still to be hunted through. */
export function lagOf({ plan, log }: EpochParts, last: CommitRecord): number {
  const inputs = waiting(plan, log, [...plan.inputs, ...plan.controls], last.inputs);
  return [...inputs, ...last.hunts.map(huntAsPartition)].reduce((sum, { from, end }) => sum + end - from, 0);
}

function waiting(
  plan: ResolvedPlan,
  log: Log,
  streams: readonly StreamSpec[],
  processed: OffsetVector,
): readonly Partition[] {
  return streams.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({
      stream: name,
      partition,
      from: processed[partitionKey(name, partition)] ?? 0,
      end: log.bounds(name, partition).end,
      table: plan.isTable(name),
    })),
  );
}

/** The hunts that newly met changes of rules begin. */
async function newHunts(
  { plan, log, disk }: EpochParts,
  controls: readonly Partition[],
  processed: OffsetVector,
): Promise<Hunt[]> {
  const hunts: Hunt[] = [];
  for (const { stream, partition, from, end } of controls) {
    const set = plan.ruleSets.find(({ name }) => ruleChangesName(name) === stream) as RulesNode;
    for (const { ref } of slicesOf(log, stream, partition, from, end).slices)
      for (const change of ruleChangesOf(await loadRows(ref, plan.storedSchema(stream), null, disk)))
        hunts.push(...huntsOf(plan, log, set.name, change, processed));
  }
  return hunts;
}
