/** `hunt collect`: this machine's processes and connections as events. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { App } from "millrace";
import { embed, MillraceError } from "millrace";
import { alertsIn, tellAlerts } from "../demo.js";
import { readBootClock } from "./boot-clock.js";
import type { CollectorCounts } from "./collector.js";
import { Collector } from "./collector.js";
import type { Delivery } from "./delivery.js";
import { DataDelivery, Stopped, StreamDelivery } from "./delivery.js";
import { HttpDelivery } from "./http-delivery.js";
import { Journal } from "./journal.js";
import type { LoopCounts } from "./loop.js";
import { collectLoop } from "./loop.js";
import { notGiven } from "./platform.js";
import { ProcFiles } from "./proc-files.js";
import { Users } from "./users.js";

export const COLLECT_HELP = `hunt collect [--to URL | --data DIR [--rules DIR …]] [options]
  Watches the processes and network connections of this machine (Linux), and writes events as Sigma rules know them:
  NDJSON to standard output, or

  --to URL                 to a running program (hunt watch, http://127.0.0.1:8080); --token T, or MILLRACE_TOKEN
  --data DIR               into the data directory of the hunt program, which runs inside: alerts are printed

  --interval MS            between looks at the processes; default 50. What lives shorter can be missed
  --network-interval MS    between looks at the connections; default 1000, 0 for none
  --new-only               not what runs already when it is started for the first time
  --redact                 take what looks like a secret out of command lines
  --state DIR              what was told and what has arrived, so that nothing is told twice; default .millrace-collect

  Command lines may hold secrets, and without --redact they are written as they are. Environments are never read.
  Run as root to see the programs and connections of all users.`;

const STREAM = "windows";

const OPTIONS = {
  to: { type: "string" },
  token: { type: "string" },
  data: { type: "string" },
  rules: { type: "string", multiple: true },
  state: { type: "string", default: ".millrace-collect" },
  interval: { type: "string", default: "50" },
  "network-interval": { type: "string", default: "1000" },
  redact: { type: "boolean", default: false },
  "new-only": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const say = (message: string): void => void process.stderr.write(`hunt collect: ${message}\n`);

export async function collectCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    process.stdout.write(`${COLLECT_HELP}\n`);
    return 0;
  }
  if (values.to !== undefined && values.data !== undefined)
    throw new MillraceError("USAGE", "--to and --data exclude each other");
  const intervalMs = milliseconds("interval", values.interval, 10);
  const networkMs = milliseconds("network-interval", values["network-interval"], 0);
  const missing = notGiven(process.platform);
  if (missing !== null) throw new MillraceError("USAGE", missing.what, { hint: missing.instead });
  const proc = new ProcFiles();
  const started = readBootClock(proc, Date.now(), performance.timeOrigin);
  const journal = Journal.open(resolve(values.state), started, randomUUID);
  const stop = stopOnSignal();
  const target = await openTarget(values, journal, stop).catch((error: unknown) => {
    journal.close();
    throw error;
  });
  try {
    const collector = new Collector({
      proc,
      clock: journal.clock,
      told: journal.told,
      host: hostname(),
      users: new Users(),
      redact: values.redact,
      networkEveryMs: networkMs === 0 ? null : networkMs,
      tellRunning: !values["new-only"],
    });
    say(beginning(intervalMs, networkMs, target.name, values.redact));
    const told = tellOnce(collector, proc);
    const counts = await collectLoop({
      collector,
      journal,
      delivery: target.delivery,
      intervalMs,
      now: Date.now,
      elapsed: () => performance.now(),
      sleep: async (ms) => {
        told();
        await stop.sleep(ms);
      },
      stopped: stop.asked,
      warn: say,
    });
    say(ending(counts, collector.counts, journal.unsentBytes));
    return 0;
  } finally {
    await target.close();
    journal.close();
  }
}

interface Target {
  readonly name: string;
  readonly delivery: Delivery;
  close(): Promise<void>;
}

async function openTarget(
  values: {
    to?: string | undefined;
    token?: string | undefined;
    data?: string | undefined;
    rules?: string[] | undefined;
  },
  journal: Journal,
  stop: Stop,
): Promise<Target> {
  const close = async (): Promise<void> => {};
  if (values.to !== undefined) {
    const url = parseUrl(values.to);
    const token = values.token ?? process.env.MILLRACE_TOKEN;
    const { id, resumed: inDoubt } = journal;
    const delivery = new HttpDelivery({ url, stream: STREAM, id, token, inDoubt, warn: say, wait: stop.wait });
    return { name: url.href, delivery, close };
  }
  if (values.data === undefined)
    return { name: "standard output", delivery: new StreamDelivery(process.stdout), close };
  const program = new URL("../app.js", import.meta.url);
  for (const folder of values.rules ?? []) program.searchParams.append("rules", resolve(folder));
  const { default: app } = (await import(program.href)) as { default: App };
  const hunt = await embed(app, { data: resolve(values.data) });
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const stopAlerts = tellAlerts(hunt, print, alertsIn(hunt));
  return {
    name: values.data,
    delivery: new DataDelivery(hunt, STREAM),
    async close() {
      await stopAlerts();
      await hunt.close();
    },
  };
}

function parseUrl(text: string): URL {
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // Said below.
  }
  throw new MillraceError("USAGE", `--to is an address of a program, not "${text}"`, {
    hint: "hunt collect --to http://127.0.0.1:8080",
  });
}

function milliseconds(name: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= 3_600_000) return value;
  throw new MillraceError("USAGE", `--${name} is a whole number of milliseconds from ${min} on, not "${text}"`);
}

function beginning(intervalMs: number, networkMs: number, target: string, redacted: boolean): string {
  const network = networkMs === 0 ? "connections not at all" : `connections every ${networkMs} ms`;
  return (
    `looks at processes every ${intervalMs} ms, ${network}; what lives shorter can be missed. ` +
    `Command lines ${redacted ? "lose what looks like a secret" : "are written as they are"}. Events go to ${target}`
  );
}

/** Says, once and after the first look, what is followed and what this user can't see. */
function tellOnce(collector: Collector, proc: ProcFiles): () => void {
  let told = false;
  return () => {
    if (told) return;
    told = true;
    const { processes, connections, denied } = collector.counts;
    // The first process is somebody else's, and always there.
    const unlisted = proc.pids().includes(1) ? "" : "; processes of other users are not listed at all (hidepid)";
    const hidden =
      denied === 0
        ? unlisted
        : `${unlisted}; ${denied} processes may not be looked into: their programs and connections stay unknown` +
          (process.getuid?.() === 0 ? "" : " (root sees more)");
    say(`follows ${processes} processes and ${connections} sockets${hidden}`);
  };
}

