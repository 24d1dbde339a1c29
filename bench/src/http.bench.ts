/**
 * HTTP ingest to view change at 10,000 events/s: another process posts 100 rows every 10 ms and listens to the view's
 * changes; latency is from before a post until the last row that it changes has arrived.
 *
 * On disk a post waits for two syncs, of the log and of the views. What two syncs one after the other take on the same
 * disk is measured right after, and given beside the same figures: no durable answer can be sooner.
 */
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Served } from "millrace";
import { serve } from "millrace";
import type { Produced } from "./http-producer.js";
import { EVERY_MS, ROWS_A_POST } from "./http-producer.js";
import lanes from "./lanes-app.js";
import { quantile, withFolder } from "./measure.js";
import type { Bench, Result } from "./result.js";
import { expectSame, latencyResult } from "./result.js";

const AIM_MS = 20;

export const http: Bench = {
  name: "http",
  about: "HTTP ingest to view change at 10,000 events/s: posts of 100 rows every 10 ms",
  async run(size) {
    const posts = size === "tiny" ? { warm: 5, timed: 20 } : { warm: 200, timed: 1000 };
    const [durable, syncs] = await withFolder(
      async (data) => [await produce({ data }, posts), await syncTwice(data, posts.timed / 2)] as const,
    );
    const memory = await produce({}, posts);
    return [0.5, 0.99].flatMap((q) => {
      const onDisk = quantile(durable.latencies, q);
      return [
        latency("on disk", q, onDisk, "aim", AIM_MS),
        latency("on disk", q, onDisk, "two fdatasyncs", quantile(syncs, q)),
        latency("in memory", q, quantile(memory.latencies, q), "aim", AIM_MS),
      ];
    });
  },
};

function latency(where: string, q: number, ours: number, referenceName: string, reference: number): Result {
  return latencyResult({ bench: "http", case: `${where}, p${q * 100}`, referenceName }, ours, reference);
}

/** Milliseconds of writing 4 KiB to each of two files, with fdatasync, one after the other; as often as posts come. */
async function syncTwice(folder: string, times: number): Promise<number[]> {
  const files = [await open(join(folder, "first"), "w"), await open(join(folder, "second"), "w")];
  const page = Buffer.alloc(4096, "x");
  const took: number[] = [];
  for (let round = 0; round < times; round++) {
    const started = performance.now();
    for (const file of files) {
      await file.write(page, 0, page.length, round * page.length);
      await file.datasync();
    }
    took.push(performance.now() - started);
    await setTimeout(Math.max(0, EVERY_MS - (performance.now() - started)));
  }
  for (const file of files) await file.close();
  return took;
}

async function produce(options: { data?: string }, posts: { warm: number; timed: number }): Promise<Produced> {
  const served = await serve(lanes, {
    port: 0,
    ...(options.data === undefined ? {} : { data: join(options.data, "data") }),
  });
  try {
    const produced = await fromChild(served, posts);
    await served.settle();
    const events = served.view("lanes").reduce((sum, row) => sum + Number(row.events), 0);
    expectSame("events in the view", events, (posts.warm + posts.timed) * ROWS_A_POST);
    expectSame("posts whose change was seen", produced.latencies.length, posts.timed);
    return produced;
  } finally {
    await served.close();
  }
}

function fromChild(served: Served, posts: { warm: number; timed: number }): Promise<Produced> {
  const script = fileURLToPath(new URL("./http-producer-main.js", import.meta.url));
  const child = spawn(process.execPath, [script, served.url, String(posts.warm), String(posts.timed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (part: Buffer) => {
    text += part.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve(JSON.parse(text) as Produced);
      else reject(new Error(`the producer ended with ${code}`));
    });
  });
}
