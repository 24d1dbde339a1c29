/** The program as a graph: what flows where, who holds time back, and numbers as they change. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualClock } from "../base/clock.js";
import { operatorHeads } from "../engine/build/chains.js";
import { app } from "../plan/app.js";
import { stream } from "../plan/define.js";
import { t } from "../schema/builder.js";
import { BASE } from "../testing/configuration.js";
import { Program } from "../testing/program.js";
import { graphNumbers, graphShape } from "./graph.js";
import { Events, order, ServedShop } from "./served.test.module.js";

interface Graph {
  readonly nodes: readonly { id: string; kind: string; operator: string; waitsForTime: boolean; sources: string[] }[];
  readonly edges: readonly { from: string; to: string }[];
  readonly numbers: { rows: number[]; busyMs: number[]; culprits: object[]; epochs: number; tasks: object[] };
}

/** "from > to" -> rows. */
function flow({ edges, numbers }: Graph): Record<string, number> {
  return Object.fromEntries(edges.map(({ from, to }, k) => [`${from} > ${to}`, numbers.rows[k] as number]));
}

describe("the graph", () => {
  test("rows along every edge, with one worker and with several", async () => {
    const shop = await ServedShop.start();
    try {
      await shop.put([order("eu", 1), order("us", 100), order("eu", 200)]);
      await shop.settled();
      const graph = (await shop.ask("/api/graph")).json as Graph;
      assert.deepEqual(flow(graph), {
        "orders > totals/agg": 3,
        "totals/agg > totals": 2,
        "orders > minutes/window": 3,
        "minutes/window > minutes": 2,
        "orders > large/filter": 3,
        "large/filter > large": 2,
      });
      assert.equal(graph.numbers.tasks.length, 1);
      assert.ok(graph.numbers.epochs >= 1);
      const busy = Object.fromEntries(graph.nodes.map(({ id }, k) => [id, graph.numbers.busyMs[k] as number]));
      for (const id of ["totals/agg", "large/filter"]) assert.ok(Number(busy[id]) > 0, id);
      for (const ms of graph.numbers.busyMs) assert.ok(ms >= 0);
    } finally {
      await shop.close();
    }
  });

  test("the partition with the smallest watermark is named, and since when it stands still", async () => {
    const shop = await ServedShop.start();
    try {
      const culprits = async (): Promise<object[]> => ((await shop.ask("/api/graph")).json as Graph).numbers.culprits;
      await shop.put([order("eu", 1)]);
      await shop.settled();
      const none = { node: "minutes/window", stream: "orders", partition: 1, watermark: null, since: null };
      assert.deepEqual(await culprits(), [none], "nothing has come from partition 1");
      const then = shop.clock.now();
      await shop.put([order("eu", 1, "2026-01-01T00:00:03Z")], {}, "?partition=1");
      await shop.settled();
      const watermark = Date.parse("2026-01-01T00:00:03Z");
      assert.deepEqual(await culprits(), [{ ...none, watermark, since: then }]);
      shop.clock.advance(5000);
      await shop.put([order("eu", 1, "2026-01-01T00:00:02Z")], {}, "?partition=1");
      await shop.settled();
      assert.deepEqual(await culprits(), [{ ...none, watermark, since: then }], "an older row moves nothing");
      await shop.program.runtime.watermark(Date.parse("2026-01-01T00:01:00Z"));
      await shop.settled();
      assert.deepEqual(await culprits(), [], "where no window is open nothing is held back");
    } finally {
      await shop.close();
    }
  });

  test("live: numbers at once, and again when something is committed", async () => {
    const shop = await ServedShop.start();
    try {
      const events = await Events.open(`${shop.url}/api/live`);
      const [first] = await events.next(1);
      assert.deepEqual([first?.event, first?.data.status.events], ["numbers", 0]);
      await shop.put([order("eu", 1), order("us", 100)]);
      let rows = 0;
      while (rows < 2) rows = (await events.next(1))[0]?.data.status.events;
      events.leave();
    } finally {
      await shop.close();
    }
  });

  test("operators that run several nodes are one, and nodes of one name are told apart", async () => {
    const numbers = stream("numbers", { at: t.timestamp(), n: t.int() }, { time: "at" });
    const small = numbers
      .filter((e) => e.n < 10)
      .with((e) => ({ twice: e.n * 2 }))
      .filter((e) => e.twice > 4)
      .stream("small");
    const clock = new VirtualClock();
    for (const workers of [1, 3]) {
      const program = await Program.open(app(import.meta, "numbers", [small]), clock, { ...BASE, workers });
      try {
        const { runtime } = program;
        await runtime.push("numbers", [1, 3, 30].map((n) => ({ at: clock.now(), n })) as never);
        await runtime.settle();
        const shape = graphShape(runtime.plan);
        const ids = ["numbers", "small/filter", "small/with", "small/filter#2", "small"];
        assert.deepEqual(
          shape.nodes.map(({ id }) => id),
          ids,
        );
        assert.deepEqual(
          shape.nodes.map(({ operator }) => operator),
          ["numbers", "small/filter", "small/filter", "small/filter", "small"],
        );
        assert.equal(operatorHeads(runtime.plan.nodes).size, ids.length);
        assert.deepEqual(graphNumbers(runtime, shape, clock).rows, [3, 0, 0, 1]);
        assert.equal(runtime.engine.work.tasks.length, workers);
      } finally {
        await program.close();
      }
    }
  });
});
