/** `millrace run app.ts`: take in what the program reads, compute, serve. With `--once`: take in, compute, end. */
import { resolve } from "node:path";
import { systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { Runtime } from "../../engine/runtime.js";
import type { App } from "../../plan/api.js";
import { outputsOf } from "../../plan/app.js";
import { planNotes } from "../../plan/explain.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { startServer } from "../../server/server.js";
import { FILE_FORMATS } from "../../source/spec.js";
import type { Parsed } from "../arguments.js";
import { parse } from "../arguments.js";
import { consoleFiles } from "../console-files.js";
import type { FileInput, TakenIn } from "../inputs.js";
import { checkInputs, formatAsked, Intake, parseInputs } from "../inputs.js";
import type { OpenedProgram } from "../open.js";
import { EPOCH_ROWS, openProgram } from "../open.js";
import { defaultData, loadProgram } from "../program-file.js";
import { counted, Progress } from "../progress.js";
import type { Stop } from "../signals.js";
import { stopOnSignals } from "../signals.js";
import { readTls } from "../tls.js";
import { TokenFile } from "../token-file.js";
import { watchRules } from "../watch-rules.js";
import { beforeRun, eventsOf, processingText, readingText, tellRead, tellSummary } from "./run-report.js";

export const RUN_HELP = `millrace run APP [options]
  Takes in what the program reads, computes its views and serves them.

  --in STREAM=FILE[,FILE…] read these files, one a partition; for several streams repeat it. FILE may be a folder or
                           a pattern ("logs/*.gz"); "-" is standard input. Default: the files that the program names
  --format F               the format of what --in gives: ${FILE_FORMATS.join(", ")}; default: by the file's name, and
                           for "-" that of the program's own files, else ndjson
  --follow                 read on as the files grow, are rotated (renamed, packed, emptied), and as new ones come
  --once                   end when everything is processed: the input is complete, every window closes;
                           run again with newer files, it goes on
  --workers N              worker threads (default 1: none)
  --epoch-rows N           the most rows of one commit (default ${EPOCH_ROWS})
  --data DIR               log, views and state; default .millrace beside the program
  --rebuild                forget the views and compute them again from the log
  --port N                 where to serve; default 8080, 0 takes any that is free
  --host H                 default: this machine only; anything else needs a token
  --token T                one that may do everything; or MILLRACE_TOKEN. With roles: millrace token add
  --tls-cert F --tls-key F speak HTTPS, with this certificate and key (PEM)
  --rate N                 requests a second that one address may make (default 2000)
  --verbose                log requests; show where an error comes from

  A run that was killed goes on where it was: run the same command again.`;

export async function runCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, {
    in: { type: "string", multiple: true },
    once: { type: "boolean" },
    format: { type: "string" },
    follow: { type: "boolean" },
    workers: { type: "string" },
    "epoch-rows": { type: "string" },
    data: { type: "string" },
    rebuild: { type: "boolean" },
    port: { type: "string" },
    host: { type: "string" },
    token: { type: "string" },
    "tls-cert": { type: "string" },
    "tls-key": { type: "string" },
    rate: { type: "string" },
    verbose: { type: "boolean" },
  });
  for (const word of parsed.words.slice(1)) parsed.unexpected(word);
  if (parsed.flag("follow") && parsed.flag("once"))
    throw new MillraceError("USAGE", "--follow reads on without end, and --once ends", {
      hint: "Give one of the two.",
    });
  const port = parsed.whole("port", 0, 65_535) ?? 8080;
  const format = formatAsked(parsed);
  const inputs = parseInputs(parsed.all("in"), format);
  if (format !== undefined && inputs.length === 0)
    throw new MillraceError("USAGE", "--format says what --in gives, and there is none", {
      hint: "The program's own files say theirs: files(…, { format }).",
    });
  const app = await loadProgram(parsed.words[0], "run");
  checkInputs(
    new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) }).inputPlans.map(({ name }) => name),
    inputs,
  );
  const stop = stopOnSignals();
  // Nobody knows when more would come of it.
  if (inputs.some(({ files }) => files.includes("-"))) void stop.signal.then(() => process.stdin.destroy());
  const program = await open(app, parsed, inputs);
  try {
    return parsed.flag("once")
      ? await runOnce(program, app, inputs, stop)
      : await runLive(program, app, inputs, { parsed, port, stop });
  } finally {
    await program.close();
    stop.release();
  }
}

