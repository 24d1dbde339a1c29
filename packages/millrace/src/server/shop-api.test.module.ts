/** The shop over HTTP, for tests of its API: a program in memory and its server, what is put in, and what is asked. */
import assert from "node:assert/strict";
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
  {
    at: t.timestamp(),
    region: t.string(),
    amount: t.float64(),
    big: t.int64().optional(),
    price: t.decimal(10, 2).optional(),
  },
  { time: "at", partitions: 2, from: http({ path: "/ingest/orders" }) },
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

export interface Running {
  readonly program: Program;
  readonly server: RunningServer;
  readonly sql: Sql;
  close(): Promise<void>;
}

export async function start(options: Partial<ServerOptions> = {}): Promise<Running> {
  const program = await Program.open(shop, new VirtualClock(), BASE);
  const { runtime } = program;
  const sql = new Sql({
    catalog: DATA_CATALOG,
    catalogOptions: { data: null },
    pin: pinFrom(runtime.log, runtime.store),
  });
  const server = await startServer({ runtime, sql }, { port: 0, ...options });
  runtime.live();
  const close = async (): Promise<void> => {
    await server.close();
    await sql.close();
    await program.close();
  };
  return { program, server, sql, close };
}

export const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
export const order = (region: string, amount: number, at = "2026-01-01T00:00:05Z"): object => ({ at, region, amount });

/** A running shop and the ways to ask it. */
export class Shop {
  readonly running: Running;

  private constructor(running: Running) {
    this.running = running;
  }

  static async open(): Promise<Shop> {
    return new Shop(await start({ page: new Map([["index.html", Buffer.from("<!doctype html>")]]) }));
  }

  get url(): string {
    return this.running.server.url;
  }

  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const sent = { "content-type": "application/x-ndjson", ...headers };
    return fetch(`${this.url}${path}`, { method: "POST", body, headers: sent });
  }

  settled(): Promise<void> {
    return this.running.program.runtime.settle();
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests only
  async json(path: string): Promise<any> {
    return (await fetch(`${this.url}${path}`)).json();
  }

  /** Three rows into partition 0, one of them large and one with every column, and one into partition 1. */
  async sell(): Promise<void> {
    const every = { ...order("us", 100), big: "9007199254740993", price: "12.30" };
    await this.post("/api/streams/orders", `${lines(order("eu", 1), order("eu", 2.5), every)}nope\n`);
    await this.post("/api/streams/orders?partition=1", lines(order("asia", 7)));
    await this.settled();
  }
}

/** Reads server-sent events one by one. */
export async function listen(
  url: string,
): Promise<{ next(n: number): Promise<string[]>; readonly last: unknown; close(): void }> {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  assert.equal(response.status, 200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const waiting: { event: string; data: unknown }[] = [];
  let rest = "";
  let last: unknown = null;
  return {
    async next(n) {
      while (waiting.length < n) {
        const { value, done } = await reader.read();
        assert.ok(!done, "the stream ended");
        const blocks = (rest + Buffer.from(value).toString()).split("\n\n");
        rest = blocks.pop() as string;
        for (const block of blocks) {
          const event = /^event: (.*)$/m.exec(block)?.[1];
          if (event !== undefined)
            waiting.push({ event, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") });
        }
      }
      const taken = waiting.splice(0, n);
      last = taken.at(-1)?.data;
      return taken.map(({ event }) => event);
    },
    get last() {
      return last;
    },
    close: () => stop.abort(),
  };
}
