import assert from "node:assert/strict";
import { once } from "node:events";
import { request as rawRequest } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
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

interface Running {
  readonly program: Program;
  readonly server: RunningServer;
  readonly sql: Sql;
  close(): Promise<void>;
}

async function start(options: Partial<ServerOptions> = {}): Promise<Running> {
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

const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const order = (region: string, amount: number, at = "2026-01-01T00:00:05Z"): object => ({ at, region, amount });

describe("the HTTP API", () => {
  let running: Running;
  let url: string;
  before(async () => {
    running = await start({ page: new Map([["index.html", Buffer.from("<!doctype html>")]]) });
    url = running.server.url;
  });
  after(() => running.close());

  const post = (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${url}${path}`, { method: "POST", body, headers: { "content-type": "application/x-ndjson", ...headers } });
  const settled = (): Promise<void> => running.program.runtime.settle();
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests only
  const json = async (path: string): Promise<any> => (await fetch(`${url}${path}`)).json();

  test("rows are durable when they are answered, bad lines are dead letters with the reason", async () => {
    const body = lines(order("eu", 1), order("eu", 2.5), {
      ...order("us", 100),
      big: 9007199254740993n.toString(),
      price: "12.30",
    });
    const response = await post("/api/streams/orders", `${body}nope\n`);
    const answer = (await response.json()) as { rows: number; refused: number; deadLetters: string[] };
    assert.deepEqual([response.status, answer.rows, answer.refused], [200, 3, 1]);
    assert.match(answer.deadLetters[0] as string, /^line 4: not JSON/);
    const [letter] = await json("/api/dead-letters");
    assert.deepEqual([letter.row.text, letter.row.source, letter.row.line], ["nope", "http", 4]);
  });

  test("a gzip body, the stream's own path, and a partition", async () => {
    const zipped = await post("/ingest/orders?partition=1", new Uint8Array(gzipSync(lines(order("asia", 7)))), {
      "content-encoding": "gzip",
    });
    assert.deepEqual(await zipped.json(), { rows: 1, refused: 0, deadLetters: [] });
    await settled();
    const rows = await json("/api/streams/orders?partition=1");
    assert.deepEqual(rows, [
      {
        partition: 1,
        offset: 0,
        row: { at: "2026-01-01T00:00:05.000Z", region: "asia", amount: 7, big: null, price: null },
      },
    ]);
    const missing = await post("/api/streams/orders?partition=2", "{}");
    assert.equal(missing.status, 400);
  });

  test("status counts, and says that it is ready", async () => {
    await settled();
    const { ready, events, alerts, deadLetters, progress } = await json("/api/status");
    assert.deepEqual([ready, events, alerts, deadLetters, progress], [true, 4, 0, 1, null]);
  });

  test("views by key, by the beginning of a key, by bounds, page by page", async () => {
    await settled();
    assert.deepEqual(await json("/api/views/totals?region=eu"), [{ region: "eu", orders: 2, total: 3.5 }]);
    assert.deepEqual(await json("/api/views/totals?region=nowhere"), []);
    const first = await fetch(`${url}/api/views/totals?limit=2`);
    assert.equal(first.headers.get("x-millrace-epoch"), String(running.program.runtime.engine.commit.epoch));
    assert.deepEqual(
      ((await first.json()) as { region: string }[]).map((row) => row.region),
      ["asia", "eu"],
    );
    const rest = await json(`/api/views/totals?limit=2&cursor=${first.headers.get("x-millrace-next")}`);
    assert.deepEqual(
      rest.map((row: { region: string }) => row.region),
      ["us"],
    );
    const down = await fetch(`${url}/api/views/totals?limit=1&reverse=true`);
    assert.equal(((await down.json()) as { region: string }[])[0]?.region, "us");
    const next = await json(`/api/views/totals?limit=1&reverse=true&cursor=${down.headers.get("x-millrace-next")}`);
    assert.equal(next[0].region, "eu");
    assert.equal(
      (
        await json(
          "/api/views/minutes?region=eu&from.windowStart=2026-01-01T00:00:00Z&to.windowStart=2026-01-01T00:01:00Z",
        )
      ).length,
      1,
    );
    assert.equal((await json("/api/views/minutes?region=eu&from.windowStart=2026-01-01T00:01:00Z")).length, 0);
    const ndjson = await fetch(`${url}/api/views/totals`, { headers: { accept: "application/x-ndjson" } });
    assert.equal((await ndjson.text()).trim().split("\n").length, 3);
  });

  test("int64, decimals and times come without loss", async () => {
    await settled();
    const [, , row] = await json("/api/streams/orders");
    assert.deepEqual(row.row, {
      at: "2026-01-01T00:00:05.000Z",
      region: "us",
      amount: 100,
      big: "9007199254740993",
      price: "12.30",
    });
    const response = await fetch(`${url}/api/streams/large?from=end-1`);
    assert.equal(response.headers.get("x-millrace-next"), "1");
    assert.equal(((await response.json()) as { row: { amount: number } }[])[0]?.row.amount, 100);
  });

  test("SQL as JSON, CSV and NDJSON; what is wrong is said", async () => {
    await settled();
    const ask = (sql: string, accept = "application/json"): Promise<Response> =>
      post("/api/sql", JSON.stringify({ sql }), { "content-type": "application/json", accept });
    const result = (await (await ask("select region, total from totals order by region")).json()) as {
      rows: unknown[];
    };
    assert.deepEqual(result.rows, [
      ["asia", 7],
      ["eu", 3.5],
      ["us", 100],
    ]);
    assert.equal(
      await (await ask("select region from totals where region = 'eu'", "text/csv")).text(),
      "region\r\neu\r\n",
    );
    assert.equal(
      await (await ask("select count(*) as n from dead_letters", "application/x-ndjson")).text(),
      '{"n":1}\n',
    );
    const wrong = await ask("select * from totls", "text/csv");
    assert.equal(wrong.status, 400);
    assert.match(((await wrong.json()) as { error: { hint: string } }).error.hint, /totals/);
  });

  test("a subscriber gets a snapshot, then each commit's changes", async () => {
    await settled();
    const events = await listen(`${url}/api/views/totals/changes?region=eu`);
    assert.deepEqual(await events.next(3), ["snapshot", "row", "live"]);
    await post("/api/streams/orders", lines(order("us", 1), order("eu", 10)));
    assert.deepEqual(await events.next(1), ["row"]);
    assert.deepEqual(events.last, { region: "eu", orders: 3, total: 13.5 });
    events.close();
  });

  test("a tail gives what was there, then rows as they are committed", async () => {
    const events = await listen(`${url}/api/streams/large/tail?last=10`);
    assert.deepEqual(await events.next(1), ["row"]);
    await post("/api/streams/orders", lines(order("us", 500)));
    assert.deepEqual(await events.next(1), ["row"]);
    assert.equal((events.last as { row: { amount: number } }).row.amount, 500);
    events.close();
    const skipping = await listen(`${url}/api/streams/large/tail?last=10&behindMax=1`);
    assert.deepEqual(await skipping.next(2), ["gap", "row"]);
    skipping.close();
  });

  test("errors are JSON with a code and a hint", async () => {
    const error = async (path: string, init?: RequestInit): Promise<[number, string]> => {
      const response = await fetch(`${url}${path}`, init);
      const { error: told } = (await response.json()) as { error: { code: string; message: string } };
      return [response.status, told.code];
    };
    assert.deepEqual(await error("/api/views/totlas"), [404, "NAME"]);
    assert.deepEqual(await error("/api/nothing"), [404, "NAME"]);
    assert.deepEqual(await error("/api/views", { method: "DELETE" }), [405, "REQUEST"]);
    assert.deepEqual(await error("/api/views/totals?limit=0"), [400, "REQUEST"]);
    assert.deepEqual(await error("/api/views/totals?colour=red"), [400, "REQUEST"]);
    assert.deepEqual(await error("/api/views/minutes?windowStart=2026-01-01"), [400, "REQUEST"]);
    assert.deepEqual(await error("/api/views/totals?cursor=%25"), [400, "REQUEST"]);
    assert.deepEqual(await error("/api/streams/orders?from=then"), [400, "REQUEST"]);
    assert.deepEqual(
      await error("/api/streams/large", {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/x-ndjson" },
      }),
      [404, "NAME"],
    );
    assert.deepEqual(
      await error("/api/streams/orders", {
        method: "POST",
        body: "a=1",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
      [415, "REQUEST"],
    );
    assert.deepEqual(
      await error("/api/streams/orders", {
        method: "POST",
        body: "x",
        headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
      }),
      [400, "DECODE"],
    );
    assert.deepEqual(
      await error("/api/sql", { method: "POST", body: "{", headers: { "content-type": "application/json" } }),
      [400, "REQUEST"],
    );
  });

  test("a name pointed at this machine, and pages of other sites, reach nothing", async () => {
    const status = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        rawRequest(`${url}/api/status`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on("error", reject)
          .end();
      });
    const own = new URL(url).host;
    assert.equal(await status({ host: "evil.example" }), 403);
    assert.equal(await status({ host: own, origin: "http://evil.example" }), 403);
    assert.equal(await status({ host: own, origin: "null" }), 403);
    assert.equal(await status({ host: own, origin: `http://${own}` }), 200);
    assert.equal(await status({ host: "localhost:1234" }), 200);
  });

  test("the page has a policy without inline scripts; metrics and the description are there", async () => {
    const page = await fetch(`${url}/`);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    assert.equal((await fetch(`${url}/console/..%2findex.html`)).status, 404);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of [
      "rows_total",
      "late_rows_total",
      "dead_letters_total",
      "epochs_total",
      "epoch_seconds_bucket",
      "lag_rows",
      "view_rows",
      "http_requests_total",
    ])
      assert.match(metrics, new RegExp(`^millrace_${name}`, "m"));
    assert.match(metrics, /^process_cpu_seconds_total/m);
    const { openapi, paths, components } = await json("/openapi.json");
    assert.equal(openapi, "3.1.0");
    for (const path of [
      "/api/status",
      "/api/streams/{name}",
      "/api/views/{name}/changes",
      "/api/sql",
      "/ingest/orders",
      "/api/views/totals",
      "/api/streams/orders",
    ])
      assert.ok(paths[path], path);
    assert.deepEqual(components.schemas.view_totals.required, ["region", "orders", "total"]);
  });
});

