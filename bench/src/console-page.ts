/** A page of the console in a real browser, and what it draws. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PATIENCE_MS = 60_000;

/** Null where there is none. */
export function chromiumPath(): string | null {
  const { CHROMIUM, PATH = "" } = process.env;
  const found = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return (CHROMIUM ?? "") !== "" ? (CHROMIUM as string) : (found.find((path) => existsSync(path)) ?? null);
}

/** What was drawn in a time. */
export interface Frames {
  readonly perSecond: number;
  /** Of a hundred times between two frames the longest, ms. */
  readonly p99Ms: number;
}

const WINDOW = { width: 1440, height: 900 };

export class ConsolePage {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #url: string;

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser;
    this.#page = page;
    this.#url = url;
  }

  static async open(executablePath: string, url: string): Promise<ConsolePage> {
    const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath, args });
    const page = await (await browser.newContext({ viewport: WINDOW })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(url);
    return new ConsolePage(browser, page, url);
  }

  /** Ms from the address to the first content, by a reader who has never been here. */
  async firstPaint(): Promise<number> {
    const context = await this.#browser.newContext({ viewport: WINDOW });
    const page = await context.newPage();
    await page.goto(this.#url);
    await page.getByText("Newest alerts").waitFor();
    const [paint] = (await page.evaluate(
      'performance.getEntriesByName("first-contentful-paint").map(({ startTime }) => startTime)',
    )) as number[];
    await context.close();
    if (paint === undefined) throw new Error("nothing was painted");
    return paint;
  }

  async show(screen: string): Promise<void> {
    await this.#page.evaluate(`location.hash = "#/${screen}"`);
    await this.#page.getByRole("heading", { level: 2 }).first().waitFor();
  }

  /** Rows of a list, once there are so many. */
  async listed(label: string, rows: number): Promise<number> {
    const list = this.#page.locator(`[role=grid][aria-label="${label}"][aria-rowcount="${rows + 1}"]`);
    await list.waitFor();
    return Number(await list.getAttribute("aria-rowcount")) - 1;
  }

  async frames(ms: number): Promise<Frames> {
    return (await this.#page.evaluate(`(${FRAMES})(${ms}, () => {})`)) as Frames;
  }

  /** While a list is scrolled from its first row to its last. */
  async framesScrolling(label: string, ms: number): Promise<Frames> {
    const scroll = `(share) => {
      const list = document.querySelector('[role=grid][aria-label="${label}"]');
      list.scrollTop = share * list.scrollHeight;
    }`;
    return (await this.#page.evaluate(`(${FRAMES})(${ms}, ${scroll})`)) as Frames;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** In the page: times between frames for so many ms, each frame begun with `each(share of the time that is over)`. */
const FRAMES = `async (ms, each) => {
  const gaps = [];
  const begun = await new Promise(requestAnimationFrame);
  let last = begun;
  while (last - begun < ms) {
    each((last - begun) / ms);
    const next = await new Promise(requestAnimationFrame);
    gaps.push(next - last);
    last = next;
  }
  gaps.sort((a, b) => a - b);
  return { perSecond: (1000 * gaps.length) / (last - begun), p99Ms: gaps[Math.floor(gaps.length * 0.99)] };
}`;
