/** Where collected events go: to standard output, to a running program over HTTP, or into a data directory. */
import type { Embedded } from "millrace";
import { MillraceError } from "millrace";
import type { Chunk } from "./journal.js";

export interface Delivery {
  /**
   * Resolves when the events have arrived. Rejects with `Stopped` when nobody takes them any more, and with a
   * `MillraceError` when trying again would not help.
   */
  deliver(chunk: Chunk): Promise<void>;
}

/** The one at the other end is gone, which is no error: `hunt collect | head`. */
export class Stopped extends Error {}

/** To a stream of this process; the reader sets the pace. */
export class StreamDelivery implements Delivery {
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
    out.on("error", () => {
      // Each write tells of it; without a listener it would end the process.
    });
  }

  deliver({ text }: Chunk): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#out.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else if ((error as { code?: string }).code === "EPIPE") reject(new Stopped());
        else reject(new MillraceError("DISK", `can't write: ${error.message}`, { cause: error }));
      });
    });
  }
}

/** Into a data directory, by this process: each event exactly once, because the place in the journal is kept with it. */
export class DataDelivery implements Delivery {
  readonly #hunt: Embedded;
  readonly #stream: string;

  constructor(hunt: Embedded, stream: string) {
    this.#hunt = hunt;
    this.#stream = stream;
  }

  async deliver({ path }: Chunk): Promise<void> {
    // The file may grow meanwhile: lines that are whole are taken, the rest the next time.
    const { failed } = await this.#hunt.ingest(this.#stream, path);
    const [first] = failed;
    if (first !== undefined) throw first.error;
    await this.#hunt.settle();
  }
}
