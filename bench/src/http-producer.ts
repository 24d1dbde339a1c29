/**
 * The other side of http.bench.ts: posts on a clock whether or not earlier posts have been answered, and watches the
 * view. Post n changes the ten parts of lane n % 100 and nothing else; it is seen when all ten say so.
 */
import { Agent, get, request } from "node:http";

export const ROWS_A_POST = 100;
const LANES = 100;
const PARTS = 10;
export const EVERY_MS = 10;
const PATIENCE_MS = 15_000;

export interface Produced {
  /** Milliseconds, of the posts after the warm-up. */
  readonly latencies: readonly number[];
}

export async function produceAndWatch(url: string, warm: number, timed: number): Promise<Produced> {
  const posts = warm + timed;
  const sent = new Float64Array(posts);
  const seen = new Float64Array(posts);
  const missing = new Uint8Array(posts).fill(PARTS);
  let left = posts;
  const watch = await watchLanes(url, (seq) => {
    missing[seq] = (missing[seq] as number) - 1;
    if (missing[seq] !== 0) return;
    seen[seq] = performance.now();
    left--;
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const bodies = Array.from({ length: posts }, (_, seq) => bodyOf(seq));
  const started = performance.now();
  const failures: Error[] = [];
  for (let seq = 0; seq < posts; seq++) {
    const wait = started + seq * EVERY_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    sent[seq] = performance.now();
    post(agent, `${url}/api/streams/posts`, bodies[seq] as Buffer).catch((error: Error) => failures.push(error));
  }
  const late = performance.now() - started - posts * EVERY_MS;
  // Then the figures are those of a slower producer: to be said, not an error.
  if (late > posts * EVERY_MS * 0.05)
    process.stderr.write(`the producer fell behind by ${Math.round(late)} ms of ${posts * EVERY_MS}\n`);
  const patience = performance.now() + PATIENCE_MS;
  while (left > 0 && failures.length === 0 && performance.now() < patience)
    await new Promise((resolve) => setTimeout(resolve, 5));
  watch();
  agent.destroy();
  if (failures[0] !== undefined) throw failures[0];
  if (left > 0) throw new Error(`the changes of ${left} posts did not come`);
  return { latencies: Array.from(seen.subarray(warm), (at, k) => at - (sent[warm + k] as number)) };
}

function bodyOf(seq: number): Buffer {
  const lines = Array.from({ length: ROWS_A_POST }, (_, row) =>
    JSON.stringify({ at: "2025-01-01T00:00:00Z", lane: seq % LANES, part: row % PARTS, seq }),
  );
  return Buffer.from(`${lines.join("\n")}\n`);
}

function post(agent: Agent, url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-ndjson", "content-length": body.length };
    const sending = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`a post was answered with ${response.statusCode}`));
      });
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

/** Calls back for every changed row with its newest post. Resolves when the changes are live, with the way to stop. */
function watchLanes(url: string, changed: (seq: number) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const watching = get(`${url}/api/views/lanes/changes`, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() as string;
        for (const block of blocks) {
          const data = block.slice(block.indexOf("\ndata: ") + 7);
          if (block.startsWith("event: row\n")) changed((JSON.parse(data) as { last: number }).last);
          else if (block.startsWith("event: live\n")) resolve(() => watching.destroy());
        }
      });
      response.on("error", () => {});
    });
    watching.on("error", reject);
  });
}
