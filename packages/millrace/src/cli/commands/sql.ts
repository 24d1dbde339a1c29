/** `millrace sql`: a query over a data directory, also while another process writes it, or over a running server. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { MillraceError } from "../../base/errors.js";
import { nodeDisk } from "../../base/node-disk.js";
import { openSegmentLog } from "../../log/segment/segment-log.js";
import { DATA_CATALOG } from "../../sql/data-catalog.js";
import type { ResultFormat } from "../../sql/format.js";
import { formatResult } from "../../sql/format.js";
import { pinFrom } from "../../sql/pinned-log.js";
import { Sql } from "../../sql/sql.js";
import { parse } from "../arguments.js";

export const SQL_HELP = `millrace sql [--data DIR] [--format table|json|csv|ndjson] "select …"
  Reads streams, views and dead_letters of a data directory, as of its last commit.

  --data DIR      default .millrace
  --format F      table on a terminal, else csv
  --rows N        the most rows shown as a table or JSON; default 10000
  --timeout S     seconds; default 60`;

export async function sqlCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { data: { type: "string" }, format: { type: "string" }, rows: { type: "string" }, timeout: { type: "string" } });
  const [query, ...others] = parsed.words;
  if (query === undefined || others.length > 0) throw new MillraceError("USAGE", "millrace sql takes one query", { hint: 'For example: millrace sql --data DIR "select count(*) from orders"' });
  const format = formatOf(parsed.text("format") ?? (process.stdout.isTTY ? "table" : "csv"));
  const data = resolve(parsed.text("data") ?? ".millrace");
  if (!existsSync(join(data, "log"))) throw new MillraceError("DATA_DIR", `${data} is not a data directory`, { hint: "Name it with --data DIR: millrace run makes it." });
  const log = await openSegmentLog(nodeDisk, data, { readOnly: true });
  const sql = new Sql({ catalog: DATA_CATALOG, catalogOptions: { data }, pin: pinFrom(log, null) });
  const timeoutMs = (parsed.whole("timeout", 1, 86_400) ?? 60) * 1000;
  try {
    if (format === "csv" || format === "ndjson") {
      const stream = await sql.streamText(query, format, { timeoutMs });
      for await (const part of stream.batches()) await write(part);
      await stream.summary;
    } else {
      const result = await sql.query(query, { timeoutMs, rowsMax: parsed.whole("rows", 1, 10_000_000) ?? 10_000 });
      await write(formatResult(format, result.columns, result.rows));
      if (result.truncated) process.stderr.write(`only the first ${result.rows.length} rows are shown: --rows N shows more, --format csv all\n`);
    }
  } finally {
    await sql.close();
    await log.close();
  }
  return 0;
}

function formatOf(text: string): ResultFormat {
  if (text === "table" || text === "json" || text === "csv" || text === "ndjson") return text;
  throw new MillraceError("USAGE", `--format is table, json, csv or ndjson, not "${text}"`);
}

function write(part: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(part)) resolve();
    else process.stdout.once("drain", resolve);
  });
}
