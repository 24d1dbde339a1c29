/** Views, streams and SQL over HTTP: what is asked is what was committed, without loss. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Shop } from "./shop-api.test.module.js";

describe("reading over HTTP", () => {
  let shop: Shop;
  before(async () => {
    shop = await Shop.open();
    await shop.sell();
  });
  after(() => shop.running.close());

  test("views by key, by the beginning of a key, by bounds, page by page", async () => {
    await shop.settled();
    assert.deepEqual(await shop.json("/api/views/totals?region=eu"), [{ region: "eu", orders: 2, total: 3.5 }]);
    assert.deepEqual(await shop.json("/api/views/totals?region=nowhere"), []);
    const first = await fetch(`${shop.url}/api/views/totals?limit=2`);
    assert.equal(first.headers.get("x-millrace-epoch"), String(shop.running.program.runtime.engine.commit.epoch));
    assert.deepEqual(
      ((await first.json()) as { region: string }[]).map((row) => row.region),
      ["asia", "eu"],
    );
    const rest = await shop.json(`/api/views/totals?limit=2&cursor=${first.headers.get("x-millrace-next")}`);
    assert.deepEqual(
      rest.map((row: { region: string }) => row.region),
      ["us"],
    );
    const down = await fetch(`${shop.url}/api/views/totals?limit=1&reverse=true`);
    assert.equal(((await down.json()) as { region: string }[])[0]?.region, "us");
    const next = await shop.json(
      `/api/views/totals?limit=1&reverse=true&cursor=${down.headers.get("x-millrace-next")}`,
    );
    assert.equal(next[0].region, "eu");
    assert.equal(
      (
        await shop.json(
          "/api/views/minutes?region=eu&from.windowStart=2026-01-01T00:00:00Z&to.windowStart=2026-01-01T00:01:00Z",
        )
      ).length,
      1,
    );
    assert.equal((await shop.json("/api/views/minutes?region=eu&from.windowStart=2026-01-01T00:01:00Z")).length, 0);
    const ndjson = await fetch(`${shop.url}/api/views/totals`, { headers: { accept: "application/x-ndjson" } });
    assert.equal((await ndjson.text()).trim().split("\n").length, 3);
  });

  test("int64, decimals and times come without loss", async () => {
    await shop.settled();
    const [, , row] = await shop.json("/api/streams/orders");
    assert.deepEqual(row.row, {
      at: "2026-01-01T00:00:05.000Z",
      region: "us",
      amount: 100,
      big: "9007199254740993",
      price: "12.30",
    });
    const response = await fetch(`${shop.url}/api/streams/large?from=end-1`);
    assert.equal(response.headers.get("x-millrace-next"), "1");
    assert.equal(((await response.json()) as { row: { amount: number } }[])[0]?.row.amount, 100);
  });

  test("SQL as JSON, CSV and NDJSON; what is wrong is said", async () => {
    await shop.settled();
    const ask = (sql: string, accept = "application/json"): Promise<Response> =>
      shop.post("/api/sql", JSON.stringify({ sql }), { "content-type": "application/json", accept });
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
});
