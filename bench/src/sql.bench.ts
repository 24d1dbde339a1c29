/**
 * SQL over the log in place beside DuckDB's own table (in memory) with the same rows; two threads each.
 * Ours is the whole way: main thread, SQL worker, DuckDB reading the log's chunks, and back.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Embedded } from "millrace";
import { embed } from "millrace";
import keptReadings from "./kept-readings-app.js";
import { interleaved, withFolder } from "./measure.js";
import { KEYS, pushReadings, STARTED_MS, STEP_MS } from "./readings.js";
import type { Bench, Result } from "./result.js";
import { expectSame, rateResult } from "./result.js";

const QUERIES = {
  "count(*)": "select count(*) from readings",
  sum: "select sum(value) from readings",
  "filter, count": "select count(*) from readings where value < 100",
  "group by key": `select key, count(*), sum(value) from readings group by key order by key limit ${KEYS}`,
} as const;

export const sql: Bench = {
  name: "sql",
  about: "SQL over the log on disk, in place, beside DuckDB's own table in memory",
  run: (size) =>
    withFolder(async (data) => {
      const rows = size === "tiny" ? 20_000 : 10_000_000;
      const running = await embed(keptReadings, { data, epochRows: 1_048_576 });
      const duck = await DuckDBInstance.create(":memory:", { threads: "2" });
      const connection = await duck.connect();
      try {
        await pushReadings(running, "readings", 0, rows);
        await running.settle();
        await connection.run(tableOf(rows));
        const results: Result[] = [];
        for (const [name, query] of Object.entries(QUERIES))
          results.push(await compare(running, connection, name, query, rows, size === "tiny" ? 1 : 7));
        return results;
      } finally {
        connection.closeSync();
        duck.closeSync();
        await running.close();
      }
    }),
};

async function compare(
  running: Embedded,
  connection: DuckDBConnection,
  name: string,
  query: string,
  rows: number,
  rounds: number,
): Promise<Result> {
  let ours = "";
  let reference = "";
  const seconds = await interleaved(
    rounds,
    async () => {
      ours = text((await running.sql(query)).rows);
    },
    async () => {
      reference = text((await connection.runAndReadAll(query)).getRows());
    },
  );
  expectSame(`the answer of ${query}`, ours, reference);
  return rateResult({ bench: "sql", case: name, referenceName: "DuckDB's table" }, "M rows/s", rows / 1e6, seconds);
}

function text(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map((value) => String(value)).join(" ")).join("\n");
}

/** The rows of readings.ts, made by DuckDB itself. */
function tableOf(rows: number): string {
  return `create table readings as
    select epoch_ms(${STARTED_MS} + i * ${STEP_MS}) as at,
           ((i * 7919) % ${KEYS})::integer as key,
           ((i * 31) % 10007)::double as value
    from range(${rows}) made(i)`;
}
