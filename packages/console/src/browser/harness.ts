/** For the browser tests: the hunt application as it starts for anybody, and a real browser that looks at it. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";

const HUNT = fileURLToPath(new URL("../../../../apps/hunt/bin/hunt.js", import.meta.url));
export const MILLRACE = fileURLToPath(new URL("../../../millrace/bin/millrace.js", import.meta.url));
const RULES = fileURLToPath(new URL("../../../../apps/hunt/rules", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What may take so long before a test gives up. */
const PATIENCE_MS = 20_000;

export interface Started {
  readonly url: string;
  /** Its data directory. */
  readonly data: string;
  /** Ends it as Ctrl+C does, and keeps its data. */
  stop(): Promise<void>;
  /** The same again, on the same data and port. */
  again(): Promise<void>;
  /** Ends it, and its data go. */
  close(): Promise<void>;
  /** Rows of a SQL result. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** A security event as it came. */
  event(stream: string, offset: number): Promise<Readonly<Record<string, unknown>>>;
  /** Everything that was put in has been processed. */
  settled(): Promise<void>;
}

/** Events, or lines as they stand, to the hunt application. */
export async function put(url: string, events: readonly (object | string)[]): Promise<void> {
  const response = await fetch(`${url}/ingest/windows`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: events.map((event) => (typeof event === "string" ? event : JSON.stringify(event))).join("\n"),
  });
  assert.equal(response.status, 200, await response.text());
}

export interface HuntOptions {
  /** Without a recording: nothing has come yet. */
  readonly empty?: boolean;
  /** Before it starts, in its data directory. */
  readonly prepare?: (data: string) => void;
}

/** `hunt` on a data directory, rules and silences of its own, once its recording has been read. */
export async function startHunt({ empty = false, prepare }: HuntOptions = {}): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-console-"));
  const data = join(folder, "data");
  mkdirSync(data);
  mkdirSync(join(folder, "silences"));
  cpSync(RULES, join(folder, "rules"), { recursive: true });
  prepare?.(data);
  const args = [empty ? "watch" : "demo", "--data", data];
  for (const name of ["rules", "silences"]) args.push(`--${name}`, join(folder, name));
  let running = await run([...args, "--port", "0"], empty);
  const { url } = running;
  return {
    url,
    data,
    stop: () => end(running.child),
    again: async () => {
      running = await run([...args, "--port", new URL(url).port], empty);
    },
    close: async () => {
      await end(running.child);
      rmSync(folder, { recursive: true, force: true });
    },
    ...questionsTo(url),
  };
}

function questionsTo(url: string): Pick<Started, "rows" | "event" | "settled"> {
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`${url}${path}`, init);
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  };
  return {
    rows: async (sql) => {
      const headers = { "content-type": "application/json" };
      const answer = await ask<{ rows: unknown[][] }>("/api/sql", {
        method: "POST",
        headers,
        body: JSON.stringify({ sql }),
      });
      return answer.rows;
    },
    event: async (stream, offset) => {
      const [found] = await ask<{ row: { rest: Record<string, unknown> } }[]>(
        `/api/streams/${stream}?from=${offset}&limit=1`,
      );
      assert.ok(found !== undefined);
      return found.row.rest;
    },
    settled: async () => {
      while ((await ask<{ lag: number }>("/api/status")).lag > 0) await setTimeout(50);
    },
  };
}

async function run(args: readonly string[], empty: boolean): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [HUNT, ...args], { stdio: [empty ? "pipe" : "ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr?.on("data", (part: Buffer) => said.push(part.toString()));
  let url = "";
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    url ||= /page and API at (http:\S+)/.exec(line)?.[1] ?? "";
    if (line.includes("Waiting for more") || (empty && url !== "")) break;
  }
  assert.ok(url !== "", `hunt did not start: ${said.join("")}`);
  // What it says later must not fill the pipe.
  child.stdout?.resume();
  return { child, url };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
}

export interface Look {
  readonly theme?: "dark" | "light";
  readonly width?: number;
  readonly height?: number;
}

/** A browser with pages of a server; what goes wrong in them is remembered. */
export class Window {
  readonly #browser: Browser;
  readonly #base: string;
  /** Errors of pages, and what their console said of them. */
  readonly errors: string[] = [];

  private constructor(browser: Browser, base: string) {
    this.#browser = browser;
    this.#base = base;
  }

  static async open(base: string): Promise<Window> {
    const executablePath = process.env.CHROMIUM;
    assert.ok(executablePath !== undefined, "CHROMIUM names the browser: node tools/test.mjs browser sets it");
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
    args.push("--disable-background-networking", "--disable-component-update", "--disable-sync");
    return new Window(await chromium.launch({ executablePath, args }), base);
  }

  /** A page of its own, with nothing remembered from others. */
  async page(hash: string, { theme = "dark", width = 1440, height = 900 }: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width, height }, colorScheme: theme });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.errors.push(`${hash}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`${hash}: ${message.text()}`);
    });
    await page.goto(`${this.#base}/${hash}`);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** What axe finds wrong with the page as it is now: one line for each kind, with the first place. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The page's policy forbids scripts from elsewhere; what the test evaluates is not the page's.
  const violations = (await page.evaluate(`${AXE};
    axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })) })),
    )`)) as Violation[];
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes.length}×, at ${nodes[0]?.target.join(" ")}: ${nodes[0]?.failureSummary?.split("\n")[1]?.trim()})`,
  );
}
