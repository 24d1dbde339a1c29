/** One SQL worker thread as the main thread sees it: starts it, routes its messages to results, notices its death. */
import { Worker } from "node:worker_threads";
import { MillraceError } from "../base/errors.js";
import type { FromWorker, QueryLimits, ResultForm, ToWorker, WorkerOptions } from "./protocol.js";
import { ResultStream } from "./result-stream.js";
import type { SqlValue } from "./values.js";

type AnyStream = ResultStream<SqlValue[][] | Uint8Array>;

export class WorkerLink {
  readonly #worker: Worker;
  readonly #streams = new Map<number, AnyStream>();
  #lastId = 0;
  #dead = false;

  constructor(options: WorkerOptions) {
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: options, name: "millrace-sql" });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.#died(new MillraceError("WORKER", `the SQL worker died: ${error.message}`, { cause: error })));
    this.#worker.on("exit", (code) => this.#died(new MillraceError("WORKER", `the SQL worker ended with code ${code}`)));
    // An idle worker does not keep the process alive; a running query does.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Throws when `pinned` cannot be cloned. */
  start(sql: string, form: ResultForm, limits: QueryLimits, pinned: unknown): AnyStream {
    const id = ++this.#lastId;
    this.#post({ type: "start", id, sql, form, limits, pinned });
    const stream: AnyStream = new ResultStream(
      () => this.#post({ type: "more", id }),
      () => this.#post({ type: "cancel", id }),
    );
    this.#streams.set(id, stream);
    this.#worker.ref();
    return stream;
  }

  /** Rejects all queries with that error and leaves the worker to end by itself: a thread inside DuckDB cannot be stopped. */
  abandon(error: MillraceError): void {
    this.#died(error);
    this.#worker.unref();
    void this.#worker.terminate();
  }

  async close(): Promise<void> {
    if (this.#dead) return;
    const ended = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.ref();
    this.#post({ type: "close" });
    await ended;
  }

  #post(message: ToWorker): void {
    if (!this.#dead) this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === "ready") return;
    const stream = this.#streams.get(message.id);
    if (stream === undefined) return;
    switch (message.type) {
      case "columns":
        stream.feed.columns(message.columns);
        break;
      case "rows":
        stream.feed.batch(message.rows);
        break;
      case "text":
        stream.feed.batch(message.bytes);
        break;
      case "end":
        this.#forget(message.id);
        stream.feed.end(message.summary);
        break;
      case "error": {
        const { code, message: text, hint } = message.error;
        this.#forget(message.id);
        stream.feed.error(new MillraceError(code, text, hint === undefined ? {} : { hint }));
        break;
      }
    }
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    if (this.#streams.size === 0) this.#worker.unref();
  }

  #died(error: MillraceError): void {
    if (this.#dead) return;
    this.#dead = true;
    for (const stream of this.#streams.values()) stream.feed.error(error);
    this.#streams.clear();
  }
}
