/** What `millrace run` says: how far it is, and what came of it. */
import { systemClock } from "../../base/clock.js";
import { formatInstant } from "../../base/time.js";
import type { Runtime } from "../../engine/runtime.js";
import { endedStreams } from "../../engine/time/end-of-input.js";
import type { Reading, TakenIn } from "../inputs.js";
import type { OpenedProgram } from "../open.js";
import type { Progress } from "../progress.js";
import { bytes, count, counted, perSecond, timeLeft } from "../progress.js";

/** Late rows by stream, and where an earlier run ended its input, before this run. */
export interface Before {
  readonly rows: number;
  readonly late: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
}

export function beforeRun({ runtime, rebuilt }: OpenedProgram): Before {
  return {
    rows: eventsOf(runtime),
    late: new Map(runtime.status().streams.map(({ name, late }) => [name, late])),
    // What is computed anew is late as it was: it did not come with this run.
    ended: rebuilt ? new Map() : endedStreams(runtime.plan, runtime.log),
  };
}

interface Done {
  readonly taken: TakenIn;
  readonly before: Before;
  readonly ms: number;
}

/** The end of a run over complete input. */
export function tellSummary(runtime: Runtime, progress: Progress, { taken, before, ms }: Done): void {
  const { deadLetters, streams, views, epoch } = runtime.status();
  const all = eventsOf(runtime);
  const rows = all - before.rows;
  const refused = taken.refused > 0 ? `, ${count(taken.refused)} refused` : "";
  if (rows > 0 || taken.refused > 0)
    progress.done(
      `${counted(rows, "row")}${refused} in ${(ms / 1000).toFixed(1)} s (${perSecond(rows, ms)}), epoch ${count(epoch)}`,
    );
  else if (taken.failed.length > 0 || all === 0) progress.done("No rows came in");
  else progress.done(`Nothing new: everything has been processed already, epoch ${count(epoch)}`);
  for (const { name, rows: n } of views) process.stderr.write(`  view ${name}: ${counted(n, "row")}\n`);
  for (const { name, kind, rows: n } of streams)
    if (kind === "output") process.stderr.write(`  stream ${name}: ${counted(n, "row")}\n`);
  for (const { name, late } of streams) {
    if (late > 0) process.stderr.write(`  ${counted(late, "late row")} of ${name}\n`);
    const fresh = late - (before.late.get(name) ?? 0);
    const ended = before.ended.get(name);
    if (fresh > 0 && ended !== undefined) tellLateAfterEnd(fresh, ended);
  }
  if (deadLetters > 0)
    process.stderr.write(
      `  ${counted(deadLetters, "dead letter")}: millrace sql "select reason, count(*) from dead_letters group by 1"\n`,
    );
}

/** Rows that an earlier run would have counted are late now: that has to be said, with what to do. */
function tellLateAfterEnd(late: number, ended: number): void {
  process.stderr.write(
    `    ${count(late)} of them came with this run. An earlier run ended its input, and what windows gave up to ${formatInstant(ended)} is final.\n` +
      `    To count rows that belong there too, take all files in together, in another --data; or let windows be corrected: { emit: "updates", late: { correct: "1d" } }.\n`,
  );
}

/** What the files gave to a program that goes on. */
export function tellRead({ rows, refused, failed, unfinished }: TakenIn, progress: Progress): void {
  for (const line of failed) process.stderr.write(`${line}\n`);
  for (const line of unfinished)
    process.stderr.write(`${line}\n  The next start reads it; --once takes it as it is.\n`);
  if (rows + refused > 0)
    progress.done(`Read ${counted(rows, "row")}${refused > 0 ? `, refused ${count(refused)}` : ""}. Ctrl+C stops.`);
}

export function readingText({ bytesRead, bytesTotal, rows, now }: Reading, runtime: Runtime, started: number): string {
  const ms = systemClock.now() - started;
  const share =
    bytesTotal === null || bytesTotal === 0
      ? ""
      : ` ${Math.floor((100 * bytesRead) / bytesTotal)}% of ${bytes(bytesTotal)},${timeLeft(bytesRead, bytesTotal, ms)}`;
  const waiting = runtime.engine.lag();
  return `reading ${now?.stream ?? ""}:${share} ${counted(rows, "row")}, ${perSecond(rows, ms)}${waiting > 0 ? `, ${count(waiting)} to process` : ""}`;
}

export function processingText(runtime: Runtime, started: number, before: number): string {
  const rows = eventsOf(runtime) - before;
  const lag = runtime.engine.lag();
  const ms = systemClock.now() - started;
  return `processing: ${counted(rows, "row")}, ${perSecond(rows, ms)},${timeLeft(rows, rows + lag, ms)} ${count(lag)} to go`;
}

/** Rows that the program has processed. */
export function eventsOf({ engine }: Runtime): number {
  return Object.entries(engine.commit.counters).reduce((sum, [name, n]) => (name.startsWith("in/") ? sum + n : sum), 0);
}
