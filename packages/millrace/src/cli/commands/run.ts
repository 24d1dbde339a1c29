/** `millrace run app.ts`: take in what the program reads, compute, serve. With `--once`: take in, compute, end. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { IngestedFiles } from "../../engine/ingest/ingest-files.js";
import { ingestFiles } from "../../engine/ingest/ingest-files.js";
import type { Runtime } from "../../engine/runtime.js";
import type { App } from "../../plan/api.js";
import { captureNotes } from "../../plan/explain.js";
import { loadApp } from "../../plan/load-app.js";
import type { InputPlan } from "../../plan/resolve.js";
import type { FilesSource } from "../../source/spec.js";
import { files } from "../../source/spec.js";
import type { Parsed } from "../arguments.js";
import { parse } from "../arguments.js";
import type { OpenedProgram } from "../open.js";
import { openProgram } from "../open.js";
import { count, perSecond, Progress } from "../progress.js";
import { serveUntilStopped } from "../serve.js";

export const RUN_HELP = `millrace run APP [options]
  Takes in what the program reads, computes its views and serves them.

  --in STREAM=FILE[,FILE…]  read these files, one a partition; may be repeated. Default: the program's own sources
  --once                    end when everything is processed: the input is complete, every window closes
  --workers N               worker threads (1: none)
  --epoch-rows N            the most rows of one commit
  --data DIR                log, views and state; default .millrace beside the program
  --port N, --host H        where to serve; default 127.0.0.1:8080
  --token T                 asked of every client; needed to serve other than loopback`;

export async function runCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, {
    in: { type: "string", multiple: true },
    once: { type: "boolean" },
    workers: { type: "string" },
    "epoch-rows": { type: "string" },
    data: { type: "string" },
    port: { type: "string" },
    host: { type: "string" },
    token: { type: "string" },
    verbose: { type: "boolean" },
  });
  const app = await loadProgram(parsed.words[0], "run");
  const inputs = parsed.all("in").map(parseInput);
  const data = resolve(parsed.text("data") ?? defaultData(app));
  const program = await open(app, parsed, inputs, data);
  try {
    return parsed.flag("once") ? await runOnce(program, app, inputs) : await runLive(program, app, inputs, parsed);
  } finally {
    await program.close();
  }
}

/** Loads the app named on a command line. */
export async function loadProgram(path: string | undefined, command: string): Promise<App> {
  if (path === undefined) throw new MillraceError("USAGE", `millrace ${command} needs the program's file`, { hint: `For example: millrace ${command} app.ts` });
  const full = resolve(path);
  if (!existsSync(full)) throw new MillraceError("USAGE", `there is no file ${full}`);
  return loadApp(pathToFileURL(full).href);
}

export function defaultData(app: App): string {
  return join(dirname(fileURLToPath(app.url)), ".millrace");
}

interface Input {
  readonly stream: string;
  readonly files: readonly string[];
}

