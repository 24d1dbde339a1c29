/**
 * `millrace ingest`: files into a stream of a running program, or of a data directory that nobody runs on.
 *
 * To a server, NDJSON goes in bodies of whole lines; each is durable when it is answered. One that is refused for now
 * (429, no answer) is sent again, so a body whose answer was lost may be taken twice: --data takes a file exactly once.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { ByteSource } from "../../source/byte-stream.js";
import { bytesOf, fileBytes, streamBytes } from "../../source/byte-stream.js";
import { FILE_FORMATS, formatOf } from "../../source/spec.js";
import type { Parsed } from "../arguments.js";
import { parse } from "../arguments.js";
import { askServer, Refused, SERVER_OPTIONS } from "../ask-server.js";
import { formatAsked, Intake } from "../inputs.js";
import { openProgram } from "../open.js";
import { checkFile, defaultData, loadProgram } from "../program-file.js";
import { bytes, count, counted, Progress, perSecond } from "../progress.js";
import { stopOnSignals } from "../signals.js";

export const INGEST_HELP = `millrace ingest STREAM FILES… [--url URL | --app APP [--data DIR]] [options]
  Puts NDJSON into a stream of a running program; or, with --app, files of any format into its data directory.

  --url URL        the running program; default http://127.0.0.1:8080
  --token T        its token; or MILLRACE_TOKEN
  --partition N    for streams that are not partitioned by key; default 0
  --app APP        the program, when it is not running
  --data DIR       its data directory; default .millrace beside it
  --format F       with --app: ${FILE_FORMATS.join(", ")}; default: by program or name
  --complete       with --app: the files are whole, a last line without its end is a line too

  "-" is standard input; .gz and .zst files are unpacked.`;

/** Bytes of one body, before the rest of its last line. */
const BODY_BYTES = 4 << 20;
const TRIES_MAX = 60;

interface Answer {
  readonly rows: number;
  readonly refused: number;
  readonly deadLetters: readonly string[];
}

export async function ingestCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, {
    ...SERVER_OPTIONS,
    partition: { type: "string" },
    app: { type: "string" },
    data: { type: "string" },
    complete: { type: "boolean" },
    format: { type: "string" },
    verbose: { type: "boolean" },
  });
  const [stream, ...paths] = parsed.words;
  if (stream === undefined || paths.length === 0)
    throw new MillraceError("USAGE", "millrace ingest takes a stream and files", {
      hint: "For example: millrace ingest orders orders.ndjson",
    });
  for (const [k, path] of paths.entries()) {
    if (path !== "-") checkFile(path);
    if (paths.indexOf(path) < k) throw new MillraceError("USAGE", `${path} is given twice`);
  }
  if (parsed.text("app") !== undefined) return ingestHere(parsed, stream, paths);
  if (parsed.text("data") !== undefined)
    throw new MillraceError("USAGE", "--data needs the program as well", {
      hint: "millrace ingest STREAM FILES… --app app.ts --data DIR",
    });
  for (const path of paths)
    if (path !== "-" && formatOf(path) === "csv")
      throw new MillraceError("USAGE", `${path}: a server takes NDJSON only`, {
        hint: "CSV is read by the program itself (from: files(…), run --in), or by ingest --app.",
      });
  let refused = 0;
  for (const path of paths) refused += await send(parsed, stream, path);
  return refused > 0 ? 1 : 0;
}

