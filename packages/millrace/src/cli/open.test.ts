/** What opening a program has begun is ended when the rest of it fails: threads, files, the lock, the port. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { ndjson, Running, salesOf, TILL, Workshop } from "./workshop.test.module.js";

/** Tries what fails, says why, and what of the data directory is still open; must then end by itself. */
const CHECK = `import { readdirSync, readlinkSync } from "node:fs";
import { embed, serve } from "millrace";
import till from "./app.mjs";

const [how, data, port, workers] = process.argv.slice(2);
const failed = await (how === "serve"
  ? serve(till, { data, port: Number(port), workers: Number(workers) })
  : embed(till, { data, workers: Number(workers) })
).catch((error) => error);
const open = readdirSync("/proc/self/fd").flatMap((fd) => {
  try {
    const path = readlinkSync("/proc/self/fd/" + fd);
    return path.includes(data) ? [path] : [];
  } catch {
    return [];
  }
});
console.log(JSON.stringify({ code: failed.code, message: failed.message, open }));
`;

describe("opening that fails", { skip: process.platform === "linux" ? false : "looks into /proc" }, () => {
  const workshop = new Workshop({ "app.mjs": TILL, "check.mjs": CHECK, "a.ndjson": ndjson(salesOf(3000, 1)) });
  before(async () => {
    await workshop.runOnce("app.mjs --in sales=a.ndjson --data data --epoch-rows 100");
    await workshop.runOnce("app.mjs --in sales=a.ndjson --data headless --epoch-rows 100");
    // The journal is trimmed when there are two snapshots: without them the state can't come back.
    workshop.write({ "a.ndjson": ndjson(salesOf(3500, 1)) });
    await workshop.runOnce("app.mjs --in sales=a.ndjson --data headless --epoch-rows 100");
    rmSync(workshop.path("headless", "state"), { recursive: true });
  });
  after(() => workshop.remove());

  /** Ends by itself only when no thread, server or timer is left. */
  async function check(...args: string[]): Promise<{ code: string; message: string; open: string[] }> {
    const running = new Running(spawn(process.execPath, ["check.mjs", ...args], { cwd: workshop.folder }));
    const timer = setTimeout(() => running.child.kill("SIGKILL"), 60_000);
    const { signal, code, out, err } = await running.ended;
    clearTimeout(timer);
    assert.deepEqual([signal, code], [null, 0], `it did not end by itself: ${out}${err}`);
    return JSON.parse(out) as { code: string; message: string; open: string[] };
  }

  for (const workers of ["1", "3"])
    test(`embed with ${workers} workers, in its recovery`, async () => {
      const { code, message, open } = await check("embed", "headless", "0", workers);
      assert.deepEqual([code, open], ["DATA_DIR", []], message);
      assert.match(message, /the journal lacks epochs/);
    });

  test("serve, on a port that is taken; the data directory can be had at once", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const { code, open } = await check("serve", "data", port, "2");
    await new Promise((resolve) => taken.close(resolve));
    assert.deepEqual([code, open], ["REQUEST", []]);
    await workshop.runOnce("app.mjs --in sales=a.ndjson --data data");
  });
});
