/**
 * A DuckDB database of one query's own: opening one takes 8 ms here, and with it come limits of the query's own, an
 * empty catalogue, and nothing that could be left behind for the next.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import type { SqlTable } from "./catalog.js";
import { columnsOf } from "./columns.js";
import { columnNamesIn, namesIn, quoted, wantsAll } from "./names.js";
import type { QueryLimits } from "./protocol.js";
import type { BoundTable, ScanState } from "./scan.js";
import { SCAN_FUNCTION, scanFunction } from "./scan.js";

export interface QueryDatabase {
  readonly connection: DuckDBConnection;
  readonly state: ScanState;
  close(): void;
}

/** Opens the database with the tables that the text names, and locks it: no files, no settings, read-only. */
export async function openDatabase(
  sql: string,
  tables: readonly SqlTable[],
  limits: QueryLimits,
): Promise<QueryDatabase> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(limits.threads),
    memory_limit: `${Math.ceil(limits.memory / 1024)}KiB`,
    max_temp_directory_size: "0B",
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
    allow_community_extensions: "false",
    allow_persistent_secrets: "false",
  });
  const connection = await instance.connect();
  const state: ScanState = {
    tables: tablesFor(sql, tables),
    times: new Map(),
    threads: limits.threads,
    cancelled: false,
    error: undefined,
    rowsRead: 0,
    batchesRead: 0,
  };
  try {
    connection.registerTableFunction(scanFunction(state));
    await connection.run(
      [
        // The zone of now() and of casts must not be the machine's.
        "SET TimeZone = 'UTC'",
        "SET temp_directory = ''",
        ...state.tables.map(viewOf),
        "SET enable_external_access = false",
        "SET lock_configuration = true",
        "BEGIN TRANSACTION READ ONLY",
      ].join(";\n"),
    );
  } catch (error) {
    close();
    throw error;
  }
  return { connection, state, close };

  function close(): void {
    connection.closeSync();
    instance.closeSync();
  }
}

function tablesFor(sql: string, tables: readonly SqlTable[]): BoundTable[] {
  const names = namesIn(sql);
  const all = wantsAll(sql, names);
  const words = columnNamesIn(sql);
  for (const { name } of tables) words.delete(name.toLowerCase());
  return tables
    .filter(({ name }) => all || names.has(name.toLowerCase()))
    .map((table) => ({
      table,
      columns: columnsOf(table, all || hasMore(table, words)).filter(
        ({ hidden, name }) => !hidden || all || names.has(name.toLowerCase()),
      ),
    }));
}

/** Knowing a table's attributes means reading headers: only for words that its other columns do not explain. */
function hasMore(table: SqlTable, words: ReadonlySet<string>): boolean {
  const known = new Set(columnsOf(table, false).map(({ name }) => name.toLowerCase()));
  return [...words].some((word) => !known.has(word));
}

function viewOf({ table, columns }: BoundTable, k: number): string {
  const list = columns.map(({ name }, j) => `t${k}c${j} AS ${quoted(name)}`).join(", ");
  const view = `CREATE VIEW ${quoted(table.name)} AS SELECT ${list} FROM ${SCAN_FUNCTION}(${k})`;
  return table.doc === ""
    ? view
    : `${view};\nCOMMENT ON VIEW ${quoted(table.name)} IS '${table.doc.replaceAll("'", "''")}'`;
}