function ending(
  { looks, events, lookMs, lookMsMax, paused }: LoopCounts,
  seen: CollectorCounts,
  unsent: number,
): string {
  const { user, system } = process.cpuUsage();
  const share = (100 * (user + system)) / 1000 / Math.max(1, performance.now());
  const parts = [
    `${events} events in ${looks} looks of ${(lookMs / Math.max(1, looks)).toFixed(1)} ms (at most ${lookMsMax.toFixed(0)} ms)`,
    `${share.toFixed(1)} % of a core in all`,
    ...(seen.missed > 0 ? [`${seen.missed} processes ended before they could be read`] : []),
    ...(seen.ownerless > 0 ? [`${seen.ownerless} connections without a process`] : []),
    ...(seen.tooMany > 0 ? [`${seen.tooMany} processes or connections too many to follow`] : []),
    ...(paused > 0 ? [`${paused} looks left out while events waited`] : []),
    ...(unsent > 0 ? [`${unsent} bytes of events wait for the next time`] : []),
  ];
  return parts.join("; ");
}

interface Stop {
  asked(): boolean;
  /** Resolves after so long, or at once when asked to stop. */
  sleep(ms: number): Promise<void>;
  /** The same, but rejects with `Stopped` then. */
  wait(ms: number): Promise<void>;
}

function stopOnSignal(): Stop {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const { signal } = controller;
  const sleep = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => {});
  return {
    asked: () => signal.aborted,
    sleep,
    async wait(ms) {
      await sleep(ms);
      if (signal.aborted) throw new Stopped();
    },
  };
}
