/** The names a SQL text uses, without parsing it: a superset, so that whatever it may mean is made ready for it. */

/** Words and quoted identifiers, in lower case; texts in single quotes and comments aside. */
export function namesIn(sql: string): Set<string> {
  const names = new Set<string>();
  const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)/gu;
  for (const [, quoted, word] of sql.matchAll(token)) {
    if (quoted !== undefined) names.add(quoted.replaceAll('""', '"').toLowerCase());
    else if (word !== undefined) names.add(word.toLowerCase());
  }
  return names;
}

/** Texts that look at tables themselves, or at columns by pattern, see all there is. */
export function wantsAll(names: ReadonlySet<string>): boolean {
  return [...names].some((name) => LOOKS_AROUND.has(name) || name.startsWith("duckdb_") || name.startsWith("pragma_"));
}

const LOOKS_AROUND = new Set(["describe", "desc", "show", "summarize", "columns", "pragma", "information_schema", "pg_catalog", "sqlite_master"]);

/** An identifier as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
