/** Rows over HTTP, status, errors, and what the server guards against. */
import assert from "node:assert/strict";
import { request as rawRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { lines, order, Shop } from "./shop-api.test.module.js";

describe("the HTTP API", () => {
  let shop: Shop;
  before(async () => {
    shop = await Shop.open();
  });
  after(() => shop.running.close());

  test("rows are durable when they are answered, bad lines are dead letters with the reason", async () => {
    const body = lines(order("eu", 1), order("eu", 2.5), {
      ...order("us", 100),
      big: 9007199254740993n.toString(),
      price: "12.30",
    });
    const response = await shop.post("/api/streams/orders", `${body}nope\n`);
    const answer = (await response.json()) as { rows: number; refused: number; deadLetters: string[] };
    assert.deepEqual([response.status, answer.rows, answer.refused], [200, 3, 1]);
    assert.match(answer.deadLetters[0] as string, /^line 4: not JSON/);
    const [letter] = await shop.json("/api/dead-letters");
    assert.deepEqual([letter.row.text, letter.row.source, letter.row.line], ["nope", "http", 4]);
  });

  test("a gzip body, the stream's own path, and a partition", async () => {
    const zipped = await shop.post("/ingest/orders?partition=1", new Uint8Array(gzipSync(lines(order("asia", 7)))), {
      "content-encoding": "gzip",
    });
    assert.deepEqual(await zipped.json(), { rows: 1, refused: 0, deadLetters: [] });
    await shop.settled();
    const rows = await shop.json("/api/streams/orders?partition=1");
    assert.deepEqual(rows, [
      {
        partition: 1,
        offset: 0,
        row: { at: "2026-01-01T00:00:05.000Z", region: "asia", amount: 7, big: null, price: null },
      },
    ]);
    const missing = await shop.post("/api/streams/orders?partition=2", "{}");
    assert.equal(missing.status, 400);
  });

  test("status counts, and says that it is ready", async () => {
    await shop.settled();
    const { ready, events, alerts, deadLetters, progress } = await shop.json("/api/status");
    assert.deepEqual([ready, events, alerts, deadLetters, progress], [true, 4, 0, 1, null]);
  });

  test("errors are JSON with a code and a hint", async () => {
    const error = async (path: string, init?: RequestInit): Promise<[number, string]> => {
      const response = await fetch(`${shop.url}${path}`, init);
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
        rawRequest(`${shop.url}/api/status`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on("error", reject)
          .end();
      });
    const own = new URL(shop.url).host;
    assert.equal(await status({ host: "evil.example" }), 403);
    assert.equal(await status({ host: own, origin: "http://evil.example" }), 403);
    assert.equal(await status({ host: own, origin: "null" }), 403);
    assert.equal(await status({ host: own, origin: `http://${own}` }), 200);
    assert.equal(await status({ host: "localhost:1234" }), 200);
  });

  test("the page has a policy without inline scripts; metrics and the description are there", async () => {
    const page = await fetch(`${shop.url}/`);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    assert.equal((await fetch(`${shop.url}/console/..%2findex.html`)).status, 404);
    const metrics = await (await fetch(`${shop.url}/metrics`)).text();
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
    const { openapi, paths, components } = await shop.json("/openapi.json");
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