test("bodies are bounded: 413 says what was taken, 429 when to come back", async () => {
  const running = await start({ bodyBytesMax: 2000, lagMax: 0 });
  try {
    const { url } = running.server;
    const many = lines(...Array.from({ length: 100 }, () => order("eu", 1)));
    const send = (body: string | ReadableStream): Promise<Response> =>
      fetch(`${url}/api/streams/orders`, {
        method: "POST",
        body,
        headers: { "content-type": "application/x-ndjson" },
        duplex: "half",
      } as RequestInit);
    assert.equal((await send(many)).status, 413);
    const chunked = await send(new Blob([many]).stream());
    assert.equal(chunked.status, 413);
    assert.deepEqual(((await chunked.json()) as { taken: object }).taken, { lines: 0, rows: 0, refused: 0 });
    const bomb = await fetch(`${url}/api/streams/orders`, {
      method: "POST",
      body: new Uint8Array(gzipSync("x".repeat(1_000_000))),
      headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
    });
    assert.equal(bomb.status, 413);
    // Eight blocks of 128 KiB, a byte each.
    const block = (last: number): number[] => [
      (((128 << 10) << 3) & 0xff) | 2 | last,
      (((128 << 10) << 3) >> 8) & 0xff,
      16,
      97,
    ];
    const zstdBomb = await fetch(`${url}/api/streams/orders`, {
      method: "POST",
      body: new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 56, ...[0, 0, 0, 0, 0, 0, 0, 1].flatMap(block)]),
      headers: { "content-type": "application/x-ndjson", "content-encoding": "zstd" },
    });
    assert.equal(zstdBomb.status, 413);
    await running.program.runtime.crash(); // nothing is processed any more, so rows wait
    assert.equal((await send(lines(order("eu", 1)))).status, 200);
    const busy = await send(lines(order("eu", 1)));
    assert.deepEqual([busy.status, busy.headers.get("retry-after")], [429, "1"]);
  } finally {
    await running.close();
  }
});

