/** `node event-flow-main.js URL RATE`: posts recorded events to the hunt application at a rate, until it is ended. */
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { linesOf, RECORDING } from "./events.js";

const POSTS_A_SECOND = 20;
/** Posts not answered yet; more would only wait in memory. */
const OPEN_MAX = 16;

const [url = "", rate = "10000"] = process.argv.slice(2);
const recording = RECORDING;
const lines = (await linesOf(recording)).toString().trimEnd().split("\n");
const each = Math.max(1, Math.round(Number(rate) / POSTS_A_SECOND));
const bodies = Array.from({ length: Math.floor(lines.length / each) }, (_, k) =>
  Buffer.from(lines.slice(k * each, (k + 1) * each).join("\n")),
);
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const started = performance.now();
let open = 0;
for (let sent = 0; ; sent++) {
  const wait = started + (sent * 1000) / POSTS_A_SECOND - performance.now();
  if (wait > 0) await setTimeout(wait);
  while (open >= OPEN_MAX) await setTimeout(5);
  post(bodies[sent % bodies.length] as Buffer);
}

function post(body: Buffer): void {
  open++;
  const headers = { "content-type": "application/x-ndjson", "content-length": body.length };
  const sending = request(`${url}/ingest/windows`, { method: "POST", agent, headers }, (response) => {
    response.resume();
    response.on("end", () => {
      open--;
    });
  });
  sending.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  sending.end(body);
}
