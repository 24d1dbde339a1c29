/**
 * What passes between the coordinator and its tasks, and between tasks. Plain data: the same messages cross threads by
 * structured clone, or go by reference where tasks share a thread.
 */
import type { EntryRef } from "../../log/log.js";
import type { ViewChanges } from "../../view/store.js";
import type { StatePiece } from "../epoch/state-piece.js";
import type { DeadRow, StateUse } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import type { Work } from "./meter.js";

/** Offsets [from, to) of one entry. */
export interface EntrySlice {
  readonly ref: EntryRef;
  readonly from: number;
  readonly to: number;
}

/** A part of the history to look through for the rules that are new with a change. */
export interface HuntSlice extends EntrySlice {
  readonly set: string;
  readonly change: number;
}

export interface EpochWork {
  readonly epoch: number;
  /** Rows of tables, and changes of rules: for every task the same, in order of stream, partition, offset; they apply before the epoch's rows. */
  readonly first: readonly EntrySlice[];
  /** Stream rows that are this task's. */
  readonly slices: readonly EntrySlice[];
  /** Rows gone by that are this task's to hunt through. */
  readonly hunts: readonly HuntSlice[];
  /** Marks of the epoch: "stream/partition" -> watermark. */
  readonly marks: Readonly<Record<string, number>>;
}

/** Rows of one task for another, at one level of exchange; sent to every task, even when empty: it is the barrier. */
export interface ExchangeMessage {
  readonly epoch: number;
  readonly level: number;
  readonly from: number;
  /** Exchange id -> rows. */
  readonly rows: Readonly<Record<string, readonly Rows[]>>;
  /** At level 0: watermarks of the partitions that the sender has read. */
  readonly watermarks: Readonly<Record<string, number>>;
}

export interface Published {
  readonly stream: string;
  readonly rows: readonly Rows[];
}

export interface EpochResult {
  readonly epoch: number;
  readonly views: readonly ViewChanges[];
  readonly published: readonly Published[];
  readonly dead: readonly DeadRow[];
  readonly counters: Readonly<Record<string, number>>;
  readonly watermarks: Readonly<Record<string, number>>;
  /** Operator -> what it holds after the epoch. */
  readonly state: Readonly<Record<string, StateUse>>;
  readonly work: Work;
}

export interface TaskOptions {
  readonly index: number;
  readonly workers: number;
  /** The slow, obvious twin instead of compiled operators. */
  readonly interpreted: boolean;
}

/** One task, wherever it runs. One call at a time. */
export interface TaskHandle {
  run(work: EpochWork): Promise<EpochResult>;
  /** The state, piece by piece; no epoch may run meanwhile. */
  save(): AsyncIterable<StatePiece>;
  /** Takes up keys, which must be its own, and watermarks. Before the first epoch, in any number of calls. */
  load(pieces: readonly StatePiece[], watermarks: Readonly<Record<string, number>>): Promise<void>;
  close(): Promise<void>;
}
