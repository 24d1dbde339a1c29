/** `millrace status`: how a running program is doing. */
import { MillraceError } from "../../base/errors.js";
import { formatInstant } from "../../base/time.js";
import type { Status } from "../../engine/runtime.js";
import { parse } from "../arguments.js";
import { askServer } from "../ask-server.js";
import { count } from "../progress.js";

export const STATUS_HELP = `millrace status [--url URL] [--token T] [--format table|json]
  Asks a running program: rows, lag, watermarks, views.`;

export async function statusCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { url: { type: "string" }, token: { type: "string" }, format: { type: "string" } });
  const status = (await (await askServer(parsed, "/api/status")).json()) as Status;
  if (parsed.text("format") === "json") process.stdout.write(`${JSON.stringify(status)}\n`);
  else process.stdout.write(statusText(status));
  if (status.failure !== null) throw new MillraceError("WORKER", `the engine stopped: ${status.failure}`);
  return status.ready ? 0 : 1;
}

function statusText(status: Status): string {
  const lines = [
    `${status.app}: ${status.ready ? "ready" : "not ready"}, epoch ${count(status.epoch)}, ${count(status.events)} events, ${count(status.lag)} waiting, ${count(status.deadLetters)} dead letters`,
  ];
  for (const { name, kind, rows, late, partitions } of status.streams) {
    lines.push(`  ${kind} ${name}: ${count(rows)} rows${late > 0 ? `, ${count(late)} late` : ""}`);
    if (kind === "input")
      for (const { partition, end, processed, watermark } of partitions)
        lines.push(`    partition ${partition}: offset ${count(processed ?? 0)} of ${count(end)}, watermark ${watermark === null ? "none yet" : formatInstant(watermark)}`);
  }
  for (const { name, rows } of status.views) lines.push(`  view ${name}: ${count(rows)} rows`);
  return `${lines.join("\n")}\n`;
}
