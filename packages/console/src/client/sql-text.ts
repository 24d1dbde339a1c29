/** Pieces of SQL. Whatever comes from events or from people goes through these. */

/** A text in single quotes. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A time, from epoch ms. */
export function timestamp(ms: number): string {
  return `timestamp '${new Date(ms).toISOString().replace("T", " ").slice(0, -1)}'`;
}

/** A column or table. */
export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Words of the console's own queries that SQL takes for itself. */
const RESERVED = new Set(["offset", "partition", "at", "first", "last", "group", "order", "user", "end", "table"]);

/** `column` holds the text somewhere, whatever its case. */
export function contains(column: string, text: string): string {
  return `${column} ilike ${literal(`%${text.replace(/[\\%_]/g, "\\$&")}%`)} escape '\\'`;
}

/** Joined by `and`; "true" for none. */
export function every(conditions: readonly (string | null)[]): string {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? "true" : given.join(" and ");
}
