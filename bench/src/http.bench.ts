/**
 * HTTP ingest to view change at 10,000 events/s: another process posts 100 rows every 10 ms and listens to the view's
 * changes; latency is from before a post until the last row that it changes has arrived.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Served } from "millrace";
import { serve } from "millrace";
import type { Produced } from "./http-producer.js";
import { ROWS_A_POST } from "./http-producer.js";
import lanes from "./lanes-app.js";
import { quantile, withFolder } from "./measure.js";
import type { Bench, Result } from "./result.js";
import { expectSame, latencyResult } from "./result.js";

const AIM_MS = 20;

export const http: Bench = {
  name: "http",
  about: "HTTP ingest to view change at 10,000 events/s: posts of 100 rows every 10 ms, beside the aim",
  async run(size) {
    const posts = size === "tiny" ? { warm: 5, timed: 20 } : { warm: 200, timed: 1000 };
    const durable = await withFolder((data) => produce({ data }, posts));
    const memory = await produce({}, posts);
    return [...latencies("on disk", durable), ...latencies("in memory", memory)];
  },
};

function latencies(where: string, produced: Produced): Result[] {
  const of = (name: string, value: number): Result =>
    latencyResult({ bench: "http", case: `${where}, ${name}`, referenceName: "aim" }, value, AIM_MS);
  return [of("p50", quantile(produced.latencies, 0.5)), of("p99", quantile(produced.latencies, 0.99))];
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
