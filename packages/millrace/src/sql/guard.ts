/**
 * Which statements may run. DuckDB's own parser says what kind a statement is (SELECT covers WITH, FROM, VALUES,
 * DESCRIBE, SHOW and SUMMARIZE), so nothing here guesses at SQL but one thing: what an EXPLAIN explains, since
 * EXPLAIN ANALYZE runs it. Behind this stand a database of the query's own, without file access, whose settings are
 * locked, in a read-only transaction.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { StatementType } from "@duckdb/node-api";
import { MillraceError } from "../base/errors.js";

/** Longer texts are refused before they are parsed. */
export const SQL_LENGTH_MAX = 256 * 1024;

const HINT =
  "SQL here reads: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN, one statement a query.";

/** Prepares the one statement of `sql`; throws `REQUEST` when it is not one that reads, `LIMIT` when it is too long. */
export async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.length > SQL_LENGTH_MAX)
    throw new MillraceError("LIMIT", `the SQL text has ${sql.length} characters; the limit is ${SQL_LENGTH_MAX}`);
  const prepared = await prepareOne(connection, sql);
  const { statementType } = prepared;
  if (statementType === StatementType.EXPLAIN) await prepareReading(connection, explained(sql));
  else if (statementType !== StatementType.SELECT) throw refused(StatementType[statementType] ?? "this statement");
  if (prepared.parameterCount > 0) {
    prepared.destroySync();
    throw new MillraceError("REQUEST", "the statement has parameters, and a query has no way to give their values", {
      hint: "Write the values into the text.",
    });
  }
  return prepared;
}

/** True for EXPLAIN, whose plan is not worth looking at. */
export function isExplain(prepared: DuckDBPreparedStatement): boolean {
  return prepared.statementType === StatementType.EXPLAIN;
}

async function prepareOne(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/.test(sql))
    throw new MillraceError("REQUEST", "the query is empty", { hint: HINT });
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1)
    throw new MillraceError("REQUEST", `the text has ${statements.count} statements`, {
      hint: `${HINT} A PIVOT needs its values named: PIVOT t ON c IN ('a', 'b') USING count(*).`,
    });
  return statements.prepare(0);
}

const GAP = String.raw`(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*`;
const EXPLAIN = new RegExp(String.raw`^${GAP}explain\b${GAP}(?:analyze\b${GAP})?(?:\([^()]*\)${GAP})?`, "i");

/** The statement after EXPLAIN [ANALYZE] [(options)]. A text that looks otherwise gives something that is refused. */
function explained(sql: string): string {
  const head = EXPLAIN.exec(sql);
  const rest = sql.slice(head?.[0].length ?? 0);
  if (head === null || rest.length === sql.length) throw refused("EXPLAIN in this form");
  return rest;
}

function refused(what: string): MillraceError {
  return new MillraceError("REQUEST", `${what} is not allowed: SQL only reads`, { hint: HINT });
}
