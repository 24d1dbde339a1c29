/**
 * Server-sent events to one client. Two kinds of sender share it:
 *
 *   push   changes of a view, as they are committed: what waits for the client is bounded, a slow one is let go
 *   pull   rows of a stream: the log is the queue, so the sender waits (`drained`) and the client may fall behind
 *
 * A client that is let go reads ": too slow" as the last line, and starts with a fresh snapshot when it comes back.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Clock } from "../base/clock.js";
import { HttpError } from "./http-error.js";

/** Bytes that may wait for one client. */
const WAITING_BYTES_MAX = 4 << 20;
const CLIENTS_MAX = 256;
const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long is gone. */
const STALLED_MS = 60_000;

export class EventStream {
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #callbacks: (() => void)[] = [];
  #open = true;
  #stopHeartbeat: () => void = () => {};

  constructor(reply: FastifyReply, clock: Clock) {
    this.#reply = reply;
    this.#clock = clock;
    reply.hijack();
    const { raw } = reply;
    // The headers that hooks have set are not sent by a hijacked reply.
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    raw.write(": open\n\n");
    raw.on("close", () => this.#closed());
    raw.on("error", () => this.#closed());
    this.#beat();
  }

  get open(): boolean {
    return this.#open;
  }

  /** Calls back once, also when it is closed already. */
  onClose(callback: () => void): void {
    if (this.#open) this.#callbacks.push(callback);
    else callback();
  }

  send(event: string, id: string, data: unknown): void {
    if (!this.#open) return;
    const { raw } = this.#reply;
    raw.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
    if (raw.writableLength > WAITING_BYTES_MAX) this.close("too slow");
  }

  /** Resolves when the client has taken what was sent, or is gone; closes one that has stalled. */
  async drained(): Promise<void> {
    const { raw } = this.#reply;
    if (!this.#open || !raw.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(STALLED_MS, () => this.close("stalled"));
      const done = (): void => {
        cancel();
        raw.off("drain", done);
        resolve();
      };
      raw.once("drain", done);
      this.onClose(done);
    });
  }

  /** Ends the stream; the reason is its last line, for people. */
  close(reason = "end"): void {
    if (!this.#open) return;
    const { raw } = this.#reply;
    raw.end(`: ${reason}\n\n`);
    // A client that reads nothing keeps its socket, and what waits in it, until it is cut.
    const cut = this.#clock.after(2000, () => raw.destroy());
    raw.once("close", cut);
    this.#closed();
  }

  #beat(): void {
    this.#stopHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      if (!this.#reply.raw.writableNeedDrain) this.#reply.raw.write(": still here\n\n");
      this.#beat();
    });
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stopHeartbeat();
    for (const callback of this.#callbacks.splice(0)) callback();
  }
}

/** The event streams of one server: not more than so many, ended when the server closes. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  readonly #clock: Clock;

  constructor(server: FastifyInstance, clock: Clock) {
    this.#clock = clock;
    server.addHook("preClose", (done) => {
      for (const stream of [...this.#open]) stream.close("the server stops");
      done();
    });
  }

  /** Takes the reply over. Throws `LIMIT` when too many clients listen. */
  start(reply: FastifyReply): EventStream {
    if (this.#open.size >= CLIENTS_MAX)
      throw new HttpError(503, "LIMIT", `${CLIENTS_MAX} clients listen already`, { headers: { "retry-after": "10" } });
    const stream = new EventStream(reply, this.#clock);
    this.#open.add(stream);
    stream.onClose(() => this.#open.delete(stream));
    return stream;
  }
}
