/** DuckDB's errors in our words: its message, the names that were meant, and a code of ours. */
import { MillraceError, suggest } from "../base/errors.js";

export interface ErrorContext {
  readonly tables: readonly string[];
  /** Columns of the tables the query names; asked for only when one is missing. */
  readonly columns: () => readonly string[];
}

/**
 * `LIMIT` for memory, `WORKER` for what DuckDB itself calls a bug, `REQUEST` for all that the query's author can mend.
 * An error of ours passes unchanged.
 */
export function sqlError(error: unknown, { tables, columns }: ErrorContext): MillraceError {
  if (error instanceof MillraceError) return error;
  const message = (error instanceof Error ? error.message : String(error)).replace(
    /^Failed to extract statements: /,
    "",
  );
  const unknownTable = /(?:Table|View) with name (.+?) does not exist/.exec(message)?.[1];
  if (unknownTable !== undefined)
    return new MillraceError("REQUEST", `there is no table "${unknownTable}"${placeIn(message)}`, {
      hint: suggest(unknownTable, tables),
      cause: error,
    });
  const unknownColumn = /(?:Referenced column "(.+?)" not found|does not have a column named "(.+?)")/.exec(message);
  if (unknownColumn !== null) {
    const name = (unknownColumn[1] ?? unknownColumn[2]) as string;
    return new MillraceError("REQUEST", `there is no column "${name}"${placeIn(message)}`, {
      hint: suggest(name, columns()),
      cause: error,
    });
  }
  if (/^Out of Memory Error|std::bad_alloc|Cannot create a string longer|memory exhausted/.test(message))
    return new MillraceError("LIMIT", `the query needs more memory than it may have: ${firstLine(message)}`, {
      hint: "Narrow the time range, select fewer columns, or aggregate before sorting and joining.",
      cause: error,
    });
  if (/^(?:INTERNAL|FATAL) Error/.test(message)) return new MillraceError("WORKER", message, { cause: error });
  return new MillraceError("REQUEST", message.replaceAll(/\bmillrace_scan\(\d+\)/g, "the table"), { cause: error });
}

/** DuckDB's picture of the place in the query, where it draws one. */
function placeIn(message: string): string {
  const at = message.indexOf("\nLINE ");
  return at < 0 ? "" : message.slice(at).trimEnd();
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] as string;
}
