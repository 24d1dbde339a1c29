/** A result on its way: columns first, then batches as they are taken, then what was done. */
import type { ResultColumn } from "./format.js";
import type { QuerySummary } from "./protocol.js";

export class ResultStream<B> {
  /** Resolves when the statement is understood and its first rows are on their way. */
  readonly columns: Promise<readonly ResultColumn[]>;
  /** Resolves after the last batch was taken over; rejects with the query's error. */
  readonly summary: Promise<QuerySummary>;
  readonly #batches: B[] = [];
  readonly #taken: () => void;
  readonly #cancel: () => void;
  #wake: (() => void) | null = null;
  #over = false;
  #error: unknown = null;
  #settle!: {
    columns: (columns: readonly ResultColumn[]) => void;
    noColumns: (error: unknown) => void;
    summary: (summary: QuerySummary) => void;
    failed: (error: unknown) => void;
  };

  /** `taken` is called for each batch the reader takes, `cancel` when it wants no more. */
  constructor(taken: () => void, cancel: () => void) {
    this.#taken = taken;
    this.#cancel = cancel;
    let columns!: (columns: readonly ResultColumn[]) => void;
    let noColumns!: (error: unknown) => void;
    this.columns = new Promise((resolve, reject) => {
      columns = resolve;
      noColumns = reject;
    });
    this.summary = new Promise((resolve, reject) => {
      this.#settle = { columns, noColumns, summary: resolve, failed: reject };
    });
    // The error reaches whoever reads; one who does not must not bring the process down.
    this.columns.catch(() => {});
    this.summary.catch(() => {});
  }

  /** The batches, once. Throws the query's error. Leaving the loop early cancels the query. */
  async *batches(): AsyncGenerator<B, void, void> {
    try {
      for (;;) {
        const batch = this.#batches.shift();
        if (batch !== undefined) {
          this.#taken();
          yield batch;
        } else if (this.#error !== null) throw this.#error;
        else if (this.#over) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      if (!this.#over) this.cancel();
    }
  }

  /** Stops the query; what reads it gets an error. Nothing happens when it is over. */
  cancel(): void {
    if (!this.#over) this.#cancel();
  }

  /** For the link to the worker. */
  readonly feed = {
    columns: (columns: readonly ResultColumn[]): void => this.#settle.columns(columns),
    batch: (batch: B): void => {
      this.#batches.push(batch);
      this.#wakeUp();
    },
    end: (summary: QuerySummary): void => {
      this.#over = true;
      this.#settle.summary(summary);
      this.#wakeUp();
    },
    error: (error: unknown): void => {
      this.#over = true;
      this.#error = error;
      this.#settle.noColumns(error);
      this.#settle.failed(error);
      this.#wakeUp();
    },
  };

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
