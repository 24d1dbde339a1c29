/** The end of an epoch: append what it published, then commit it with the views and offsets. */
import type { Clock } from "../../base/clock.js";
import type { Batch } from "../../batch/batch.js";
import { makeBatch } from "../../batch/batch.js";
import { batchOf } from "../../batch/build.js";
import { concatBatches } from "../../batch/take.js";
import { DEAD_LETTERS, DEAD_LETTERS_ENGINE, deadLetterRow } from "../../log/dead-letters.js";
import type { Log, StreamSpec } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { CommitRecord, Store } from "../../view/store.js";
import type { Rows } from "../rows.js";
import { byOrigin } from "../rows.js";
import type { EpochResult } from "../run/messages.js";
import { partitionKey } from "../time/watermarks.js";

export async function ensureOutputs(plan: ResolvedPlan, log: Log): Promise<void> {
  for (const output of plan.published) await log.ensure(output);
  await log.ensure(DEAD_LETTERS);
}

/** Stream and partition of what only commits write. */
export function ownedPartitions(plan: ResolvedPlan): readonly (readonly [stream: string, partition: number])[] {
  return [...plan.published.map(({ name }) => [name, 0] as const), [DEAD_LETTERS.name, DEAD_LETTERS_ENGINE] as const];
}

/** Cuts off what lies beyond the last commit's ends. [EP1] */
export async function cutOutputs(plan: ResolvedPlan, log: Log, last: CommitRecord): Promise<void> {
  for (const [stream, partition] of ownedPartitions(plan))
    await log.truncate(stream, partition, last.outputs[partitionKey(stream, partition)] ?? 0);
}

export async function commitEpoch(
  parts: { plan: ResolvedPlan; log: Log; store: Store; clock: Clock },
  last: CommitRecord,
  next: Pick<CommitRecord, "epoch" | "inputs" | "hunts">,
  results: readonly EpochResult[],
): Promise<CommitRecord> {
  const { plan, log, store, clock } = parts;
  const at = clock.now();
  const outputs: Record<string, number> = { ...last.outputs };
  const requests = [...published(plan.published, results), ...deadLetters(results, at)];
  if (requests.length > 0) {
    const appended = await log.append(requests.map((request) => ({ ...request, appendTime: at })));
    requests.forEach(({ stream, partition }, k) => {
      outputs[partitionKey(stream, partition)] = appended[k]?.to as number;
    });
  }
  const counters: Record<string, number> = { ...last.counters };
  const watermarks: Record<string, number> = { ...last.watermarks };
  for (const result of results) {
    for (const [name, by] of Object.entries(result.counters)) counters[name] = (counters[name] ?? 0) + by;
    for (const [key, watermark] of Object.entries(result.watermarks))
      watermarks[key] = Math.max(watermarks[key] ?? Number.NEGATIVE_INFINITY, watermark);
  }
  for (const { stream, rows } of requests) counters[`out/${stream}`] = (counters[`out/${stream}`] ?? 0) + rows.length;
  const record: CommitRecord = { ...next, plan: plan.hash, outputs, watermarks, counters, at };
  await store.commit(
    record,
    results.flatMap((result) => result.views),
  );
  return record;
}

function published(
  streams: readonly StreamSpec[],
  results: readonly EpochResult[],
): { stream: string; partition: number; rows: Batch }[] {
  return streams.flatMap((spec) => {
    const rows = results.flatMap((result) =>
      result.published.filter(({ stream }) => stream === spec.name).flatMap((p) => p.rows),
    );
    if (rows.length === 0) return [];
    rows.sort(byOrigin);
    return [{ stream: spec.name, partition: 0, rows: concatBatches(rows.map((part) => storedBatch(spec, part))) }];
  });
}

/** The rows with their event time as the stored column `$time`. */
function storedBatch(spec: StreamSpec, rows: Rows): Batch {
  const { batch, time } = rows;
  const columns = spec.schema.fields.map((f, k) =>
    f.name === spec.time
      ? ({ kind: "int64", length: batch.length, validity: null, words: time } as const)
      : (batch.columns[k] as Batch["columns"][number]),
  );
  return makeBatch(spec.schema, columns, batch.length);
}

function deadLetters(
  results: readonly EpochResult[],
  at: number,
): { stream: string; partition: number; rows: Batch }[] {
  const dead = results.flatMap((result) => result.dead);
  if (dead.length === 0) return [];
  dead.sort((a, b) =>
    a.stream < b.stream
      ? -1
      : a.stream > b.stream
        ? 1
        : a.partition - b.partition || a.offset - b.offset || (a.operator < b.operator ? -1 : 1),
  );
  const rows = dead.map((row) =>
    deadLetterRow({
      at,
      source: "engine",
      stream: row.stream,
      partition: row.partition,
      offset: row.offset,
      operator: row.operator,
      reason: row.reason,
      bytes: Buffer.from(row.row),
    }),
  );
  return [{ stream: DEAD_LETTERS.name, partition: DEAD_LETTERS_ENGINE, rows: batchOf(DEAD_LETTERS.schema, rows) }];
}
