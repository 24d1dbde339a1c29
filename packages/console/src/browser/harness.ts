/** For the browser tests: the hunt application as it starts for anybody, and a real browser that looks at it. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";

const HUNT = fileURLToPath(new URL("../../../../apps/hunt/bin/hunt.js", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What may take so long before a test gives up. */
const PATIENCE_MS = 20_000;

export interface Started {
  readonly url: string;
  close(): Promise<void>;
}

/** `hunt demo` on a data directory of its own, once its recording has been read. */
export async function startHunt(...args: readonly string[]): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-console-"));
  const child = spawn(process.execPath, [HUNT, "demo", "--port", "0", "--data", join(folder, "data"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stderr.on("data", (part: Buffer) => said.push(part.toString()));
  let url = "";
  for await (const line of createInterface({ input: child.stdout })) {
    url ||= /page and API at (http:\S+)/.exec(line)?.[1] ?? "";
    if (line.includes("Waiting for more")) break;
  }
  assert.ok(url !== "", `hunt did not start: ${said.join("")}`);
  // What it says later must not fill the pipe.
  child.stdout.resume();
  return { url, close: () => stop(child, folder) };
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true, force: true });
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
