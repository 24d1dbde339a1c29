/** `millrace sql`: a query over a data directory, also while another process writes it, or over a running program. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { MillraceError } from "../../base/errors.js";
import { nodeDisk } from "../../base/node-disk.js";
import { openSegmentLog } from "../../log/segment/segment-log.js";
import { DATA_CATALOG } from "../../sql/data-catalog.js";
import type { ResultColumn, ResultFormat } from "../../sql/format.js";
import { formatResult } from "../../sql/format.js";
import { pinFrom } from "../../sql/pinned-log.js";
import { Sql } from "../../sql/sql.js";
import type { SqlValue } from "../../sql/values.js";
import type { Parsed } from "../arguments.js";
import { parse } from "../arguments.js";
import { askServer, SERVER_OPTIONS } from "../ask-server.js";
import { checkStoreFile } from "../lmdb-fault.js";
import { write } from "../output.js";

export const SQL_HELP = `millrace sql [--data DIR | --url URL] [--format table|json|csv|ndjson] "select …"
  Reads streams, views and dead_letters as of the last commit, also beside the program that writes them.

  --data DIR      a data directory; default .millrace
  --url URL       ask a running program instead; with --token T or MILLRACE_TOKEN
  --format F      table on a terminal, else csv
  --rows N        the most rows shown as a table or JSON; default 10000
  --timeout S     seconds; default 60

  Names that SQL knows as words, or with capital letters, are written in quotes: select "at" from orders.`;

const FORMATS: readonly ResultFormat[] = ["table", "json", "csv", "ndjson"];

interface Question {
  readonly query: string;
  readonly format: ResultFormat;
  readonly timeoutMs: number;
  readonly rowsMax: number;
}

export async function sqlCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, {
    ...SERVER_OPTIONS,
    data: { type: "string" },
    format: { type: "string" },
    rows: { type: "string" },
    timeout: { type: "string" },
    verbose: { type: "boolean" },
  });
  const [query, ...others] = parsed.words;
  if (query === undefined || others.length > 0)
    throw new MillraceError("USAGE", "millrace sql takes one query, in quotes", {
      hint: 'For example: millrace sql --data DIR "select count(*) from orders"',
    });
  const question = {
    query,
    format: parsed.oneOf("format", FORMATS, process.stdout.isTTY ? "table" : "csv"),
    timeoutMs: (parsed.whole("timeout", 1, 600) ?? 60) * 1000,
    rowsMax: parsed.whole("rows", 1, 1_000_000) ?? 10_000,
  };
  if (parsed.text("url") !== undefined && parsed.text("data") !== undefined)
    throw new MillraceError("USAGE", "give either --data or --url");
  await (parsed.text("url") === undefined
    ? queryData(resolve(parsed.text("data") ?? ".millrace"), question)
    : queryServer(parsed, question));
  return 0;
}

async function queryData(data: string, { query, format, timeoutMs, rowsMax }: Question): Promise<void> {
  checkData(data);
  checkStoreFile(data);
  const log = await openSegmentLog(nodeDisk, data, { readOnly: true });
  const sql = new Sql({ catalog: DATA_CATALOG, catalogOptions: { data }, pin: pinFrom(log, null) });
  try {
    if (format === "csv" || format === "ndjson") {
      const stream = await sql.streamText(query, format, { timeoutMs });
      for await (const part of stream.batches()) await write(part);
      await stream.summary;
    } else {
      const result = await sql.query(query, { timeoutMs, rowsMax });
      await writeResult(format, result.columns, result.rows, result.truncated);
    }
  } finally {
    await sql.close();
    await log.close();
  }
}

async function queryServer(parsed: Parsed, { query, format, timeoutMs, rowsMax }: Question): Promise<void> {
  const whole = format === "table" || format === "json";
  const response = await askServer(parsed, "/api/sql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: whole ? "application/json" : format === "csv" ? "text/csv" : "application/x-ndjson",
    },
    body: JSON.stringify({ sql: query, timeoutMs, ...(whole ? { rowsMax } : {}) }),
  });
  if (whole) {
    const { columns, rows, truncated } = (await response.json()) as {
      columns: ResultColumn[];
      rows: SqlValue[][];
      truncated: boolean;
    };
    await writeResult(format, columns, rows, truncated);
  } else for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) await write(part);
}

async function writeResult(
  format: ResultFormat,
  columns: readonly ResultColumn[],
  rows: readonly SqlValue[][],
  truncated: boolean,
): Promise<void> {
  await write(formatResult(format, columns, rows));
  if (truncated)
    process.stderr.write(`only the first ${rows.length} rows are shown: --rows N shows more, --format csv all\n`);
}

/** Throws `DATA_DIR` for a folder that holds no log. */
export function checkData(data: string): void {
  if (existsSync(join(data, "log"))) return;
  const problem = existsSync(data) ? `${data} is not a data directory` : `there is no data directory ${data}`;
  throw new MillraceError("DATA_DIR", problem, {
    hint: "millrace run makes it, .millrace beside the program unless told otherwise; name it with --data DIR.",
  });
}
