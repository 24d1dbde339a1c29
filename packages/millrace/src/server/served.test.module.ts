/** A small program behind the HTTP API, in memory, and ways to speak to it that `fetch` does not have. */
import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { request as rawRequest } from "node:http";
import { VirtualClock } from "../base/clock.js";
import { app } from "../plan/app.js";
import { stream, tumble } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { http } from "../source/spec.js";
import { DATA_CATALOG } from "../sql/data-catalog.js";
import { pinFrom } from "../sql/pinned-log.js";
import { Sql } from "../sql/sql.js";
import { BASE } from "../testing/configuration.js";
import { Program } from "../testing/program.js";
import type { RunningServer, ServerOptions } from "./server.js";
import { startServer } from "./server.js";

const orders = stream(
  "orders",
  { at: t.timestamp(), region: t.string(), amount: t.float64() },
  { time: "at", future: "365d", partitions: 2, from: http({ path: "/ingest/orders" }) },
);
const totals = orders
  .by("region")
  .agg((a) => ({ orders: a.count(), total: a.sum("amount") }), { keep: "forever" })
  .view("totals");
const minutes = orders
  .by("region")
  .window(tumble("1m"), { emit: "updates" })
  .agg((a) => ({ orders: a.count() }))
  .view("minutes");
const large = orders.filter((e) => e.amount >= 100).stream("large");
const shop = app(import.meta, "shop", [totals, minutes, large]);

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests only
  readonly json: any;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export class ServedShop {
  readonly program: Program;
  readonly server: RunningServer;
  /** The program's, not the server's. */
  readonly clock: VirtualClock;
  readonly #sql: Sql;

  private constructor(program: Program, server: RunningServer, clock: VirtualClock, sql: Sql) {
    this.program = program;
    this.server = server;
    this.clock = clock;
    this.#sql = sql;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<ServedShop> {
    const clock = new VirtualClock();
    const program = await Program.open(shop, clock, BASE);
    const { runtime } = program;
    const sql = new Sql({
      catalog: DATA_CATALOG,
      catalogOptions: { data: null },
      pin: pinFrom(runtime.log, runtime.store),
    });
    const server = await startServer({ runtime, sql }, { port: 0, ...options });
    runtime.live();
    return new ServedShop(program, server, clock, sql);
  }

  get url(): string {
    return this.server.url;
  }

  /** Sends the path as it is written, which `fetch` would tidy up. */
  ask(path: string, { method = "GET", headers = {}, body }: Question = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const sent = rawRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString();
          const isJson = (response.headers["content-type"] ?? "").startsWith("application/json");
          const { statusCode: status = 0 } = response;
          resolve({ status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** Rows into `orders`. */
  put(
    rows: readonly object[] | string | Uint8Array,
    headers: Record<string, string> = {},
    query = "",
  ): Promise<Answer> {
    const body =
      typeof rows === "string" || rows instanceof Uint8Array
        ? rows
        : rows.map((r) => `${JSON.stringify(r)}\n`).join("");
    const type = { "content-type": "application/x-ndjson" };
    return this.ask(`/api/streams/orders${query}`, { method: "POST", body, headers: { ...type, ...headers } });
  }

  sql(sql: string, also: object = {}, accept = "application/json"): Promise<Answer> {
    const headers = { "content-type": "application/json", accept };
    return this.ask("/api/sql", { method: "POST", headers, body: JSON.stringify({ sql, ...also }) });
  }

  settled(): Promise<void> {
    return this.program.runtime.settle();
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.#sql.close();
    await this.program.close();
  }
}

export function order(region: string, amount: number, at = "2026-01-01T00:00:05Z"): object {
  return { at, region, amount };
}

/** The one shape of everything that is not 2xx. */
export function assertError({ status, headers, json }: Answer, expected: readonly [number, string, RegExp]): void {
  assert.deepEqual([status, json?.error?.code], [expected[0], expected[1]], JSON.stringify(json));
  assert.match(json.error.message, expected[2]);
  assert.match(headers["content-type"] ?? "", /^application\/json/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  for (const [name, value] of Object.entries(json.error)) {
    assert.ok(["code", "message", "hint"].includes(name), name);
    assert.equal(typeof value, "string");
  }
  assert.doesNotMatch(JSON.stringify(json), /node_modules|\.js:\d|at Object/);
}

export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: looked into by tests only
  readonly data: any;
}

/** Server-sent events, one by one. */
export class Events {
  readonly #stop: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #waiting: ServerEvent[] = [];
  /** Lines for people. */
  readonly comments: string[] = [];
  #rest = "";

  private constructor(body: ReadableStream<Uint8Array>, stop: AbortController) {
    this.#reader = body.getReader();
    this.#stop = stop;
  }

  static async open(url: string): Promise<Events> {
    const stop = new AbortController();
    const response = await fetch(url, { signal: stop.signal });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    return new Events(response.body as ReadableStream<Uint8Array>, stop);
  }

  async next(n: number): Promise<ServerEvent[]> {
    while (this.#waiting.length < n) assert.ok(await this.#read(), "the stream ended");
    return this.#waiting.splice(0, n);
  }

  /** Resolves when the server has ended it. */
  async ended(): Promise<void> {
    while (await this.#read());
  }

  /** The client goes away without a word. */
  leave(): void {
    this.#stop.abort();
  }

  async #read(): Promise<boolean> {
    const { value, done } = await this.#reader.read();
    if (done) return false;
    const blocks = (this.#rest + Buffer.from(value).toString()).split("\n\n");
    this.#rest = blocks.pop() as string;
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("event") !== "")
        this.#waiting.push({ event: field("event"), id: field("id"), data: JSON.parse(field("data")) });
      else this.comments.push(block);
    }
    return true;
  }
}
