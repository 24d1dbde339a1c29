/** One SQL worker thread as the main thread sees it: starts it, routes its messages to results, notices its death. */
import { Worker } from "node:worker_threads";
import { MillraceError } from "../base/errors.js";
import type { FromWorker, QueryLimits, ResultForm, ToWorker, WorkerOptions } from "./protocol.js";
import { receivedError, sentError } from "./protocol.js";
import { ResultStream } from "./result-stream.js";
import type { SqlValue } from "./values.js";

type AnyStream = ResultStream<SqlValue[][] | Uint8Array>;

export class WorkerLink {
  readonly #worker: Worker;
  readonly #streams = new Map<number, AnyStream>();
  readonly #pin: (request: unknown) => unknown;
  #lastId = 0;
  #dead = false;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;

  /** `pin` answers what the catalogue asks for; its answers are cloned. */
  constructor(options: WorkerOptions, pin: (request: unknown) => unknown) {
    this.#pin = pin;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: options, name: "millrace-sql" });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) =>
      this.#died(new MillraceError("WORKER", `the SQL worker died: ${error.message}`, { cause: error })),
    );
    this.#worker.on("exit", (code) =>
      this.#died(new MillraceError("WORKER", `the SQL worker ended with code ${code}`)),
    );
    this.ended = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    // An idle worker does not keep the process alive; a running query does.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#dead;
  }

  start(sql: string, form: ResultForm, limits: QueryLimits): AnyStream {
    const id = ++this.#lastId;
    this.#post({ type: "start", id, sql, form, limits });
    const stream: AnyStream = new ResultStream(
      () => this.#post({ type: "more", id }),
      () => this.#post({ type: "cancel", id }),
    );
    this.#streams.set(id, stream);
    this.#worker.ref();
    return stream;
  }

  /**
   * Rejects all queries with that error and leaves the worker to end by itself. It is not terminated: taking the
   * JavaScript away from under a running DuckDB aborts the process (measured with 1.5.6).
   */
  abandon(error: MillraceError): void {
    this.#post({ type: "close" });
    this.#died(error);
    this.#worker.unref();
  }

  async close(): Promise<void> {
    if (this.#dead) return;
    this.#worker.ref();
    this.#post({ type: "close" });
    await this.ended;
  }

  #post(message: ToWorker): void {
    if (!this.#dead) this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === "dead") {
      this.#died(new MillraceError("WORKER", `the SQL worker died: ${message.error.message}`));
      return;
    }
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
      case "error":
        this.#forget(message.id);
        stream.feed.error(receivedError(message.error));
        break;
      case "ask":
        void this.#answer(message.id, message.request);
        break;
    }
  }

  async #answer(id: number, request: unknown): Promise<void> {
    try {
      this.#post({ type: "answer", id, answer: await this.#pin(request) });
    } catch (error) {
      this.#post({ type: "refusal", id, error: sentError(error) });
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
