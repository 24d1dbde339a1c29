/**
 * The log in memory: the slow, obvious twin of the segment log, for tests and trying out. Plain arrays of entries;
 * chunks are encoded as on disk, over a SharedArrayBuffer, so that workers decode them without a copy. "Durable"
 * means: in the array. Each entry is a segment of its own for `retain`.
 */
import { MillraceError } from "../../base/errors.js";
import { TIME_MIN } from "../../base/time.js";
import { encodeChunk } from "../../batch/chunk-codec.js";
import type {
  Appended,
  AppendRequest,
  EntryRef,
  Log,
  MarkRequest,
  SourcePosition,
  StreamSpec,
  TakenPosition,
} from "../log.js";
import { checkSpec, unknownPartition } from "../spec-difference.js";
import { timeRange } from "../time-range.js";

interface Item {
  readonly ref: EntryRef;
  readonly source: SourcePosition | null;
}

interface Partition {
  start: number;
  items: Item[];
  /** What retained entries said of their sources. */
  readonly oldSources: Map<string, TakenPosition>;
  timeHigh: number;
  markHigh: number;
}

type Listener = (stream: string, partition: number, end: number) => void;

export class MemoryLog implements Log {
  readonly #streams = new Map<string, { spec: StreamSpec; partitions: Partition[] }>();
  readonly #listeners = new Set<Listener>();

  async ensure(spec: StreamSpec): Promise<void> {
    const stored = this.#streams.get(spec.name);
    checkSpec(stored?.spec, spec);
    const partitions = stored?.partitions ?? Array.from({ length: spec.partitions }, emptyPartition);
    this.#streams.set(spec.name, { spec, partitions });
  }

