/**
 * The log contract: partitioned, append-only streams of typed chunks.
 *
 *   partition:  | chunk 0..99 | mark @100 | chunk 101..228 | …          offsets, from 0, without gaps
 *
 * A row has one offset. A mark (a watermark decided by the clock: an idle partition, the end of a bounded input) takes
 * one offset too, so that an offset vector alone says what has been read, and live and replay read the same marks.
 *
 * Event time of a partition only ever moves forward: before offset o it has seen `timeHigh` (the largest event time of
 * the rows) and `markHigh` (the largest mark). With the stream's delay the watermark is max(timeHigh - delay, markHigh).
 * Both running values are kept with every entry, so reading may begin anywhere.
 *
 * Invariants of an implementation:
 *   1. When `append` resolves, the rows are durable: they survive a crash of the machine.
 *   2. Readers see only durable entries, and entries of one partition in offset order.
 *   3. After a crash a partition ends at an entry boundary; nothing acknowledged is missing.
 *   4. The requests of one `append` call may become durable independently of one another.
 */
import type { Batch } from "../batch/batch.js";
import type { Schema } from "../schema/column-type.js";

/** What the log keeps of a stream. */
export interface StreamSpec {
  readonly name: string;
  /** The stored columns. A computed event time is stored as a `timestamp` column named `$time`. */
  readonly schema: Schema;
  /** The stored timestamp column that is the event time. */
  readonly time: string;
  readonly partitions: number;
}

/** How far an input (a file, a producer) has been taken in; comes back after a crash with the rows it covers. */
export interface SourcePosition {
  /** What was read: a path, a producer's id. */
  readonly source: string;
  /** Bytes (of the decoded file) or the producer's sequence up to which everything is in the log or among the dead letters. */
  readonly position: number;
  /** Lines up to there, for messages. */
  readonly line: number;
  /** Where the batch that these rows belong to began: reading again from here gives the same batch. */
  readonly from: number;
  readonly fromLine: number;
}

/** A source position as it stands in the log. */
export interface TakenPosition extends SourcePosition {
  /** Append time of the rows that carry it: what the clock decided about their batch was decided then. */
  readonly appendTime: number;
}

export interface AppendRequest {
  readonly stream: string;
  readonly partition: number;
  /** Rows in the stored schema; may be empty when only the source position moves. */
  readonly rows: Batch;
  /** Processing time of the rows, epoch ms; decided by the caller once. */
  readonly appendTime: number;
  readonly source?: SourcePosition;
}

export interface Appended {
  /** Offset of the first row. */
  readonly from: number;
  /** Offset after the last row. */
  readonly to: number;
}

export interface MarkRequest {
  readonly stream: string;
  readonly partition: number;
  /** No row with an older event time will be taken as on time from here on. */
  readonly watermark: number;
  readonly appendTime: number;
  readonly reason: "idle" | "end" | "test";
}

/** One entry as a reader needs it: small, and cloneable to a worker, which loads the rows itself. */
export interface EntryRef {
  readonly stream: string;
  readonly partition: number;
  /** Offset of the first row, or of the mark. */
  readonly from: number;
  /** Offset after the entry: from + rows, or from + 1 for a mark. */
  readonly to: number;
  readonly appendTime: number;
  /** Largest event time, and largest mark, before this entry; `TIME_MIN` where none. */
  readonly timeHighBefore: number;
  readonly markHighBefore: number;
  readonly body:
    | { readonly kind: "mark"; readonly watermark: number; readonly reason: MarkRequest["reason"] }
    | {
        readonly kind: "rows";
        /** Smallest and largest event time of the rows. */
        readonly timeMin: number;
        readonly timeMax: number;
        readonly bytes: number;
        readonly at: ChunkLocation;
      };
}

export type ChunkLocation =
  | { readonly kind: "file"; readonly path: string; readonly position: number; readonly length: number }
  /** The encoded chunk itself, over a SharedArrayBuffer. */
  | { readonly kind: "memory"; readonly chunk: Uint8Array };

export interface Log {
  /** Creates the stream, or checks that what is stored is the same event type; `NAME` says what differs. */
  ensure(spec: StreamSpec): Promise<void>;
  /** Stored streams, by name ascending. */
  streams(): readonly StreamSpec[];
  /** Durable when it resolves. Rejects with `DISK` when the disk refuses: then nothing of that request is in the log. */
  append(requests: readonly AppendRequest[]): Promise<readonly Appended[]>;
  mark(requests: readonly MarkRequest[]): Promise<void>;
  /** Offsets that can be read: [start, end). `start` moves with retention. */
  bounds(stream: string, partition: number): { readonly start: number; readonly end: number };
  /** Largest event time of all rows that ever were in the partition, and largest mark; `TIME_MIN` where none. Retention leaves them. */
  highs(stream: string, partition: number): { readonly timeHigh: number; readonly markHigh: number };
  /** Entries that overlap [from, to), ascending. Throws `RETENTION` when `from` is before the start. */
  entries(stream: string, partition: number, from: number, to: number): readonly EntryRef[];
  /** The first offset whose event (or append) time is at or after `time`, by chunk: rows before it in its chunk may qualify too. */
  offsetAt(stream: string, partition: number, time: number, by: "event" | "append"): number;
  /** Drops everything from `end` on: what was appended but not committed before a crash. */
  truncate(stream: string, partition: number, end: number): Promise<void>;
  /** Gives back space of whole old segments: appended before `before` (epoch ms), or beyond `bytesMax`, but never at or after `keepFrom`. Returns bytes freed. */
  retain(
    stream: string,
    partition: number,
    limit: { before?: number; bytesMax?: number; keepFrom: number },
  ): Promise<number>;
  sourcePosition(stream: string, partition: number, source: string): TakenPosition | null;
  /** The sources that have a position, in no order. */
  sources(stream: string, partition: number): Iterable<string>;
  /** Called after entries of the stream became durable. Returns the way to stop. */
  onAppend(listener: (stream: string, partition: number, end: number) => void): () => void;
  close(): Promise<void>;
}
