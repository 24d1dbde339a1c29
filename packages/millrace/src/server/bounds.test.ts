/** What the server takes at most, and from whom. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { lines, order, start } from "./shop-api.test.module.js";

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
