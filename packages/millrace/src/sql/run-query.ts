/**
 * One query in the worker: a snapshot of the catalogue, a database over it, the statement, its rows.
 *
 * 1. Pin: the catalogue's snapshot decides what every table holds.
 * 2. Open a database whose views are the tables the text names; lock it.
 * 3. Prepare: one statement, and one that reads.
 * 4. Ask for the plan once, to leave out chunks by time.
 * 5. Stream: DuckDB works as fast as rows are taken.
 */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";
import { DuckDBTypeId } from "@duckdb/node-api";
import type { DataChunk } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import { getBit } from "../base/bits.js";
import type { Clock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import type { Catalog, CatalogSnapshot } from "./catalog.js";
import { columnsOf } from "./columns.js";
import type { QueryDatabase } from "./database.js";
import { openDatabase } from "./database.js";
import type { ResultColumn } from "./format.js";
import { isExplain, prepareReading } from "./guard.js";
import { namesIn } from "./names.js";
import type { QueryLimits, QuerySummary } from "./protocol.js";
import { timeBounds } from "./prune.js";
import { SCAN_FUNCTION } from "./scan.js";
import { sqlError } from "./sql-error.js";
import type { SqlValue } from "./values.js";
import { jsonValue } from "./values.js";

/** Takes the result. `rows` resolves when the next batch may come. */
export interface ResultSink {
  columns(columns: readonly ResultColumn[]): void;
  rows(rows: SqlValue[][]): Promise<void>;
  /** The query was stopped: nothing more will come, and a pending `rows` must resolve. */
  abandon(): void;
}

export class RunningQuery {
  readonly #sql: string;
  readonly #limits: QueryLimits;
  readonly #clock: Clock;
  #database: QueryDatabase | null = null;
  #stopped: MillraceError | null = null;
  #sink: ResultSink | null = null;

  constructor(sql: string, limits: QueryLimits, clock: Clock) {
    this.#sql = sql;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Stops the query soon: `run` rejects with that error. */
  stop(error: MillraceError): void {
    this.#stopped ??= error;
    this.#sink?.abandon();
    this.#interrupt();
  }

  /** Runs once. Rejects with `REQUEST`, `LIMIT`, `WORKER`, or what the catalogue's scans threw. */
  async run(catalog: Catalog, ask: (request: unknown) => Promise<unknown>, sink: ResultSink): Promise<QuerySummary> {
    const { timeoutMs } = this.#limits;
    this.#sink = sink;
    const disarm = this.#clock.after(timeoutMs, () =>
      this.stop(
        new MillraceError("LIMIT", `the query took longer than ${timeoutMs} ms`, {
          hint: "Narrow the time range, or ask for a longer timeout.",
        }),
      ),
    );
    let snapshot: CatalogSnapshot | null = null;
    try {
      snapshot = await catalog.snapshot({ sql: this.#sql, ask });
      this.#check();
      this.#database = await openDatabase(this.#sql, snapshot.tables, this.#limits);
      const truncated = await this.#stream(this.#database.connection, sink);
      const { rowsRead, batchesRead } = this.#database.state;
      return { truncated, epoch: snapshot.epoch, rowsRead, batchesRead };
    } catch (error) {
      throw this.#stopped ?? sqlError(this.#database?.state.error ?? error, this.#names(snapshot));
    } finally {
      disarm();
      this.#database?.close();
      snapshot?.close();
    }
  }

  async #stream(connection: DuckDBConnection, sink: ResultSink): Promise<boolean> {
    this.#check();
    const prepared = await prepareReading(connection, this.#sql);
    if (!isExplain(prepared)) await this.#prune(connection);
    this.#check();
    const result = await prepared.stream();
    sink.columns(result.columnNames().map((name, k) => ({ name, type: result.columnType(k).toString() })));
    const truncated = await this.#rows(result, sink);
    prepared.destroySync();
    return truncated;
  }

  async #rows(result: DuckDBResult, sink: ResultSink): Promise<boolean> {
    let left = this.#limits.rowsMax;
    for (;;) {
      this.#check();
      const chunk = await result.fetchChunk();
      this.#check();
      if (chunk === null || chunk.rowCount === 0) return false;
      checkSize(chunk);
      const rows = rowsOf(chunk, Math.min(left, chunk.rowCount));
      if (rows.length > 0) await sink.rows(rows);
      if (chunk.rowCount > left) {
        // DuckDB is still at work on rows that nobody will take.
        this.#interrupt();
        return true;
      }
      left -= rows.length;
    }
  }

  async #prune(connection: DuckDBConnection): Promise<void> {
    const { state } = this.#database as QueryDatabase;
    const times = new Map<number, string>();
    state.tables.forEach(({ table, columns }, k) => {
      const j = columns.findIndex(
        ({ source }) => source.kind === "declared" && source.column === table.time && source.type.kind === "timestamp",
      );
      if (j >= 0) times.set(k, `t${k}c${j}`);
    });
    if (times.size === 0) return;
    // Without a plan nothing is left out, and the answer is the same.
    const plan = await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${this.#sql}`).catch(() => null);
    const text = plan?.getRows()[0]?.[1];
    if (typeof text !== "string") return;
    for (const [k, range] of timeBounds(text, SCAN_FUNCTION, times)) state.times.set(k, range);
  }

  #interrupt(): void {
    if (this.#database === null) return;
    this.#database.state.cancelled = true;
    this.#database.connection.interrupt();
  }

  #check(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }

  #names(snapshot: CatalogSnapshot | null): { tables: string[]; columns: () => string[] } {
    const tables = snapshot?.tables ?? [];
    const named = namesIn(this.#sql);
    return {
      tables: tables.map(({ name }) => name),
      columns: () =>
        tables
          .filter(({ name }) => named.has(name.toLowerCase()))
          .flatMap((table) => columnsOf(table).map(({ name }) => name)),
    };
  }
}

/** Text and bytes of one result chunk; more would hold this thread, or not fit a JavaScript string. */
const CHUNK_BYTES_MAX = 64 * 1024 * 1024;

/** DuckDB's memory limit does not cover the values of a chunk: `repeat('x', 2e9)` passes it. */
function checkSize(chunk: DuckDBDataChunk): void {
  const count = chunk.rowCount;
  for (let k = 0; k < chunk.columnCount; k++) {
    const vector = duckdb.data_chunk_get_vector((chunk as unknown as { chunk: DataChunk }).chunk, k);
    const type = duckdb.get_type_id(duckdb.vector_get_column_type(vector)) as number;
    if (type !== DuckDBTypeId.VARCHAR && type !== DuckDBTypeId.BLOB) continue;
    const entries = Buffer.from(duckdb.vector_get_data(vector, 16 * count));
    const validity = duckdb.vector_get_validity(vector, (count + 63) >> 3) as Uint8Array | null;
    let bytes = 0;
    for (let i = 0; i < count; i++) if (validity === null || getBit(validity, i)) bytes += entries.readUInt32LE(16 * i);
    if (bytes > CHUNK_BYTES_MAX)
      throw new MillraceError(
        "LIMIT",
        `${count} rows of the result hold ${bytes} bytes of text; the limit is ${CHUNK_BYTES_MAX}`,
        {
          hint: "Cut long values with left(column, 1000), or ask for fewer of them.",
        },
      );
  }
}

function rowsOf(chunk: DuckDBDataChunk, count: number): SqlValue[][] {
  const rows: SqlValue[][] = Array.from({ length: count }, () => new Array<SqlValue>(chunk.columnCount));
  for (let k = 0; k < chunk.columnCount; k++) {
    const vector = chunk.getColumnVector(k);
    for (let i = 0; i < count; i++) (rows[i] as SqlValue[])[k] = jsonValue(vector.getItem(i));
  }
  return rows;
}
