/** Subscribers and tails over HTTP: what was there, then what is committed; who does not read is let go. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { VirtualClock } from "../base/clock.js";
import { lines, listen, order, Shop, start } from "./shop-api.test.module.js";

describe("following over HTTP", () => {
  let shop: Shop;
  before(async () => {
    shop = await Shop.open();
    await shop.sell();
  });
  after(() => shop.running.close());

  test("a subscriber gets a snapshot, then each commit's changes", async () => {
    await shop.settled();
    const events = await listen(`${shop.url}/api/views/totals/changes?region=eu`);
    assert.deepEqual(await events.next(3), ["snapshot", "row", "live"]);
    await shop.post("/api/streams/orders", lines(order("us", 1), order("eu", 10)));
    assert.deepEqual(await events.next(1), ["row"]);
    assert.deepEqual(events.last, { region: "eu", orders: 3, total: 13.5 });
    events.close();
  });

  test("a tail gives what was there, then rows as they are committed", async () => {
    const events = await listen(`${shop.url}/api/streams/large/tail?last=10`);
    assert.deepEqual(await events.next(1), ["row"]);
    await shop.post("/api/streams/orders", lines(order("us", 500)));
    assert.deepEqual(await events.next(1), ["row"]);
    assert.equal((events.last as { row: { amount: number } }).row.amount, 500);
    events.close();
    const skipping = await listen(`${shop.url}/api/streams/large/tail?last=10&behindMax=1`);
    assert.deepEqual(await skipping.next(2), ["gap", "row"]);
    skipping.close();
  });
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
