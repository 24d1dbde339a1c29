/** Watermarks of all source partitions that a task knows of, and the minimum that closes windows. */
import { TIME_MAX, TIME_MIN } from "../../base/time.js";

export function partitionKey(stream: string, partition: number): string {
  return `${stream}/${partition}`;
}

export class Watermarks {
  readonly #partitions = new Map<string, Map<number, number>>();

  /** streams: name and number of partitions; a partition that has nothing yet holds back the rest. */
  constructor(streams: readonly { readonly name: string; readonly partitions: number }[]) {
    for (const { name, partitions } of streams)
      this.#partitions.set(name, new Map(Array.from({ length: partitions }, (_, p) => [p, TIME_MIN])));
  }

  /** Moves a partition's watermark forward; never back. */
  advance(stream: string, partition: number, watermark: number): void {
    const marks = this.#partitions.get(stream);
    if (marks === undefined) return;
    marks.set(partition, Math.max(marks.get(partition) ?? TIME_MIN, watermark));
  }

  /** The minimum over all partitions of the given streams. */
  minimum(streams: Iterable<string>): number {
    let minimum = TIME_MAX;
    for (const stream of streams)
      for (const watermark of this.#partitions.get(stream)?.values() ?? []) minimum = Math.min(minimum, watermark);
    return minimum;
  }

  /** "stream/partition" -> watermark. */
  all(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const [stream, marks] of this.#partitions)
      for (const [partition, watermark] of marks) all[partitionKey(stream, partition)] = watermark;
    return all;
  }

  advanceAll(watermarks: Readonly<Record<string, number>>): void {
    for (const [key, watermark] of Object.entries(watermarks)) {
      const slash = key.lastIndexOf("/");
      this.advance(key.slice(0, slash), Number(key.slice(slash + 1)), watermark);
    }
  }
}
