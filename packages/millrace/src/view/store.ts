/**
 * The store contract: where an epoch's commit lives. One transaction moves input offsets, output ends and view rows
 * forward together; a reader sees one commit, whole.
 *
 * Keys are bytes in an order-preserving encoding (`key-codec.ts`), values are rows (`row-codec.ts`).
 */
import type { Schema } from "../schema/column-type.js";

export interface ViewSpec {
  readonly name: string;
  /** All columns of a row, key columns included. */
  readonly schema: Schema;
  readonly key: readonly string[];
}

/** "stream/partition" -> offset: everything before it has been processed (inputs) or belongs to the commit (outputs). */
export type OffsetVector = Readonly<Record<string, number>>;

/** What is left of a partition's history for the rules that are new with a change. */
export interface Hunt {
  /** Rule set, and number of its change. */
  readonly set: string;
  readonly change: number;
  readonly stream: string;
  readonly partition: number;
  /** Offsets [from, to) are looked through; done before `next`. */
  readonly from: number;
  readonly next: number;
  readonly to: number;
}

export interface CommitRecord {
  /** Counts from 1, without gaps, over restarts. */
  readonly epoch: number;
  /** Hash of the plan that ran. */
  readonly plan: string;
  readonly inputs: OffsetVector;
  readonly outputs: OffsetVector;
  /** Watermark by "stream/partition" after the epoch, epoch ms. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** Running totals: rows in, late rows, dead letters, by name. */
  readonly counters: Readonly<Record<string, number>>;
  /** Changes of rules whose new rules still have history to look through. */
  readonly hunts: readonly Hunt[];
  /** Clock at commit, epoch ms. For people: no result depends on it. */
  readonly at: number;
}

/** Row changes of one view, packed: change i is key bytes [keyEnds[i-1], keyEnds[i]); an empty value deletes the row. Later changes win. */
export interface ViewChanges {
  readonly view: string;
  readonly keys: Uint8Array;
  readonly keyEnds: Int32Array;
  readonly values: Uint8Array;
  readonly valueEnds: Int32Array;
}

export interface RangeOptions {
  /** First key (inclusive) and first key beyond (exclusive). */
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/** A view of one commit. Close it: an open reader keeps old pages alive. */
export interface StoreReader {
  /** Null before the first commit. */
  readonly commit: CommitRecord | null;
  views(): readonly ViewSpec[];
  get(view: string, key: Uint8Array): Uint8Array | null;
  range(view: string, options: RangeOptions): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  count(view: string): number;
  close(): void;
}

export interface Store {
  /** Registers views; one stored with another schema or key is refused with `NAME`. */
  ensure(views: readonly ViewSpec[]): Promise<void>;
  /** Durable when it resolves; all or nothing. */
  commit(record: CommitRecord, changes: readonly ViewChanges[]): Promise<void>;
  last(): CommitRecord | null;
  /** Commits after `epoch`, ascending. */
  journal(afterEpoch: number): Iterable<CommitRecord>;
  /** Forgets journal entries up to `epoch`: a snapshot covers them. */
  trimJournal(uptoEpoch: number): Promise<void>;
  /** Empties all views and the journal: before the program is run over history again. */
  clear(): Promise<void>;
  read(): StoreReader;
  /** What somebody outside the commits has noted by key: how far a sink is. Survives `clear`. */
  marks(owner: string): Iterable<readonly [key: Uint8Array, mark: Uint8Array]>;
  /** Durable when it resolves; null forgets. */
  mark(owner: string, marks: readonly (readonly [key: Uint8Array, mark: Uint8Array | null])[]): Promise<void>;
  close(): Promise<void>;
}