  streams(): readonly StreamSpec[] {
    return [...this.#streams.values()].map(({ spec }) => spec).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async append(requests: readonly AppendRequest[]): Promise<readonly Appended[]> {
    for (const { stream, partition } of requests) this.#partition(stream, partition);
    return requests.map((request) => this.#append(request));
  }

  async mark(requests: readonly MarkRequest[]): Promise<void> {
    for (const { stream, partition } of requests) this.#partition(stream, partition);
    for (const { stream, partition, watermark, appendTime, reason } of requests) {
      const p = this.#partition(stream, partition);
      const from = endOf(p);
      const high = { timeHighBefore: p.timeHigh, markHighBefore: p.markHigh };
      const ref: EntryRef = {
        stream,
        partition,
        from,
        to: from + 1,
        appendTime,
        ...high,
        body: { kind: "mark", watermark, reason },
      };
      p.items.push({ ref, source: null });
      p.markHigh = Math.max(p.markHigh, watermark);
      this.#tell(stream, partition, from + 1);
    }
  }

  bounds(stream: string, partition: number): { readonly start: number; readonly end: number } {
    const p = this.#partition(stream, partition);
    return { start: p.start, end: endOf(p) };
  }

  highs(stream: string, partition: number): { readonly timeHigh: number; readonly markHigh: number } {
    const { timeHigh, markHigh } = this.#partition(stream, partition);
    return { timeHigh, markHigh };
  }

  entries(stream: string, partition: number, from: number, to: number): readonly EntryRef[] {
    const p = this.#partition(stream, partition);
    if (from < p.start)
      throw new MillraceError("RETENTION", `${stream}/${partition} begins at offset ${p.start}, not ${from}`);
    return p.items.map(({ ref }) => ref).filter((ref) => ref.from < ref.to && ref.to > from && ref.from < to);
  }

  offsetAt(stream: string, partition: number, time: number, by: "event" | "append"): number {
    const p = this.#partition(stream, partition);
    const found = p.items.find(({ ref }) =>
      by === "append" ? ref.appendTime >= time : ref.body.kind === "rows" && ref.body.timeMax >= time,
    );
    return found?.ref.from ?? endOf(p);
  }

  async truncate(stream: string, partition: number, end: number): Promise<void> {
    const p = this.#partition(stream, partition);
    const kept = p.items.filter(({ ref }) => ref.to <= end);
    if (end < p.start || (end < endOf(p) && (kept.at(-1)?.ref.to ?? p.start) !== end))
      throw new MillraceError("REQUEST", `${stream}/${partition} cannot end at offset ${end}: no entry ends there`);
    const first = p.items[kept.length]?.ref;
    if (first === undefined) return;
    p.items = kept;
    p.timeHigh = first.timeHighBefore;
    p.markHigh = first.markHighBefore;
  }

  async retain(
    stream: string,
    partition: number,
    limit: { before?: number; bytesMax?: number; keepFrom: number },
  ): Promise<number> {
    const p = this.#partition(stream, partition);
    let bytesAfter = p.items.reduce((sum, { ref }) => sum + bytesOf(ref), 0);
    let freed = 0;
    for (let item = p.items[0]; item !== undefined; item = p.items[0]) {
      const { ref, source } = item;
      bytesAfter -= bytesOf(ref);
      const old = limit.before !== undefined && ref.appendTime < limit.before;
      const beyond = limit.bytesMax !== undefined && bytesAfter >= limit.bytesMax;
      if (ref.to > limit.keepFrom || !(old || beyond)) break;
      p.items.shift();
      p.start = ref.to;
      if (source !== null) p.oldSources.set(source.source, { ...source, appendTime: ref.appendTime });
      freed += bytesOf(ref);
    }
    return freed;
  }

  sourcePosition(stream: string, partition: number, source: string): TakenPosition | null {
    const p = this.#partition(stream, partition);
    const last = p.items.findLast((item) => item.source?.source === source);
    if (last?.source == null) return p.oldSources.get(source) ?? null;
    return { ...last.source, appendTime: last.ref.appendTime };
  }

  sources(stream: string, partition: number): Iterable<string> {
    const { items, oldSources } = this.#partition(stream, partition);
    return new Set([...items.flatMap(({ source }) => (source === null ? [] : [source.source])), ...oldSources.keys()]);
  }

  onAppend(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {}

  #partition(stream: string, partition: number): Partition {
    const found = this.#streams.get(stream)?.partitions[partition];
    if (found === undefined) throw unknownPartition(stream, partition, this.streams());
    return found;
  }

  #append({ stream, partition, rows, appendTime, source }: AppendRequest): Appended {
    const p = this.#partition(stream, partition);
    const from = endOf(p);
    const { spec } = this.#streams.get(stream) as { spec: StreamSpec };
    const { timeMin, timeMax } = timeRange(rows, spec.time);
    const encoded = encodeChunk(rows);
    const chunk = new Uint8Array(new SharedArrayBuffer(encoded.length));
    chunk.set(encoded);
    const body = { kind: "rows", timeMin, timeMax, bytes: chunk.length, at: { kind: "memory", chunk } } as const;
    const high = { timeHighBefore: p.timeHigh, markHighBefore: p.markHigh };
    const ref: EntryRef = { stream, partition, from, to: from + rows.length, appendTime, ...high, body };
    p.items.push({ ref, source: source ?? null });
    p.timeHigh = Math.max(p.timeHigh, timeMax);
    this.#tell(stream, partition, ref.to);
    return { from, to: ref.to };
  }

  #tell(stream: string, partition: number, end: number): void {
    for (const listener of this.#listeners) listener(stream, partition, end);
  }
}

function emptyPartition(): Partition {
  return { start: 0, items: [], oldSources: new Map(), timeHigh: TIME_MIN, markHigh: TIME_MIN };
}

function endOf(partition: Partition): number {
  return partition.items.at(-1)?.ref.to ?? partition.start;
}

function bytesOf(ref: EntryRef): number {
  return ref.body.kind === "rows" ? ref.body.bytes : 0;
}