function parseInput(text: string): Input {
  const [, stream, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (stream === undefined || list === undefined)
    throw new MillraceError("USAGE", `--in ${text} is not STREAM=FILE[,FILE…]`, { hint: "For example: --in orders=a.csv,b.csv" });
  return { stream, files: list.split(",").filter((file) => file !== "") };
}

async function open(app: App, parsed: Parsed, inputs: readonly Input[], data: string): Promise<OpenedProgram> {
  const workers = parsed.whole("workers", 1, 256);
  const epochRows = parsed.whole("epoch-rows", 1, 100_000_000);
  const started = systemClock.now();
  const program = await openProgram(app, {
    data,
    partitions: Object.fromEntries(inputs.map(({ stream, files: list }) => [stream, list.length])),
    ...(workers === undefined ? {} : { workers }),
    ...(epochRows === undefined ? {} : { epochRows }),
  });
  for (const { stream } of inputs) program.runtime.input(stream);
  for (const problems of Object.values(program.ruleProblems))
    for (const { path, line, reason } of problems) process.stderr.write(`${path}:${line}: ${reason}\n`);
  for (const note of captureNotes(program.runtime.plan)) process.stderr.write(`note: ${note}\n`);
  if (program.rebuilt) process.stderr.write("The program changed: its views are computed anew from the log.\n");
  if (program.replayedEpochs > 0)
    process.stderr.write(`Recovered: ${count(program.replayedEpochs)} epochs run again in ${((systemClock.now() - started) / 1000).toFixed(1)} s.\n`);
  return program;
}

async function runOnce({ runtime }: OpenedProgram, app: App, inputs: readonly Input[]): Promise<number> {
  const started = systemClock.now();
  const progress = new Progress(systemClock);
  const failed = await ingestAll(runtime, app, inputs, progress, () => false);
  await runtime.settle(() => progress.show(() => processing(runtime, started)));
  await runtime.endInput();
  await runtime.settle(() => progress.show(() => processing(runtime, started)));
  const { events, deadLetters, streams, views } = runtime.status();
  const seconds = (systemClock.now() - started) / 1000;
  progress.done(`${count(events)} rows in ${seconds.toFixed(1)} s (${perSecond(events, seconds * 1000)})`);
  for (const { name, rows } of views) process.stderr.write(`  view ${name}: ${count(rows)} rows\n`);
  for (const { name, kind, rows } of streams) if (kind === "output") process.stderr.write(`  stream ${name}: ${count(rows)} rows\n`);
  for (const { name, late } of streams) if (late > 0) process.stderr.write(`  ${count(late)} late rows of ${name}\n`);
  if (deadLetters > 0) process.stderr.write(`  ${count(deadLetters)} dead letters: select reason, count(*) from dead_letters group by 1\n`);
  return failed ? 1 : 0;
}

async function runLive(program: OpenedProgram, app: App, inputs: readonly Input[], parsed: Parsed): Promise<number> {
  const { runtime } = program;
  let stopping = false;
  const server = await serveUntilStopped(program, {
    port: parsed.whole("port", 0, 65_535) ?? 8080,
    host: parsed.text("host") ?? "127.0.0.1",
    token: parsed.text("token") ?? process.env.MILLRACE_TOKEN,
    verbose: parsed.flag("verbose"),
    stopping: () => {
      stopping = true;
    },
  });
  process.stderr.write(`${app.name} is at ${server.url}\n`);
  runtime.live();
  await ingestAll(runtime, app, inputs, new Progress(systemClock), () => stopping);
  await server.stopped;
  return 0;
}

/** The files of `--in`, or else those that the program names. True when something could not be read. */
async function ingestAll(runtime: Runtime, app: App, inputs: readonly Input[], progress: Progress, stopped: () => boolean): Promise<boolean> {
  const root = dirname(fileURLToPath(app.url));
  const work: { input: InputPlan; source: FilesSource; partition?: number; root: string }[] = [];
  for (const { stream, files: list } of inputs)
    list.forEach((file, partition) => {
      if (file !== "-" && !existsSync(file)) throw new MillraceError("USAGE", `--in ${stream}: there is no file ${resolve(file)}`);
      work.push({ input: runtime.input(stream), source: files(file), partition, root: process.cwd() });
    });
  for (const input of runtime.plan.inputPlans)
    if (!inputs.some(({ stream }) => stream === input.name))
      for (const source of input.from) if (source.source === "files") work.push({ input, source, root });
  let failed = false;
  for (const { input, source, partition, root: base } of work) {
    if (stopped()) break;
    const started = systemClock.now();
    const taken = await ingestFiles(runtime, input, source, {
      root: base,
      stopped,
      ...(partition === undefined ? {} : { partition }),
      progress: ({ file, bytesRead, bytesTotal }, rows) =>
        progress.show(() => `${input.name}: ${file} ${share(bytesRead, bytesTotal)} ${count(rows)} rows ${perSecond(rows, systemClock.now() - started)}`),
    });
    failed = report(input, taken) || failed;
  }
  return failed;
}

function report(input: InputPlan, taken: IngestedFiles): boolean {
  for (const { file, error } of taken.failed) process.stderr.write(`${input.name}: ${file}: ${error.message}\n`);
  return taken.failed.length > 0;
}

function share(bytes: number, total: number | null): string {
  return total === null || total === 0 ? "" : `${Math.floor((100 * bytes) / total)}%`;
}

function processing(runtime: Runtime, started: number): string {
  const { commit } = runtime.engine;
  const rows = Object.entries(commit.counters).reduce((sum, [name, n]) => (name.startsWith("in/") ? sum + n : sum), 0);
  return `processing: ${count(rows)} rows ${perSecond(rows, systemClock.now() - started)}, ${count(runtime.engine.lag())} to go`;
}

