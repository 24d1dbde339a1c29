/** The commands together, on this machine: a process that a rule looks for, and the alert it makes, through kills. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { App } from "millrace";
import { embed } from "millrace";

const HUNT = fileURLToPath(new URL("../../bin/hunt.js", import.meta.url));
const RULE = /Decoded Text Piped Into A Shell/;

const children = new Set<Child>();
const groups = new Set<number>();

/** A command that runs beside the test; everything it writes is kept. */
class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  out = "";
  err = "";
  readonly #listeners = new Set<() => void>();

  constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout?.on("data", (part) => this.#add("out", String(part)));
    this.process.stderr?.on("data", (part) => this.#add("err", String(part)));
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
    children.add(this);
    void this.ended.then(() => children.delete(this));
  }

  /** Resolves with what matched, as soon as it has been written so often. */
  async says(pattern: RegExp, where: "out" | "err" = "out", times = 1): Promise<string> {
    for (;;) {
      const found = this[where].match(new RegExp(pattern, "g"));
      if (found !== null && found.length >= times) return pattern.exec(this[where])?.[1] ?? "";
      if (this.process.exitCode !== null) assert.fail(`it ended: ${this.err}${this.out}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.process.kill(signal);
    return await this.ended;
  }

  #add(where: "out" | "err", text: string): void {
    this[where] += text;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

function hunt(...args: readonly string[]): Child {
  return new Child(process.execPath, [HUNT, ...args]);
}

/** Harmless, and just what the rule looks for: base64 text ("sleep 60") into a shell. Runs until the test ends. */
function suspicious(mark: string): void {
  const command = `: ${mark}; echo c2xlZXAgNjA= | base64 -d | sh`;
  // A group of its own: the shell's children end with it.
  const { pid } = spawn("sh", ["-c", command], { stdio: "ignore", detached: true });
  groups.add(pid as number);
}

const absent = process.platform === "linux" ? false : "there is no /proc";

describe("hunt collect and hunt watch", { skip: absent }, () => {
  const root = mkdtempSync(join(tmpdir(), "hunt-collect-"));
  afterEach(async () => {
    for (const pid of groups) process.kill(-pid, "SIGKILL");
    groups.clear();
    await Promise.all([...children].map((child) => child.stop("SIGKILL")));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  test("a process makes an alert in a running program; a killed collector tells nothing twice and misses nothing", async () => {
    const watch = hunt("watch", "--port", "0", "--data", join(root, "watch"));
    const url = await watch.says(/API at (\S+)/);
    const collect = () => hunt("collect", "--to", url, "--state", join(root, "state"), "--new-only");
    let collector = collect();
    await collector.says(/follows \d+ processes/, "err");
    const mark = `mark${process.pid}`;
    suspicious(mark);
    await watch.says(RULE);
    await collector.stop("SIGKILL");
    suspicious(mark);
    collector = collect();
    await watch.says(RULE, "out", 2);
    assert.equal(await collector.stop("SIGTERM"), 0);
    assert.match(collector.err, /\d+ events in \d+ looks/);
    const ask = async (query: string): Promise<unknown[]> => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/api/sql`, { method: "POST", headers, body: JSON.stringify({ sql: query }) });
      return ((await response.json()) as { rows: unknown[][] }).rows[0] as unknown[];
    };
    const [events, numbers, highest] = await ask(
      `select count(*), count(distinct "collector.number"), max("collector.number") from windows`,
    );
    assert.deepEqual([events, numbers], [highest, highest], "every number once");
    const [starts, processes] = await ask(
      `select count(*), count(distinct ProcessGuid) from windows
       where "logsource.category" = 'process_creation' and Image like '%sh' and CommandLine like 'sh -c : ${mark}%'`,
    );
    assert.deepEqual([starts, processes], [2, 2]);
    assert.equal(await watch.stop("SIGTERM"), 0);
  });

  test("into a data directory: the alert is printed, and every event is there once after a kill", async () => {
    const data = join(root, "data");
    const collect = () => hunt("collect", "--data", data, "--state", join(root, "state2"), "--new-only", "--redact");
    let collector = collect();
    await collector.says(/follows \d+ processes/, "err");
    suspicious("--password hunter2");
    await collector.says(RULE);
    await collector.stop("SIGKILL");
    suspicious("second");
    collector = collect();
    await collector.says(RULE);
    assert.equal(await collector.stop("SIGTERM"), 0);
    const { default: app } = (await import("../app.js")) as { default: App };
    const program = await embed(app, { data });
    const { rows } = await program.sql(
      `select count(*), count(distinct "collector.number"), max("collector.number"),
              count(*) filter (CommandLine like '%hunter2%') from windows`,
    );
    await program.close();
    const [events, numbers, highest, secrets] = rows[0]?.map(Number) ?? [];
    assert.deepEqual([events, numbers, secrets], [highest, highest, 0]);
  });

  test("through a pipe; a reader that leaves ends it without an error", async () => {
    const watch = hunt("watch", "--port", "0", "--data", join(root, "piped"), "--once");
    const collector = hunt("collect", "--state", join(root, "state3"), "--new-only", "--network-interval", "0");
    const pipe = collector.process.stdout?.pipe(watch.process.stdin as NodeJS.WritableStream);
    assert.ok(pipe !== undefined);
    await collector.says(/follows \d+ processes/, "err");
    suspicious("piped");
    await watch.says(RULE);
    collector.process.stdout?.destroy();
    watch.process.stdin?.end();
    suspicious("again");
    assert.equal(await collector.ended, 0, collector.err);
    assert.equal(await watch.ended, 0, watch.err);
  });

  test("slips exit with 2", async () => {
    for (const args of [
      ["--interval", "fast"],
      ["--to", "here"],
      ["--to", "http://127.0.0.1:1", "--data", "x"],
      ["x"],
    ]) {
      const child = hunt("collect", "--state", join(root, "never"), ...args);
      assert.equal(await child.ended, 2, args.join(" "));
    }
  });
});
