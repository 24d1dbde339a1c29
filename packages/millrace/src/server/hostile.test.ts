/** What must not get through: other sites, other names, no token, paths, statements, floods, bodies that never end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { VirtualClock } from "../base/clock.js";
import { assertError, order, ServedShop } from "./served.test.module.js";

describe("who may ask", () => {
  test("without a token: this machine's names only, and no page of another site", async () => {
    const shop = await ServedShop.start();
    try {
      const { host, port } = new URL(shop.url);
      const status = (headers: Record<string, string>): ReturnType<typeof shop.ask> =>
        shop.ask("/api/status", { headers });
      for (const name of ["evil.example", `evil.example:${port}`, "localhost.evil.example", "127.0.0.1.evil.example"])
        assertError(await status({ host: name }), [403, "REQUEST", /not a name of this server/]);
      for (const name of [host, `localhost:${port}`, "127.0.0.1", "[::1]:80", "LOCALHOST"])
        assert.equal((await status({ host: name })).status, 200, name);
      for (const origin of ["http://evil.example", "null", `https://${host}.evil.example`, "http://localhost:1", "%"])
        assertError(await status({ host, origin }), [403, "REQUEST", /other sites/]);
      assert.equal((await status({ host, origin: `http://${host}` })).status, 200);
      // Rows of another site's form are refused before they are read.
      const form = { method: "POST", body: "x", headers: { host, origin: "http://evil.example" } };
      assertError(await shop.ask("/api/streams/orders", form), [403, "REQUEST", /other sites/]);
      assert.equal((await shop.ask("/api/nothing", { headers: { host: "evil.example" } })).status, 403);
    } finally {
      await shop.close();
    }
  });

  test("with a token: everything but the page asks for it", async () => {
    const shop = await ServedShop.start({
      token: "sesame",
      host: "127.0.0.1",
      page: new Map([["index.html", Buffer.from("x")]]),
    });
    try {
      const paths = [
        "/api/status",
        "/api/views/totals",
        "/api/streams/orders/tail",
        "/metrics",
        "/openapi.json",
        "/no",
      ];
      for (const path of paths) {
        const refused = await shop.ask(path);
        assertError(refused, [401, "REQUEST", /a token is needed/]);
        assert.equal(refused.headers["www-authenticate"], "Bearer");
      }
      for (const authorization of ["Bearer sesam", "Bearer sesame1", "Basic sesame", "sesame", "Bearer"])
        assert.equal((await shop.ask("/api/status", { headers: { authorization } })).status, 401, authorization);
      assert.equal((await shop.ask("/api/status?token=sesame")).status, 401);
      const headers = { authorization: "Bearer sesame", host: "any.name.example" };
      assert.equal((await shop.ask("/api/status", { headers })).status, 200);
      assert.equal((await shop.ask("/")).status, 200);
    } finally {
      await shop.close();
    }
  });
});

describe("paths and statements", () => {
  let shop: ServedShop;
  before(async () => {
    shop = await ServedShop.start({ page: new Map([["index.html", Buffer.from("<!doctype html>")]]) });
    await shop.put([order("eu", 1)]);
    await shop.settled();
  });
  after(() => shop.close());

  const secret = readFileSync(fileURLToPath(new URL("server.js", import.meta.url)), "utf8").slice(0, 40);
  for (const path of [
    "/console/../server.js",
    "/console/..%2fserver.js",
    "/console/%2e%2e/server.js",
    "/console/..%5c..%5cserver.js",
    "/console//etc/passwd",
    "/console/%2fetc%2fpasswd",
    "/console/index.html%00.js",
    "/console/__proto__",
    "/console/constructor",
    "/api/views/..%2f..%2fetc",
    "/api/streams/%2e%2e",
    "/api/views/__proto__",
    "/api/views/%E0%A4%A",
    `/api/views/${"x".repeat(5000)}`,
  ])
    test(`${path.slice(0, 40)} leads nowhere`, async () => {
      const answer = await shop.ask(path);
      assert.ok([400, 404, 414].includes(answer.status), String(answer.status));
      assert.ok(answer.json.error.message !== "" && !answer.text.includes(secret) && !answer.text.includes("root:"));
    });

  for (const sql of [
    "drop view totals",
    "insert into orders values (1)",
    "delete from orders",
    "update totals set total = 0",
    "create table x as select 1",
    "copy (select 1) to 'out.csv'",
    "copy orders from 'in.csv'",
    "attach 'x.db'",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '100GB'",
    "reset memory_limit",
    "pragma enable_profiling",
    "pragma memory_limit = '100GB'",
    "call pragma_version()",
    "export database 'out'",
    "checkpoint",
    "begin",
    "select 1; select 2",
    "select 1; drop view totals",
    "explain analyze delete from orders",
    "prepare p as select 1",
    "select ?",
    "",
    ";;",
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('/*')",
    "select * from read_parquet('http://127.0.0.1:1/x')",
    "select getenv('PATH')",
    "select \u0000",
  ])
    test(`SQL is refused: ${JSON.stringify(sql)}`, async () => {
      assertError(await shop.sql(sql), [400, "REQUEST", /./]);
      const streamed = await shop.sql(sql, {}, "text/csv");
      assertError(streamed, [400, "REQUEST", /./]);
    });

  test("a query without end is stopped, one that is too large is refused, and the next is answered", async () => {
    const endless = "with recursive n as (select 1 as i union all select i + 1 from n) select count(*) from n";
    assertError(await shop.sql(endless, { timeoutMs: 300 }), [429, "LIMIT", /./]);
    const large = await shop.sql("select string_agg(repeat('x', 1000000), '') from range(100000)", {
      timeoutMs: 20_000,
    });
    assert.ok(large.status === 429 || large.status === 400, `${large.status} ${large.text.slice(0, 200)}`);
    assertError(await shop.sql(`select '${"x".repeat(300_000)}'`), [400, "REQUEST", /sql|characters/]);
    assert.deepEqual((await shop.sql("select orders from totals")).json.rows, [[1]]);
  });

  test("values of the body are checked", async () => {
    for (const also of [{ timeoutMs: 0 }, { rowsMax: 1e9 }, { rowsMax: "many" }, { format: "csv" }])
      assertError(await shop.sql("select 1", also), [400, "REQUEST", /./]);
  });
});

describe("bodies", () => {
  test("too large is 413 with what was taken; unpacking is bounded; 429 says when to come back", async () => {
    const shop = await ServedShop.start({ bodyBytesMax: 2000, lagMax: 0 });
    try {
      const rows = Array.from({ length: 100 }, () => order("eu", 1));
      assertError(await shop.put(rows), [413, "LIMIT", /at most 2000 bytes/]);
      const chunked = await shop.put(rows, { "transfer-encoding": "chunked" });
      assertError(chunked, [413, "LIMIT", /at most 2000 bytes/]);
      assert.deepEqual(chunked.json.taken, { lines: 0, rows: 0, refused: 0 });
      const bomb = new Uint8Array(gzipSync(Buffer.alloc(1 << 20, 0x20)));
      assert.ok(bomb.length < 2000);
      assertError(await shop.put(bomb, { "content-encoding": "gzip" }), [413, "LIMIT", /at most/]);
      const cut = gzipSync(
        rows
          .slice(0, 5)
          .map((row) => JSON.stringify(row))
          .join("\n"),
      );
      const half = await shop.put(new Uint8Array(cut.subarray(0, -9)), { "content-encoding": "gzip" });
      assertError(half, [400, "DECODE", /gzip body can't be unpacked/]);
      assert.deepEqual(half.json.taken, { lines: 0, rows: 0, refused: 0 });
      await shop.program.runtime.crash(); // nothing is processed any more, so rows wait
      assert.equal((await shop.put([order("eu", 1)])).status, 200);
      const busy = await shop.put([order("eu", 1)]);
      assertError(busy, [429, "LIMIT", /1 rows? waits? to be processed/]);
      assert.equal(busy.headers["retry-after"], "1");
    } finally {
      await shop.close();
    }
  });

  test("one that stalls holds nobody up, is not taken, gives its room back, and does not keep the server open", async () => {
    const clock = new VirtualClock();
    const shop = await ServedShop.start({ clock, inFlightBytesMax: 1000 });
    const { hostname, port } = new URL(shop.url);
    const row = `${JSON.stringify(order("slow", 1))}\n`;
    const stall = async (): Promise<ReturnType<typeof connect>> => {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      await once(socket, "connect");
      const head = "POST /api/streams/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";
      socket.write(`${head}Content-Length: 60000\r\n\r\n${row.repeat(30)}`);
      return socket;
    };
    const first = await stall();
    // Its room is taken when others are told so.
    let busy = await shop.put([order("eu", 1)]);
    for (let tries = 0; busy.status === 200 && tries < 200; tries++) busy = await shop.put([order("eu", 1)]);
    assertError(busy, [429, "LIMIT", /too many rows are being taken in/]);
    assert.equal((await shop.ask("/api/status")).status, 200);
    first.destroy();
    for (let tries = 0; busy.status === 429 && tries < 200; tries++) busy = await shop.put([order("eu", 1)]);
    assert.equal(busy.status, 200, "a body that was cut off gives its room back");
    await shop.settled();
    assert.deepEqual((await shop.ask("/api/views/totals?region=slow")).json, [], "nothing of it was answered");

    const second = await stall();
    const gone = new Promise((resolve) => second.once("close", resolve));
    const closing = shop.close();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5000);
    await gone;
    // Idle connections are looked for now and then while the server closes.
    const ticking = setInterval(() => clock.advance(50), 5);
    await closing;
    clearInterval(ticking);
  });
});
