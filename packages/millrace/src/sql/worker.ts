/**
 * The SQL worker thread: holds the catalogue, runs queries one beside the other. DuckDB's threads do the work; this one
 * runs the scans and turns results into messages.
 */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../base/clock.js";
import { assert, MillraceError } from "../base/errors.js";
import type { Catalog, OpenCatalog } from "./catalog.js";
import type { ResultColumn } from "./format.js";
import { rowsText, startText } from "./format.js";
import type { FromWorker, StartMessage, ToWorker, WorkerOptions } from "./protocol.js";
import { BATCHES_AHEAD, receivedError, sentError } from "./protocol.js";
import type { ResultSink } from "./run-query.js";
import { RunningQuery } from "./run-query.js";
import type { SqlValue } from "./values.js";

class Sender implements ResultSink {
  readonly #start: StartMessage;
  #columns: readonly ResultColumn[] = [];
  #ahead = 0;
  #wake: (() => void) | null = null;

  constructor(start: StartMessage) {
    this.#start = start;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.#columns = columns;
    const { id, form } = this.#start;
    send({ type: "columns", id, columns });
    if (form !== "rows") this.#text(startText(form, columns), 0);
  }

  async rows(rows: SqlValue[][]): Promise<void> {
    const { id, form } = this.#start;
    if (form === "rows") send({ type: "rows", id, rows });
    else this.#text(rowsText(form, this.#columns, rows), rows.length);
    this.#ahead++;
    while (this.#ahead >= BATCHES_AHEAD) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** The reader took a batch. */
  more(): void {
    this.#ahead--;
    this.#wakeUp();
  }

  abandon(): void {
    this.#ahead = Number.NEGATIVE_INFINITY;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #text(text: string, rows: number): void {
    const bytes = new TextEncoder().encode(text);
    send({ type: "text", id: this.#start.id, bytes, rows }, [bytes.buffer as ArrayBuffer]);
  }
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

class QueryWorker {
  readonly #catalog: Catalog;
  readonly #running = new Map<number, { query: RunningQuery; sender: Sender; done: Promise<void> }>();

  readonly #answers = new Map<number, { resolve: (answer: unknown) => void; reject: (error: unknown) => void }>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  handle(message: ToWorker): void {
    switch (message.type) {
      case "start":
        this.#start(message);
        break;
      case "answer":
        this.#answers.get(message.id)?.resolve(message.answer);
        break;
      case "refusal":
        this.#answers.get(message.id)?.reject(receivedError(message.error));
        break;
      case "more":
        this.#running.get(message.id)?.sender.more();
        break;
      case "cancel":
        this.#running.get(message.id)?.query.stop(new MillraceError("REQUEST", "the query was cancelled"));
        break;
      case "close":
        void this.#close();
        break;
    }
  }

  #start(message: StartMessage): void {
    const query = new RunningQuery(message.sql, message.limits, systemClock);
    const sender = new Sender(message);
    // The entry must be there before the first message goes out.
    const done = Promise.resolve().then(() => this.#run(message.id, query, sender));
    this.#running.set(message.id, { query, sender, done });
  }

  async #run(id: number, query: RunningQuery, sender: Sender): Promise<void> {
    try {
      const summary = await query.run(this.#catalog, (request) => this.#ask(id, request), sender);
      send({ type: "end", id, summary });
    } catch (error) {
      send({ type: "error", id, error: sentError(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #ask(id: number, request: unknown): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      send({ type: "ask", id, request });
    }).finally(() => this.#answers.delete(id));
  }

  /**
   * A bug: the worker must end, but not while DuckDB is at work, which would take the whole process with it. So the
   * main thread is told first, and the queries are stopped.
   */
  async fail(error: unknown): Promise<void> {
    send({ type: "dead", error: sentError(error) });
    await this.#stopAll();
    process.exit(1);
  }

  async #stopAll(): Promise<void> {
    for (const { query } of this.#running.values()) query.stop(new MillraceError("WORKER", "the SQL worker is ending"));
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async #close(): Promise<void> {
    await this.#stopAll();
    await this.#catalog.close();
    parentPort?.close();
  }
}

const port = parentPort;
assert(port !== null, "sql/worker runs as a worker thread");
const options = workerData as WorkerOptions;
const { openCatalog } = (await import(options.catalog)) as { openCatalog: OpenCatalog };
const worker = new QueryWorker(await openCatalog(options.catalogOptions));
process.on("uncaughtException", (error) => void worker.fail(error));
port.on("message", (message: ToWorker) => worker.handle(message));
