/**
 * The console in a real browser, over the hunt application on its recording:
 *
 *   first paint      the page's first content, nothing cached, beside the aim of 1 s
 *   frames           drawn a second while another process sends 10,000 events/s, beside the aim of 60, and the longest
 *                    of a hundred beside two frames
 *   many alerts      the same while the list of 100,000 alerts is scrolled through
 *   bundle           all of the page's scripts and styles, gzipped one by one, beside the aim of 500 kB
 *
 * Without Chromium on this machine only the bundle is looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Frames } from "./console-page.js";
import { ConsolePage, chromiumPath } from "./console-page.js";
import type { Hunt } from "./hunt-process.js";
import { startFlow, startHunt } from "./hunt-process.js";
import { quantile, withFolder } from "./measure.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, latencyResult } from "./result.js";

const PAGE = fileURLToPath(new URL("../../packages/console/dist/page/", import.meta.url));
const AIM = { paintMs: 1000, frames: 60, bundleKb: 500 };
const EVENTS_A_SECOND = 10_000;
/** The longest frame of a hundred should not be more than this late: one frame is left out, at most. */
const TWO_FRAMES_MS = 2000 / 60;
const SCREENS = ["overview", "graph", "alerts", "triage"];

interface Sizes {
  readonly paints: number;
  readonly watchMs: number;
  readonly alerts: number;
}

export const consoleBench: Bench = {
  name: "console",
  about: "the console in Chromium: first paint, frames while 10,000 events/s flow, 100,000 alerts, its size",
  async run(size) {
    const bundle = bundleResult();
    const chromium = chromiumPath();
    if (chromium === null) {
      process.stderr.write("no Chromium (CHROMIUM=path of one): only the bundle's size is measured\n");
      return [bundle];
    }
    return [...(await withFolder((folder) => inBrowser(chromium, folder, size))), bundle];
  },
};

async function inBrowser(chromium: string, folder: string, size: Size): Promise<Result[]> {
  const sizes =
    size === "tiny" ? { paints: 1, watchMs: 300, alerts: 500 } : { paints: 7, watchMs: 5000, alerts: 100_000 };
  const hunt = await startHunt(join(folder, "data"));
  const page = await ConsolePage.open(chromium, hunt.url);
  try {
    const paint = quantile(await firstPaints(page, sizes), 0.5);
    const flowing = await whileFlowing(page, hunt, sizes);
    const alerts = await hunt.raiseAlerts(sizes.alerts);
    const scrolling = await scrolled(page, sizes, alerts);
    return [
      latencyResult({ bench: "console", case: "first contentful paint", referenceName: "aim" }, paint, AIM.paintMs),
      ...SCREENS.flatMap((screen, k) => frameResults(`${screen}, events flow`, flowing[k] as Frames)),
      ...frameResults(`${alerts.toLocaleString("en-US")} alerts, scrolled`, scrolling),
    ];
  } finally {
    await page.close();
    await hunt.close();
  }
}

async function firstPaints(page: ConsolePage, { paints }: Sizes): Promise<number[]> {
  const found: number[] = [];
  for (let k = 0; k < paints; k++) found.push(await page.firstPaint());
  return found;
}

async function whileFlowing(page: ConsolePage, hunt: Hunt, { watchMs }: Sizes): Promise<Frames[]> {
  const flow = startFlow(hunt.url, EVENTS_A_SECOND);
  try {
    await page.show("overview");
    await setTimeout(watchMs / 2);
    const before = await hunt.events();
    const started = performance.now();
    const found: Frames[] = [];
    for (const screen of SCREENS) {
      await page.show(screen);
      found.push(await page.frames(watchMs));
    }
    const rate = ((await hunt.events()) - before) / ((performance.now() - started) / 1000);
    process.stderr.write(`${Math.round(rate)} events/s flowed\n`);
    expectSame("events flow", rate > 0, true);
    return found;
  } finally {
    await flow.stop();
  }
}

async function scrolled(page: ConsolePage, { watchMs }: Sizes, alerts: number): Promise<Frames> {
  await page.show("alerts");
  expectSame("alerts in the list", await page.listed("Alerts", alerts), alerts);
  return page.framesScrolling("Alerts", watchMs);
}

function frameResults(name: string, { perSecond, p99Ms }: Frames): Result[] {
  return [
    {
      bench: "console",
      case: name,
      ours: perSecond,
      reference: AIM.frames,
      referenceName: "aim",
      unit: "frames/s",
      ratio: perSecond / AIM.frames,
    },
    latencyResult({ bench: "console", case: `${name}, p99`, referenceName: "two frames" }, p99Ms, TWO_FRAMES_MS),
  ];
}

function bundleResult(): Result {
  const files = readdirSync(PAGE).filter((name) => /\.(?:js|css)$/.test(name));
  const kb = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name))).length, 0) / 1000;
  return {
    bench: "console",
    case: "bundle, gzipped",
    ours: kb,
    reference: AIM.bundleKb,
    referenceName: "aim",
    unit: "kB",
    ratio: AIM.bundleKb / kb,
  };
}