async function open(app: App, parsed: Parsed, inputs: readonly FileInput[]): Promise<OpenedProgram> {
  const workers = parsed.whole("workers", 1, 256);
  const epochRows = parsed.whole("epoch-rows", 1, 100_000_000);
  const started = systemClock.now();
  const program = await openProgram(app, {
    data: dataOf(parsed, app),
    partitions: Object.fromEntries(inputs.map(({ stream, files }) => [stream, files.length])),
    rebuild: parsed.flag("rebuild"),
    onWarning: (text) => void process.stderr.write(`warning: ${text}\n`),
    ...(workers === undefined ? {} : { workers }),
    ...(epochRows === undefined ? {} : { epochRows }),
  });
  for (const problems of Object.values(program.ruleProblems))
    for (const { path, line, reason } of problems) process.stderr.write(`${path}:${line}: ${reason}\n`);
  for (const note of planNotes(program.runtime.plan)) process.stderr.write(`note: ${note}\n`);
  if (program.rebuilt) process.stderr.write("The program changed: its views are computed anew from the log.\n");
  if (program.replayedEpochs > 0)
    process.stderr.write(
      `Recovered: ${counted(program.replayedEpochs, "epoch")} run again in ${((systemClock.now() - started) / 1000).toFixed(1)} s.\n`,
    );
  return program;
}

function dataOf(parsed: Parsed, app: App): string {
  return resolve(parsed.text("data") ?? defaultData(app));
}

async function runOnce(program: OpenedProgram, app: App, inputs: readonly FileInput[], stop: Stop): Promise<number> {
  const { runtime } = program;
  const started = systemClock.now();
  const before = beforeRun(program);
  const progress = new Progress(systemClock);
  const intake = new Intake(runtime, app, inputs, { complete: true });
  const show = (): void =>
    progress.show(() =>
      intake.reading.now === null
        ? processingText(runtime, started, before.rows)
        : readingText(intake.reading, runtime, started),
    );
  const taken = await processWhile(runtime, stop, show, intake.run(stop.asked, show));
  const complete = taken.failed.length === 0 && !stop.asked();
  await settle(runtime, stop, show);
  if (complete && !stop.asked()) {
    await runtime.endInput();
    await settle(runtime, stop, show);
  }
  await runtime.upkeep();
  if (!stop.asked()) for (const line of taken.failed) process.stderr.write(`${line}\n`);
  if (stop.asked()) {
    progress.done(`Stopped after ${counted(eventsOf(runtime), "row")}. Run the same command again to go on.`);
    return stop.exitCode();
  }
  tellSummary(runtime, progress, { taken, before, ms: systemClock.now() - started });
  if (complete) return 0;
  process.stderr.write(
    "Not everything could be read, so the input is not ended and windows stay open. Mend it and run the same command again.\n",
  );
  return 1;
}

/** Processes whole epochs while files are read: with workers both go on at once, and commits stay as large as asked for. */
async function processWhile(
  runtime: Runtime,
  stop: Stop,
  show: () => void,
  taking: Promise<TakenIn>,
): Promise<TakenIn> {
  let over = false;
  let wake: () => void = () => {};
  const stopListening = runtime.log.onAppend(() => wake());
  const end = (): void => {
    over = true;
    wake();
  };
  taking.then(end, end);
  try {
    while (!over && !stop.asked()) {
      if (runtime.engine.lag() >= EPOCH_ROWS) {
        await runtime.engine.step();
        show();
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stopListening();
  }
  return taking;
}

async function settle({ engine }: Runtime, stop: Stop, show: () => void): Promise<void> {
  while (!stop.asked() && (await engine.step())) show();
}

async function runLive(
  program: OpenedProgram,
  app: App,
  inputs: readonly FileInput[],
  { parsed, port, stop }: { parsed: Parsed; port: number; stop: Stop },
): Promise<number> {
  const { runtime } = program;
  const intake = new Intake(runtime, app, inputs, { complete: false, follow: parsed.flag("follow") });
  const server = await startServer(program, {
    port,
    host: parsed.text("host"),
    token: parsed.text("token") ?? process.env.MILLRACE_TOKEN,
    tokens: new TokenFile(dataOf(parsed, app)),
    tls: readTls(parsed.text("tls-cert"), parsed.text("tls-key")),
    rate: parsed.whole("rate", 1, 1_000_000),
    verbose: parsed.flag("verbose"),
    page: consoleFiles(),
    progress: () => intake.reading.now,
  });
  const watching = watchRules(runtime, (lines) => {
    for (const line of lines) process.stderr.write(`${line}\n`);
  });
  try {
    process.stderr.write(`${app.name} is at ${server.url}\n`);
    runtime.live();
    const started = systemClock.now();
    const progress = new Progress(systemClock);
    const taken = await intake.run(stop.asked, () =>
      progress.show(() => readingText(intake.reading, runtime, started)),
    );
    if (!stop.asked()) tellRead(taken, progress);
    const stopWatching = tellFailure(runtime);
    const followers = intake.follow((line) => void process.stderr.write(`${line}\n`));
    await stop.signal;
    stopWatching();
    await Promise.all(followers.map((follower) => follower.close()));
  } finally {
    await watching.close();
    await server.close();
  }
  return 0;
}

/** The engine's end is said once; what was committed can still be read. */
function tellFailure(runtime: Runtime): () => void {
  const timer = setInterval(() => {
    const { failure } = runtime.status();
    if (failure === null) return;
    clearInterval(timer);
    process.stderr.write(
      `The engine stopped: ${failure}\n  What was committed can still be read. Start again when the cause is mended.\n`,
    );
  }, 1000);
  return () => clearInterval(timer);
}