/** Into the data directory, exactly once: a file that was taken before goes on where it stopped. */
async function ingestHere(parsed: Parsed, stream: string, paths: readonly string[]): Promise<number> {
  if (parsed.text("partition") !== undefined)
    throw new MillraceError(
      "USAGE",
      "--partition is for a running program; with --app the files are partitions, in their order",
    );
  const app = await loadProgram(parsed.text("app"), "ingest");
  const stop = stopOnSignals();
  const program = await openProgram(app, { data: resolve(parsed.text("data") ?? defaultData(app)) });
  try {
    const { partitions } = program.runtime.input(stream);
    if (paths.length > partitions && partitions > 1)
      throw new MillraceError("USAGE", `${paths.length} files for the ${partitions} partitions of "${stream}"`, {
        hint: "Give at most one for each partition, or call it once more.",
      });
    const groups = partitions === 1 ? paths.map((path) => [path]) : [paths];
    let rows = 0;
    let refused = 0;
    const failed: string[] = [];
    const unfinished: string[] = [];
    const progress = new Progress(systemClock);
    const started = systemClock.now();
    for (const files of groups) {
      const intake = new Intake(program.runtime, app, [{ stream, files, format: formatAsked(parsed) }], {
        only: [stream],
        complete: parsed.flag("complete"),
      });
      const taken = await intake.run(stop.asked, () =>
        progress.show(() => `${stream}: ${counted(rows + intake.reading.rows, "row")}`),
      );
      rows += taken.rows;
      refused += taken.refused;
      failed.push(...taken.failed);
      unfinished.push(...taken.unfinished);
    }
    const also = refused > 0 ? `, ${count(refused)} refused` : "";
    if (rows + refused > 0)
      progress.done(
        `${stream}: ${counted(rows, "row")}${also} in the log, ${perSecond(rows, systemClock.now() - started)}; the next run processes them`,
      );
    else progress.done(`${stream}: nothing new`);
    for (const line of failed) process.stderr.write(`${line}\n`);
    for (const line of unfinished)
      process.stderr.write(`${line}\n  Call it again when the file has grown; --complete takes the line as it is.\n`);
    return stop.asked() ? stop.exitCode() : failed.length > 0 ? 1 : 0;
  } finally {
    await program.close();
    stop.release();
  }
}

/** Sends one file; returns how many lines were refused. */
async function send(parsed: Parsed, stream: string, path: string): Promise<number> {
  const partition = parsed.whole("partition", 0, 1023);
  const address = `/api/streams/${encodeURIComponent(stream)}${partition === undefined ? "" : `?partition=${partition}`}`;
  const progress = new Progress(systemClock);
  const started = systemClock.now();
  const source = path === "-" ? streamBytes(process.stdin) : await fileBytes(path);
  const sum = { rows: 0, refused: 0, bytes: 0 };
  let lines = 0;
  for await (const body of bodiesOf(source, path)) {
    const answer = await post(parsed, address, body).catch((error: unknown) => {
      if (!(error instanceof MillraceError)) throw error;
      const sent = sum.rows + sum.refused > 0 ? `, behind ${counted(lines, "line")} that were taken` : "";
      throw new MillraceError(error.code, `${path}${sent}: ${error.message}`, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    });
    sum.rows += answer.rows;
    sum.refused += answer.refused;
    sum.bytes += body.length;
    // The answer counts lines of its own body.
    const before = lines;
    for (const reason of answer.deadLetters)
      process.stderr.write(`${path}: ${reason.replace(/^line (\d+)/, (_, line) => `line ${before + Number(line)}`)}\n`);
    for (let at = body.indexOf(0x0a); at >= 0; at = body.indexOf(0x0a, at + 1)) lines++;
    const of = source.total === null || /\.(?:gz|zst)$/.test(path) ? "" : ` of ${bytes(source.total)}`;
    progress.show(
      () =>
        `${path}: ${bytes(sum.bytes)}${of}, ${counted(sum.rows, "row")}, ${perSecond(sum.rows, systemClock.now() - started)}`,
    );
  }
  progress.done(`${path}: ${counted(sum.rows, "row")}${sum.refused > 0 ? `, ${count(sum.refused)} refused` : ""}`);
  return sum.refused;
}

async function post(parsed: Parsed, address: string, body: Buffer): Promise<Answer> {
  for (let tries = 1; ; tries++)
    try {
      const response = await askServer(parsed, address, {
        method: "POST",
        body: new Uint8Array(body),
        headers: { "content-type": "application/x-ndjson" },
      });
      return (await response.json()) as Answer;
    } catch (error) {
      if (!(error instanceof Refused) || error.retryAfter === null || tries === TRIES_MAX) throw error;
      await sleep(1000 * error.retryAfter);
    }
}

/**
 * The input in bodies of whole lines; a longer line is a body of its own. Of one that breaks off, the whole lines before
 * that come first, then the error.
 */
async function* bodiesOf(source: ByteSource, path: string): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  const wholeLines = (): Buffer => {
    const all = Buffer.concat(held);
    const end = all.lastIndexOf(0x0a) + 1;
    held = [all.subarray(end)];
    length = all.length - end;
    return all.subarray(0, end);
  };
  try {
    for await (const { parts } of bytesOf(source, path))
      for (const part of parts) {
        held.push(part);
        length += part.length;
        if (length < BODY_BYTES || !part.includes(0x0a)) continue;
        yield wholeLines();
      }
  } catch (error) {
    const body = wholeLines();
    if (body.length > 0) yield body;
    throw error;
  }
  if (length > 0) yield Buffer.concat(held);
}
