/**
 * What SQL can see. The catalogue lives in the SQL worker; it is asked once for each query for a snapshot, and
 * everything the query reads comes from that snapshot: one committed epoch over all tables.
 *
 *   worker thread                                     main thread
 *   catalog.snapshot({ sql, ask })
 *     opens what it can open itself (a store)
 *     ask(request) ---------------------------------> SqlOptions.pin(request): what only lives there (a log's index)
 *                  <--------------------------------- cloneable answer
 *   -> tables -> scan() … scan() -> close()
 *
 * Scans are synchronous because DuckDB's callbacks are: a scan may read files with blocking calls, since the thread
 * does nothing else. They give whole batches and never copy rows.
 */
import type { Batch } from "../batch/batch.js";
import type { OpenKind } from "../batch/vector.js";
import type { Schema } from "../schema/column-type.js";

export type SqlTableKind = "stream" | "view" | "dead_letters" | "table";

/** Event times, epoch ms, both ends included. */
export interface TimeRange {
  readonly min: number;
  readonly max: number;
}

export interface ScanRequest {
  /** Names of schema columns to decode; empty when only the number of rows matters. */
  readonly columns: readonly string[];
  /** Attributes of the open column that will be read; null for all. Others may be given all the same. */
  readonly attributes: readonly string[] | null;
  /** Rows outside may be left out, by whole chunks; null when the query has no bound. */
  readonly time: TimeRange | null;
}

/** Rows [from, to) of a batch. */
export interface SqlBatch {
  /** Has at least the columns asked for, found by name. */
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
  /** Where the rows are in the log: row i of the batch has offset `offset + i`. Null for what is not a stream. */
  readonly origin: { readonly partition: number; readonly offset: number; readonly appendTime: number } | null;
}

/** An attribute met in the open column. */
export interface SqlAttribute {
  readonly name: string;
  readonly kind: OpenKind;
  /** Rows that have it, for deciding which of two spellings gets the plain name; an estimate will do. */
  readonly rows: number;
}

export interface SqlTable {
  readonly name: string;
  readonly kind: SqlTableKind;
  readonly schema: Schema;
  /** One sentence for people; empty when there is none. */
  readonly doc: string;
  /** The schema column (a timestamp) that `ScanRequest.time` is about; null when scans cannot leave chunks out. */
  readonly time: string | null;
  /** Rows of the snapshot, or null when counting would cost a scan. */
  readonly rows: number | null;
  /** Attributes of the open column over the whole snapshot, one entry a name and kind; empty without an open column. */
  attributes(): readonly SqlAttribute[];
  /** May be called several times, also interleaved. Throws `MillraceError`. */
  scan(request: ScanRequest): Iterable<SqlBatch>;
}

export interface CatalogSnapshot {
  /** The committed epoch all tables stand at; null before the first commit. */
  readonly epoch: number | null;
  readonly tables: readonly SqlTable[];
  /** Gives back what the snapshot holds open; called once, after the last scan. */
  close(): void;
}

export interface SnapshotRequest {
  /** The query: tables it does not name need no more than their name and schema. */
  readonly sql: string;
  /** Has `SqlOptions.pin` answer on the main thread; undefined without one. Request and answer are cloned. */
  ask(request: unknown): Promise<unknown>;
}

export interface Catalog {
  snapshot(request: SnapshotRequest): Promise<CatalogSnapshot>;
  close(): void | Promise<void>;
}

/** What a catalogue module exports under the name `openCatalog`. `options` is `SqlOptions.catalogOptions`, cloned. */
export type OpenCatalog = (options: unknown) => Catalog | Promise<Catalog>;