test("a subscriber that does not read is let go, and nothing waits for it without bound", async () => {
  // By a clock that stands still: one that is slow to read the end of it is cut off after 2 s.
  const running = await start({ clock: new VirtualClock() });
  const socket = connect(Number(new URL(running.server.url).port), "127.0.0.1");
  try {
    socket.write("GET /api/views/totals/changes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    await once(socket, "data");
    socket.pause();
    const { runtime } = running.program;
    for (let i = 0; i < 400; i++)
      await runtime.push("orders", [{ at: "2026-01-01T00:00:00Z", region: `${i} ${"r".repeat(60_000)}`, amount: 1 }]);
    await runtime.settle();
    let last = "";
    let bytes = 0;
    socket.on("data", (part) => {
      bytes += part.length;
      last = part.toString();
    });
    socket.resume();
    await once(socket, "end");
    assert.match(last, /: too slow\n\n\r\n0\r\n\r\n$/);
    assert.ok(bytes < 400 * 60_000, `${bytes} bytes came`);
  } finally {
    socket.destroy();
    await running.close();
  }
});

test("others need a token, which is asked of everything but the page", async () => {
  await assert.rejects(start({ host: "0.0.0.0" }), /needs a token/);
  const running = await start({ host: "127.0.0.1", token: "secret" });
  try {
    const { url } = running.server;
    const status = async (path: string, token?: string): Promise<number> =>
      (await fetch(`${url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }))
        .status;
    assert.equal(await status("/api/status"), 401);
    assert.equal(await status("/api/status", "wrong"), 401);
    assert.equal(await status("/api/status", "secret"), 200);
    assert.equal(await status("/metrics"), 401);
    assert.equal(await status("/"), 200);
    await assert.rejects(start({ port: Number(new URL(url).port), host: "127.0.0.1" }), /port \d+ is in use/);
  } finally {
    await running.close();
  }
});

/** Reads server-sent events one by one. */
async function listen(
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
