/** `millrace status`: how a running program is doing. */
import { formatInstant, TIME_MAX } from "../../base/time.js";
import type { ApiStatus } from "../../server/status.js";
import { parse } from "../arguments.js";
import { askServer, SERVER_OPTIONS } from "../ask-server.js";
import { count, counted } from "../progress.js";

export const STATUS_HELP = `millrace status [--url URL] [--token T] [--json]
  Asks a running program: rows, lag, watermarks, views.

  --url URL    default http://127.0.0.1:8080
  --token T    its token; or MILLRACE_TOKEN
  --json       the answer of GET /api/status

  Exits with 1 when the program is not ready or has stopped.`;

export async function statusCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { ...SERVER_OPTIONS, json: { type: "boolean" }, verbose: { type: "boolean" } });
  for (const word of parsed.words) parsed.unexpected(word);
  const status = (await (await askServer(parsed, "/api/status")).json()) as ApiStatus;
  process.stdout.write(parsed.flag("json") ? `${JSON.stringify(status)}\n` : statusText(status));
  return status.ready && status.failure === null ? 0 : 1;
}

function statusText(status: ApiStatus): string {
  const { app, ready, failure, epoch, events, alerts, lag, deadLetters, streams, views, troubles } = status;
  const state = failure !== null ? "stopped" : ready ? "ready" : "not ready";
  const hasAlerts = streams.some(({ name }) => name === "alerts");
  const lines = [
    `${app}: ${state}, epoch ${count(epoch)}, ${counted(events, "event")}, ${hasAlerts ? `${counted(alerts, "alert")}, ` : ""}${count(lag)} waiting, ${counted(deadLetters, "dead letter")}`,
  ];
  if (failure !== null) lines.push(`  the engine stopped: ${failure}`);
  for (const { work, message, since } of troubles)
    if (since !== null) lines.push(`  ${work} fails since ${formatInstant(since)}: ${message}`);
  for (const { name, kind, rows, late, partitions } of streams.filter((stream) => stream.kind !== "dead_letters")) {
    lines.push(
      `  stream ${name}${kind === "output" ? " (out)" : ""}: ${counted(rows, "row")}${late > 0 ? `, ${count(late)} late` : ""}`,
    );
    if (kind !== "input") continue;
    for (const { partition, end, processed, watermark } of partitions)
      lines.push(
        `    partition ${partition}: offset ${count(processed ?? 0)} of ${count(end)}, watermark ${markText(watermark)}`,
      );
  }
  for (const { name, rows } of views) lines.push(`  view ${name}: ${counted(rows, "row")}`);
  return `${lines.join("\n")}\n`;
}

function markText(watermark: number | null): string {
  if (watermark === null) return "none yet";
  return watermark >= TIME_MAX ? "at the end" : formatInstant(watermark);
}
