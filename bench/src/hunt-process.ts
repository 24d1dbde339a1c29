/** The hunt application as a process of its own, as people start it, and another that sends it events. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const HUNT = fileURLToPath(new URL("../../apps/hunt/bin/hunt.js", import.meta.url));
const FLOW = fileURLToPath(new URL("./event-flow-main.js", import.meta.url));
const HOSTS = 200;
const EVENTS_A_POST = 5000;
/** Alerts are raised in the day after the recording's. */
const BEGIN = Date.UTC(2025, 2, 12);

type Attributes = Readonly<Record<string, unknown>>;

export class Hunt {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** Events processed so far. */
  async events(): Promise<number> {
    return (await this.#status()).events;
  }

  /** Events that satisfy rules, until there are at least so many alerts more; then all of them. Returns how many there are. */
  async raiseAlerts(more: number): Promise<number> {
    const templates = await this.#alerting();
    const wanted = (await this.#status()).alerts + more;
    for (let sent = 0, alerts = 0; alerts < wanted; sent += EVENTS_A_POST) {
      const lines = Array.from({ length: Math.min(EVENTS_A_POST, more) }, (_, k) => lineOf(templates, sent + k));
      const headers = { "content-type": "application/x-ndjson" };
      await this.#ask("/ingest/windows", { method: "POST", headers, body: lines.join("\n") });
      alerts = (await this.settled()).alerts;
    }
    return (await this.#status()).alerts;
  }

  async settled(): Promise<Status> {
    for (;;) {
      const status = await this.#status();
      if (status.lag === 0) return status;
      await setTimeout(20);
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    await ended;
  }

  /** One event for every rule that has found something. */
  async #alerting(): Promise<Attributes[]> {
    const alerts = (await this.#ask("/api/streams/alerts?limit=300")) as { row: Attributes }[];
    const byRule = new Map<unknown, Attributes>();
    for (const { row } of alerts) {
      if (byRule.has(row.rule)) continue;
      const [event] = (await this.#ask(`/api/streams/windows?from=${row.offset}&limit=1`)) as { row: Attributes }[];
      byRule.set(row.rule, event?.row.rest as Attributes);
    }
    return [...byRule.values()];
  }

  #status(): Promise<Status> {
    return this.#ask("/api/status") as Promise<Status>;
  }

  async #ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, init);
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return response.json();
  }
}

interface Status {
  readonly events: number;
  readonly alerts: number;
  readonly lag: number;
}

function lineOf(templates: readonly Attributes[], k: number): string {
  const at = new Date(BEGIN + k * 600).toISOString();
  const local = at.replace("T", " ").slice(0, -1);
  const Hostname = `WS-${String((k * 31) % HOSTS).padStart(3, "0")}.mill.example`;
  return JSON.stringify({
    ...templates[k % templates.length],
    Hostname,
    "@timestamp": at,
    UtcTime: local,
    EventTime: local,
  });
}

/** On its own recording, once that has been read. */
export async function startHunt(data: string): Promise<Hunt> {
  const child = spawn(process.execPath, [HUNT, "demo", "--port", "0", "--data", data], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let url = "";
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    url ||= /page and API at (http:\S+)/.exec(line)?.[1] ?? "";
    if (line.includes("Waiting for more")) break;
  }
  if (url === "") throw new Error("hunt did not start");
  child.stdout?.resume();
  return new Hunt(url, child);
}

export interface Flow {
  stop(): Promise<void>;
}

/** Recorded events, over and over, at a rate. */
export function startFlow(url: string, eventsASecond: number): Flow {
  const child = spawn(process.execPath, [FLOW, url, String(eventsASecond)], { stdio: ["pipe", "ignore", "inherit"] });
  return {
    stop: async () => {
      if (child.exitCode !== null) throw new Error(`the producer ended with ${child.exitCode}`);
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
