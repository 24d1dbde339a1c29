/** `millrace ingest`: files or standard input into a stream of a running program. */
import { createReadStream, existsSync } from "node:fs";
import { Readable } from "node:stream";
import { MillraceError } from "../../base/errors.js";
import { parse } from "../arguments.js";
import { askServer } from "../ask-server.js";
import { count } from "../progress.js";

export const INGEST_HELP = `millrace ingest STREAM FILES… [--url URL] [--token T] [--partition N]
  Sends NDJSON, plain or gzip, to a running program; "-" is standard input.`;

interface Answer {
  readonly rows: number;
  readonly refused: number;
  readonly reasons: readonly string[];
}

export async function ingestCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { url: { type: "string" }, token: { type: "string" }, partition: { type: "string" } });
  const [stream, ...paths] = parsed.words;
  if (stream === undefined || paths.length === 0) throw new MillraceError("USAGE", "millrace ingest takes a stream and files", { hint: "For example: millrace ingest orders orders.ndjson" });
  const partition = parsed.whole("partition", 0, 1023);
  let refused = 0;
  for (const path of paths) {
    if (path !== "-" && !existsSync(path)) throw new MillraceError("USAGE", `there is no file ${path}`);
    const input = path === "-" ? process.stdin : createReadStream(path);
    const response = await askServer(parsed, `/api/streams/${encodeURIComponent(stream)}${partition === undefined ? "" : `?partition=${partition}`}`, {
      method: "POST",
      body: Readable.toWeb(input) as ReadableStream,
      headers: { "content-type": "application/x-ndjson", ...(path.endsWith(".gz") ? { "content-encoding": "gzip" } : {}) },
      duplex: "half",
    } as RequestInit);
    const answer = (await response.json()) as Answer;
    refused += answer.refused;
    process.stderr.write(`${path}: ${count(answer.rows)} rows${answer.refused > 0 ? `, ${count(answer.refused)} refused` : ""}\n`);
    for (const reason of answer.reasons) process.stderr.write(`  ${reason}\n`);
  }
  return refused > 0 ? 1 : 0;
}
