/**
 * The end of an input, said by marks: how far event time must move so that every window that is waited for closes.
 *
 *   rows …12:00:30   end   windows of 1m -> mark 12:01, of 1h -> mark 13:00, no window -> no mark
 *
 * The mark is the end of the furthest window that the rows can be in, and no further: what a later run brings is judged
 * by it like by any watermark, so newer rows go on, and rows of a window that has given its result are late. Windows
 * that give updates wait for nothing; they stay open.
 */
import { TIME_MIN } from "../../base/time.js";
import type { Log, MarkRequest } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { watermarkOf } from "./partition-clock.js";

/** The end of the furthest window that rows in the log can be in; `TIME_MIN` where there are none. */
export function furthestWindowEnd(sizeMs: number, sources: readonly string[], plan: ResolvedPlan, log: Log): number {
  let high = TIME_MIN;
  for (const name of sources)
    for (let partition = 0; partition < plan.stream(name).partitions; partition++)
      high = Math.max(high, log.highs(name, partition).timeHigh);
  return high === TIME_MIN ? TIME_MIN : (Math.floor(high / sizeMs) + 1) * sizeMs;
}

/** Marks that end the input as it is in the log; none for partitions that are as far already. */
export function endMarks(plan: ResolvedPlan, log: Log, appendTime: number): readonly MarkRequest[] {
  const ends = new Map<string, number>();
  for (const node of plan.nodes) {
    if (node.kind !== "aggregate" || node.window === null || node.emit !== "final") continue;
    const sources = plan.sources(node);
    const end = furthestWindowEnd(node.window.sizeMs, sources, plan, log);
    for (const name of sources) ends.set(name, Math.max(ends.get(name) ?? TIME_MIN, end));
  }
  return plan.streams.flatMap(({ name: stream, partitions, delayMs }) => {
    const watermark = ends.get(stream) ?? TIME_MIN;
    return Array.from({ length: partitions }, (_, partition) => partition)
      .filter((partition) => watermarkOf(log.highs(stream, partition), delayMs) < watermark)
      .map((partition) => ({ stream, partition, watermark, appendTime, reason: "end" as const }));
  });
}

/** Streams whose watermark is where an ended input has put it, and not their rows: with the furthest such watermark. */
export function endedStreams(plan: ResolvedPlan, log: Log): ReadonlyMap<string, number> {
  const ended = new Map<string, number>();
  for (const { name, partitions, delayMs } of plan.streams)
    for (let partition = 0; partition < partitions; partition++) {
      const clock = log.highs(name, partition);
      const watermark = watermarkOf(clock, delayMs);
      if (watermark > watermarkOf({ ...clock, markHigh: TIME_MIN }, delayMs))
        ended.set(name, Math.max(ended.get(name) ?? TIME_MIN, watermark));
    }
  return ended;
}
