/**
 * SQL for the main thread: queries go to a worker thread, rows come back in batches, and the event loop is never held.
 *
 *   query()/stream() -> waiting (bounded) -> running (at most `parallel`) -> done
 *
 * Every running query blocks one thread of Node's pool (UV_THREADPOOL_SIZE, 4 by default), which files and DNS use as
 * well: `parallel` must stay below that. A worker that dies rejects its queries with `WORKER`; the next query starts
 * another. A query that does not stop in time is given up, and its worker with it.
 */
import type { Clock } from "../base/clock.js";
import { systemClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import type { ResultColumn } from "./format.js";
import type { QueryLimits, QuerySummary, ResultForm } from "./protocol.js";
import type { ResultStream } from "./result-stream.js";
import type { SqlValue } from "./values.js";
import { WorkerLink } from "./worker-link.js";

export interface SqlOptions {
  /** URL of a module that exports `openCatalog` (`OpenCatalog`); it is loaded in the worker. */
  readonly catalog: string;
  /** Given to `openCatalog`; must be cloneable. */
  readonly catalogOptions?: unknown;
  /** Answers what the catalogue asks of this thread when it makes a query's snapshot; the answer is cloned. */
  readonly pin?: (request: unknown) => unknown;
  /** Limits of queries that do not set their own. */
  readonly limits?: Partial<QueryLimits>;
  /** Queries at work at once; 2 by default. */
  readonly parallel?: number;
  /** Queries waiting for that; 64 by default. One more is refused with `LIMIT`. */
  readonly waitingMax?: number;
  readonly clock?: Clock;
}

export interface QueryResult extends QuerySummary {
  readonly columns: readonly ResultColumn[];
  /** Row by row, in the order of `columns`; see `values.ts` for how values are shown. */
  readonly rows: SqlValue[][];
}

export interface QueryOptions extends Partial<QueryLimits> {
  /** Cancels the query. */
  readonly signal?: AbortSignal;
}

const DEFAULTS: QueryLimits = { timeoutMs: 30_000, rowsMax: 10_000, memory: 512 * 1024 * 1024, threads: 2 };
/** A stopped query that has not ended this much later is given up together with its worker. */
const GRACE_MS = 5_000;

export class Sql {
  readonly #options: SqlOptions;
  readonly #limits: QueryLimits;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #link: WorkerLink | null = null;
  /** Workers that were given up and have not ended yet. */
  readonly #leaving = new Set<WorkerLink>();
  #closed = false;

  constructor(options: SqlOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULTS, ...options.limits };
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * The whole result, at most `rowsMax` rows of it (`truncated` says that there were more). Rejects with `REQUEST` for
   * SQL that is wrong or not allowed, `LIMIT` for time, memory or too many queries, `WORKER` when the worker died.
   */
  async query(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    const stream = await this.#start(sql, "rows", options);
    const columns = await stream.columns;
    const rows: SqlValue[][] = [];
    for await (const batch of stream.batches()) for (const row of batch as SqlValue[][]) rows.push(row);
    return { columns, rows, ...(await stream.summary) };
  }

  /** The result as batches of rows, made no faster than they are taken. Leaving the loop early cancels the query. */
  async stream(sql: string, options: QueryOptions = {}): Promise<ResultStream<SqlValue[][]>> {
    return (await this.#start(sql, "rows", { rowsMax: Number.MAX_SAFE_INTEGER, ...options })) as ResultStream<
      SqlValue[][]
    >;
  }

  /** The result as UTF-8 text, formatted in the worker: for large answers that go straight to a socket or a file. */
  async streamText(sql: string, form: "csv" | "ndjson", options: QueryOptions = {}): Promise<ResultStream<Uint8Array>> {
    return (await this.#start(sql, form, { rowsMax: Number.MAX_SAFE_INTEGER, ...options })) as ResultStream<Uint8Array>;
  }

  /** Rejects what runs and waits with `WORKER`. A query that does not stop is waited for as long as its grace. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const go of this.#waiting.splice(0)) go();
    const link = this.#link;
    this.#link = null;
    if (link !== null) {
      void link.close();
      this.#leaving.add(link);
    }
    const ended = Promise.all([...this.#leaving].map((leaving) => leaving.ended));
    let disarm = (): void => {};
    await Promise.race([ended, new Promise<void>((resolve) => (disarm = this.#clock.after(GRACE_MS, resolve)))]);
    disarm();
  }

  async #start(sql: string, form: ResultForm, options: QueryOptions): Promise<ResultStream<SqlValue[][] | Uint8Array>> {
    const { signal, ...own } = options;
    const limits = { ...this.#limits, ...own };
    await this.#turn();
    try {
      this.#checkOpen();
      signal?.throwIfAborted();
      const link = this.#worker();
      const stream = link.start(sql, form, limits);
      this.#watch(stream, link, limits, signal);
      return stream;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Gives a query up that overstays, and makes room when it is over. */
  #watch(
    stream: ResultStream<SqlValue[][] | Uint8Array>,
    link: WorkerLink,
    limits: QueryLimits,
    signal: AbortSignal | undefined,
  ): void {
    const disarm = this.#clock.after(limits.timeoutMs + GRACE_MS, () => {
      if (this.#link === link) this.#link = null;
      this.#leaving.add(link);
      void link.ended.then(() => this.#leaving.delete(link));
      link.abandon(
        new MillraceError("LIMIT", `the query took longer than ${limits.timeoutMs} ms and did not stop when told to`, {
          hint: "Other queries running at the same time were given up too; send them again.",
        }),
      );
    });
    const abort = (): void => stream.cancel();
    signal?.addEventListener("abort", abort, { once: true });
    const done = (): void => {
      disarm();
      signal?.removeEventListener("abort", abort);
      this.#leave();
    };
    stream.summary.then(done, done);
  }

  async #turn(): Promise<void> {
    this.#checkOpen();
    const { parallel = 2, waitingMax = 64 } = this.#options;
    if (this.#running < parallel) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= waitingMax)
      throw new MillraceError("LIMIT", `${waitingMax} queries are waiting already`, { hint: "Try again later." });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A waiting query takes the place over, so that none can slip in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }

  #worker(): WorkerLink {
    if (this.#link === null || this.#link.dead)
      this.#link = new WorkerLink(
        { catalog: this.#options.catalog, catalogOptions: this.#options.catalogOptions },
        (request) => this.#options.pin?.(request),
      );
    return this.#link;
  }

  #checkOpen(): void {
    if (this.#closed) throw new MillraceError("WORKER", "SQL is closed");
  }
}

/** Starts nothing yet: the worker comes with the first query. */
export function openSql(options: SqlOptions): Sql {
  return new Sql(options);
}
