/**
 * What SQL needs of a log for one query, made on the thread that has the log: the entries each stream is read from,
 * packed into typed arrays, since a long log has tens of thousands and cloning objects holds the main thread.
 *
 * Where a partition ends:
 *   a stream the plan writes   the commit's output end
 *   a stream the plan reads    the commit's input offset
 *   any other stream           its durable end
 */
import { DEAD_LETTERS, DEAD_LETTERS_EDGE } from "../log/dead-letters.js";
import type { EntryRef, Log, StreamSpec } from "../log/log.js";
import type { CommitRecord, OffsetVector, Store, StoreReader, ViewSpec } from "../view/store.js";
import type { TimeRange } from "./catalog.js";

/** What the worker asks for. */
export interface PinRequest {
  /** Names, in lower case, whose contents are needed; null for all. */
  readonly named: readonly string[] | null;
  /** The commit of the worker's own reader of the store; "main" when the store is on the main thread. */
  readonly commit: CommitRecord | null | "main";
}

export interface PinAnswer {
  readonly commit: CommitRecord | null;
  readonly streams: readonly PinnedStream[];
  /** Null when the worker reads the store itself. */
  readonly views: readonly PinnedView[] | null;
}

/** The rows of a view, packed: row i is values [ends[i-1], ends[i]). */
export interface PinnedView {
  readonly spec: ViewSpec;
  readonly rows: number;
  readonly values: Uint8Array;
  readonly ends: Int32Array;
}

export interface PinnedStream {
  readonly spec: StreamSpec;
  readonly rows: number;
  readonly chunks: readonly PinnedChunks[];
}

/** The chunks of one partition, in offset order; marks are left out. */
export interface PinnedChunks {
  readonly partition: number;
  /** `CHUNK_FIELDS` numbers a chunk. */
  readonly numbers: Float64Array;
  /** Files by number. */
  readonly paths: readonly string[];
  /** Encoded chunks in memory by number. */
  readonly memory: readonly Uint8Array[];
}

/** One chunk unpacked; rows [0, to - from) of it belong to the snapshot. */
export interface PinnedChunk {
  readonly from: number;
  readonly to: number;
  readonly appendTime: number;
  readonly time: TimeRange;
  readonly at: { readonly path: string; readonly position: number; readonly length: number } | Uint8Array;
}

const CHUNK_FIELDS = 8;

/** `SqlOptions.pin` over the roles of the main thread. The store is read here only when the worker cannot. */
export function pinFrom(log: PinnableLog, store: Pick<Store, "read"> | null): (request: unknown) => PinAnswer {
  return (request) => {
    const { named, commit } = request as PinRequest;
    if (commit !== "main" || store === null) {
      const own = commit === "main" ? null : commit;
      return { commit: own, streams: pinLog(log, named, own), views: commit === "main" ? [] : null };
    }
    const reader = store.read();
    try {
      return { commit: reader.commit, streams: pinLog(log, named, reader.commit), views: pinViews(reader, named) };
    } finally {
      reader.close();
    }
  };
}

type PinnableLog = Pick<Log, "streams" | "bounds" | "entries">;

function pinViews(reader: StoreReader, named: readonly string[] | null): PinnedView[] {
  return reader.views().map((spec) => {
    if (named !== null && !named.includes(spec.name.toLowerCase()))
      return { spec, rows: 0, values: new Uint8Array(0), ends: new Int32Array(0) };
    // Copied: the reader's bytes are its own.
    const values = Array.from(reader.range(spec.name, {}), ({ value }) => Uint8Array.from(value));
    let end = 0;
    return {
      spec,
      rows: values.length,
      values: new Uint8Array(Buffer.concat(values)),
      ends: Int32Array.from(values, (value) => (end += value.length)),
    };
  });
}

/** The named streams with their entries, the others with their specs only. Cloneable. */
export function pinLog(log: PinnableLog, named: PinRequest["named"], commit: CommitRecord | null): PinnedStream[] {
  return log.streams().map((spec) => {
    if (named !== null && !named.includes(spec.name.toLowerCase())) return { spec, rows: 0, chunks: [] };
    const chunks: PinnedChunks[] = [];
    let rows = 0;
    for (let partition = 0; partition < spec.partitions; partition++) {
      const bounds = log.bounds(spec.name, partition);
      const end = endOf(spec.name, partition, bounds.end, commit);
      if (end <= bounds.start) continue;
      const packed = pack(partition, log.entries(spec.name, partition, bounds.start, end), end);
      rows += packed.rows;
      chunks.push(packed.chunks);
    }
    return { spec, rows, chunks };
  });
}

/** Where a partition ends for a reader of that commit. */
export function endOf(
  stream: string,
  partition: number,
  durableEnd: number,
  commit: Pick<CommitRecord, "inputs" | "outputs"> | null,
): number {
  // What the edge refuses is durable when its input is answered: it is part of no commit.
  if (commit === null || (stream === DEAD_LETTERS.name && partition === DEAD_LETTERS_EDGE)) return durableEnd;
  for (const offsets of [commit.outputs, commit.inputs])
    if (knows(offsets, stream)) return Math.min(durableEnd, offsets[`${stream}/${partition}`] ?? 0);
  return durableEnd;
}

function knows(offsets: OffsetVector, stream: string): boolean {
  return Object.keys(offsets).some((key) => key.slice(0, key.lastIndexOf("/")) === stream);
}

function pack(partition: number, entries: readonly EntryRef[], end: number): { chunks: PinnedChunks; rows: number } {
  const paths: string[] = [];
  const pathNumber = new Map<string, number>();
  const memory: Uint8Array[] = [];
  const numbers: number[] = [];
  let rows = 0;
  for (const { body, from, to, appendTime } of entries) {
    if (body.kind !== "rows") continue;
    const last = Math.min(to, end);
    rows += last - from;
    numbers.push(from, last, appendTime, body.timeMin, body.timeMax);
    if (body.at.kind === "memory") numbers.push(-memory.push(body.at.chunk), 0, 0);
    else {
      let file = pathNumber.get(body.at.path);
      if (file === undefined) {
        file = paths.push(body.at.path) - 1;
        pathNumber.set(body.at.path, file);
      }
      numbers.push(file, body.at.position, body.at.length);
    }
  }
  return { chunks: { partition, numbers: Float64Array.from(numbers), paths, memory }, rows };
}

/** The chunks of a partition, one by one. */
export function* unpack({ numbers, paths, memory }: PinnedChunks): Generator<PinnedChunk, void, void> {
  for (let p = 0; p < numbers.length; p += CHUNK_FIELDS) {
    const [from, to, appendTime, min, max, place, position, length] = numbers.subarray(
      p,
      p + CHUNK_FIELDS,
    ) as unknown as [number, number, number, number, number, number, number, number];
    const at = place < 0 ? (memory[-1 - place] as Uint8Array) : { path: paths[place] as string, position, length };
    yield { from, to, appendTime, time: { min, max }, at };
  }
}
