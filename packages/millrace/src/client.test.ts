import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "./cli/serve.js";
import { client } from "./client.js";
import { app } from "./plan/app.js";
import { stream } from "./plan/define.js";
import { t } from "./schema/builder.js";

const seen = stream("seen", { at: t.timestamp(), id: t.int64(), host: t.string() }, { time: "at" });
const last = seen.by("host", "id").latest({ keep: "forever" }).view("last");
const watch = app(import.meta, "watch", [last]);

test("the client has the app's types, and values as programs see them", async () => {
  const served = await serve(watch, { port: 0 });
  try {
    await served.push("seen", [
      { at: "2026-01-01T00:00:00Z", id: 9_007_199_254_740_993n, host: "a" },
      { at: "2026-01-01T00:00:01Z", id: 2n, host: "a" },
      { at: "2026-01-01T00:00:02Z", id: 3n, host: "b" },
    ]);
    await served.settle();
    const db = client<typeof watch>(served.url);
    const row = await db.view("last").get({ host: "a", id: 9_007_199_254_740_993n });
    assert.deepEqual(row, { at: Date.UTC(2026, 0, 1), id: 9_007_199_254_740_993n, host: "a" });
    assert.equal(await db.view("last").get({ host: "c", id: 1n }), null);
    const ids: bigint[] = [];
    for await (const found of db.view("last").range({ host: "a" })) ids.push(found.id);
    assert.deepEqual(ids, [2n, 9_007_199_254_740_993n]);
    const between: string[] = [];
    for await (const found of db.view("last").range({ host: "a", id: 3n }, { host: "b", id: 4n }))
      between.push(`${found.host}${found.id}`);
    assert.deepEqual(between, ["a9007199254740993", "b3"]);
    const kinds: string[] = [];
    for await (const change of db.view("last").changes()) {
      kinds.push(change.kind === "row" ? change.row.host : change.kind);
      if (change.kind === "live") await served.push("seen", [{ at: "2026-01-01T00:00:03Z", id: 7n, host: "new" }]);
      if (kinds.at(-1) === "new") break;
    }
    assert.deepEqual(kinds, ["snapshot", "a", "a", "b", "live", "new"]);
    assert.deepEqual(await db.sql("select count(*) as n from last"), [{ n: 4 }]);
    await assert.rejects(db.sql("select * from lost"), { code: "REQUEST" });
  } finally {
    await served.close();
  }
});
