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

/**
 * Words of the text that may be columns, in lower case: quoted identifiers, and words that are neither reserved nor
 * followed by a parenthesis. (An attribute called like a reserved word must be quoted anyhow.)
 */
export function columnNamesIn(sql: string): Set<string> {
  const names = new Set<string>();
  const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)(\s*\()?/gu;
  for (const [, quoted, word, call] of sql.matchAll(token)) {
    if (quoted !== undefined) names.add(quoted.replaceAll('""', '"').toLowerCase());
    else if (word !== undefined && call === undefined && !RESERVED.has(word.toLowerCase()))
      names.add(word.toLowerCase());
  }
  return names;
}

/** DuckDB 1.5's reserved words, and "by", which follows two of them. */
const RESERVED = new Set(
  `
    all analyse analyze and any array as asc asymmetric both by case cast check collate column constraint create default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially
    intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing
    primary qualify references returning select show some summarize symmetric table then to trailing true union unique
    unpivot using variadic when where window with
  `
    .trim()
    .split(/\s+/),
);

/** True for a text that looks at tables themselves, or at columns by pattern: it sees all there is. */
export function wantsAll(sql: string, names: ReadonlySet<string>): boolean {
  // DESC elsewhere is an order.
  if (/(?:^|\()\s*desc\b/i.test(sql)) return true;
  return [...names].some((name) => LOOKS_AROUND.has(name) || name.startsWith("duckdb_") || name.startsWith("pragma_"));
}

const LOOKS_AROUND = new Set([
  "describe",
  "show",
  "summarize",
  "columns",
  "pragma",
  "information_schema",
  "pg_catalog",
  "sqlite_master",
]);

/** An identifier as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
