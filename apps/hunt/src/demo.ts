/**
 * `hunt demo`, which `npm start` runs: a recorded intrusion (or the files given) through the rules, live: progress, rates
 * and alerts in the terminal, a page and SQL beside it, until Ctrl+C. `hunt watch` is the same without a recording: it
 * takes what comes over HTTP and, where it is a pipe, from standard input.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { App, Embedded } from "millrace";
import { MillraceError, serve } from "millrace";
import { silentRules } from "./scan-rules.js";
import { takeStandardInput } from "./standard-input.js";

const RECORDING = fileURLToPath(new URL("../recordings/mill-campaign.ndjson.gz", import.meta.url));
const LEVELS: Readonly<Record<string, string>> = {
  critical: "1;35",
  high: "31",
  medium: "33",
  low: "36",
  informational: "2",
};

export async function demo(args: readonly string[], recordings: readonly string[] = [RECORDING]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: "string", default: "8080" },
      data: { type: "string", default: ".millrace-hunt" },
      rules: { type: "string", multiple: true },
      silences: { type: "string" },
      deliver: { type: "string", multiple: true },
      workers: { type: "string", default: "1" },
      once: { type: "boolean", default: false },
    },
  });
  for (const line of silentRules(values.rules ?? [])) process.stderr.write(`${line}\n`);
  const url = new URL("./app.js", import.meta.url);
  for (const folder of values.rules ?? []) url.searchParams.append("rules", resolve(folder));
  if (values.silences !== undefined) url.searchParams.set("silences", resolve(values.silences));
  for (const target of values.deliver ?? []) url.searchParams.append("deliver", target);
  const { default: program } = (await import(url.href)) as { default: App };
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const hunt = await serve(program, {
    port: number("port", values.port, 65_535),
    data: resolve(values.data),
    workers: number("workers", values.workers, 64),
    onRules: (lines) => lines.forEach(say),
  });
  const problems = Object.values(hunt.ruleProblems).flat();
  for (const { path, line, reason } of problems) process.stderr.write(`${path}:${line}: ${reason}\n`);
  say(`Millrace hunt: page and API at ${hunt.url}`);
  say(
    `  SQL beside it: npx millrace sql --data ${values.data} "select title, alerts from alerts_by_rule order by alerts desc"`,
  );
  const stopped = stopOnSignal();
  const watching = recordings.length === 0;
  const stopAlerts = tellAlerts(hunt, say, watching ? alertsIn(hunt) : 0);
  const started = Date.now();
  for (const file of positionals.length > 0 ? positionals : recordings) {
    if (stopped.now()) break;
    const taken = await hunt.ingest("windows", file, {
      complete: true,
      stopped: stopped.now,
      progress: ({ bytesRead, bytesTotal }, rows) =>
        progress(file, rows, bytesTotal === null ? null : bytesRead / bytesTotal, Date.now() - started),
    });
    for (const { error } of taken.failed) process.stderr.write(`${error.message}\n`);
  }
  if (watching && !process.stdin.isTTY) await takeStandardInput(process.stdin, hunt.url, stopped.signal);
  await hunt.settle();
  if (!watching) await stopAlerts();
  const { events, deadLetters } = hunt.status();
  const seconds = (Date.now() - started) / 1000;
  say(
    `${events.toLocaleString("en-US")} events, ${alertsIn(hunt)} alerts, ${deadLetters} dead letters in ${seconds.toFixed(1)} s. Waiting for more at ${hunt.url}/ingest/windows; Ctrl+C ends.`,
  );
  if (!values.once) await stopped.signal;
  if (watching) await stopAlerts();
  await hunt.close();
  return 0;
}

function number(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new MillraceError("USAGE", `--${name} is a whole number up to ${max}, not "${text}"`);
}

/** How many alerts there are so far. */
export function alertsIn(hunt: Embedded): number {
  return hunt.status().streams.find(({ name }) => name === "alerts")?.rows ?? 0;
}

let shownAt = 0;

function progress(file: string, rows: number, share: number | null, ms: number): void {
  const now = Date.now();
  if (now - shownAt < 500) return;
  shownAt = now;
  const percent = share === null ? "" : ` ${Math.floor(share * 100)}%`;
  process.stderr.write(
    `reading ${file.split("/").pop()}${percent}, ${rows.toLocaleString("en-US")} events, ${Math.round((rows * 1000) / Math.max(1, ms)).toLocaleString("en-US")}/s\n`,
  );
}

/** Prints alerts as they are committed, from an offset on. The returned function waits until all are printed. */
export function tellAlerts(hunt: Embedded, say: (line: string) => void, from: number): () => Promise<void> {
  let next = from;
  let telling: Promise<void> = Promise.resolve();
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const tell = async (): Promise<void> => {
    for await (const alert of hunt.rows("alerts", next)) {
      next++;
      const { at, level, title, host, user, techniques } = alert as unknown as Alert;
      const badge = colour ? `\u001b[${LEVELS[level] ?? "0"}m${level.padEnd(13)}\u001b[0m` : level.padEnd(13);
      say(
        `${new Date(at).toISOString().slice(0, 19)}  ${badge} ${title}  ${printable(host ?? "?")}${user === null ? "" : ` ${printable(user)}`}  ${techniques.join(" ")}`,
      );
    }
  };
  const stop = hunt.onCommit(() => {
    telling = telling.then(tell);
  });
  telling = telling.then(tell);
  return async () => {
    stop();
    await telling;
    await tell();
  };
}

interface Alert {
  readonly at: number;
  readonly level: string;
  readonly title: string;
  readonly host: string | null;
  readonly user: string | null;
  readonly techniques: readonly string[];
}

/** Events are hostile: no control characters reach the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?").slice(0, 80);
}

function stopOnSignal(): { readonly now: () => boolean; readonly signal: Promise<void> } {
  let stopped = false;
  const signal = new Promise<void>((resolveSignal) => {
    const stop = (): void => {
      if (stopped) process.exit(130);
      stopped = true;
      resolveSignal();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
  return { now: () => stopped, signal };
}
