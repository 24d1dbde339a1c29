/** Server-sent events: a view's changes, a stream's tail, and clients that go away. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Events, order, ServedShop } from "./served.test.module.js";

describe("events", () => {
  let shop: ServedShop;
  before(async () => {
    shop = await ServedShop.start();
    await shop.put([order("eu", 1), order("us", 100)]);
    await shop.settled();
  });
  after(() => shop.close());

  test("changes: a snapshot of one epoch, then the row of each commit, in order and without a gap", async () => {
    const events = await Events.open(`${shop.url}/api/views/totals/changes`);
    const first = await events.next(4);
    assert.deepEqual(
      first.map(({ event, data }) => [event, data.region]),
      [
        ["snapshot", undefined],
        ["row", "eu"],
        ["row", "us"],
        ["live", undefined],
      ],
    );
    const epoch = Number(first[0]?.data.epoch);
    assert.ok(first.every(({ id }) => id === String(epoch)));
    for (let n = 1; n <= 3; n++) {
      await shop.put([order("new", n)]);
      const [row] = await events.next(1);
      assert.deepEqual([row?.event, row?.data.region, row?.data.orders], ["row", "new", n]);
      assert.ok(Number(row?.id) > epoch);
    }
    events.leave();
  });

  test("changes of a range leave out the rest", async () => {
    const events = await Events.open(`${shop.url}/api/views/totals/changes?region=us`);
    assert.deepEqual(
      (await events.next(3)).map(({ event }) => event),
      ["snapshot", "row", "live"],
    );
    await shop.put([order("eu", 1), order("us", 1)]);
    const [row] = await events.next(1);
    assert.deepEqual([row?.data.region, row?.data.orders], ["us", 2]);
    events.leave();
  });

  test("a tail begins with what was there when asked, and has every row once, in offset order", async () => {
    const events = await Events.open(`${shop.url}/api/streams/large/tail?last=1`);
    const [was] = await events.next(1);
    assert.deepEqual([was?.event, was?.id, was?.data.row.amount], ["row", "0:0", 100]);
    for (let n = 0; n < 5; n++) await shop.put([order("eu", 100 + n), order("eu", 1), order("us", 200 + n)]);
    const rows = await events.next(10);
    assert.deepEqual(
      rows.map(({ id }) => id),
      Array.from({ length: 10 }, (_, k) => `0:${k + 1}`),
    );
    assert.deepEqual(
      rows.map(({ data }) => data.row.amount),
      [0, 1, 2, 3, 4].flatMap((n) => [100 + n, 200 + n]),
    );
    events.leave();
    const later = await Events.open(`${shop.url}/api/streams/large/tail`);
    await shop.put([order("eu", 999)]);
    assert.equal((await later.next(1))[0]?.data.row.amount, 999, "without last, only what is new");
    later.leave();
  });

  test("a tail of dead letters has those of the edge at once", async () => {
    const events = await Events.open(`${shop.url}/api/streams/dead_letters/tail`);
    await shop.put("nonsense\n");
    const [letter] = await events.next(1);
    assert.match(letter?.data.row.reason, /^not JSON/);
    events.leave();
  });

  test("clients that leave are forgotten: more may come than may be there at once", async () => {
    const listening = countListeners(shop.program.runtime);
    for (let round = 0; round < 3; round++) {
      const many = await Promise.all(
        Array.from({ length: 100 }, () => Events.open(`${shop.url}/api/views/totals/changes`)),
      );
      await Promise.all(many.map((events) => events.next(1)));
      assert.equal(listening(), 100);
      for (const events of many) events.leave();
      for (let tries = 0; listening() > 0 && tries < 1000; tries++) await shop.ask("/api/status");
      assert.equal(listening(), 0);
    }
  });

  test("when the server stops, a client is told", async () => {
    const own = await ServedShop.start();
    const events = await Events.open(`${own.url}/api/streams/large/tail`);
    await own.close();
    await events.ended();
    assert.equal(events.comments.at(-1), ": the server stops");
  });
});

/** How many hear of commits from now on. */
function countListeners({ engine }: ServedShop["program"]["runtime"]): () => number {
  const onCommit = engine.onCommit.bind(engine);
  let listening = 0;
  engine.onCommit = (listener) => {
    listening++;
    const stop = onCommit(listener);
    return () => {
      listening--;
      stop();
    };
  };
  return () => listening;
}
