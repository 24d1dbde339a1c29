/** Values as text. No DOM here. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 24,003 @param {number} n */
export function count(n) {
  return whole.format(n);
}

/** "1 row", "2 rows" @param {number} n @param {string} noun */
export function counted(n, noun) {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** 0/s, 0.4/s, 1,234/s @param {number} perSecond */
export function rate(perSecond) {
  return perSecond > 0 && perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${count(perSecond)}/s`;
}

const UNITS = /** @type {const} */ ([
  [86_400_000, "d", 2],
  [3_600_000, "h", 2],
  [60_000, "min", 2],
  [1000, "s", 1],
]);

/** 850 ms, 12 s, 4 min, 3 h, 12 d @param {number} ms */
export function span(ms) {
  const length = Math.abs(ms);
  for (const [unit, name, from] of UNITS) if (length >= from * unit) return `${count(length / unit)} ${name}`;
  return `${count(length)} ms`;
}

/** How long an answer took: 33 ms, 1.4 s, 2 min @param {number} ms */
export function took(ms) {
  return ms >= 1000 && ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
}

/** "3 h ago", "in 5 min", "now" @param {number} time @param {number} now */
export function ago(time, now) {
  if (Math.abs(now - time) < 1000) return "now";
  return time < now ? `${span(now - time)} ago` : `in ${span(time - now)}`;
}

const INSTANT_MS_MAX = 8.64e15;

/**
 * 2025-03-11 14:54:41.000, in UTC; of epoch milliseconds, or of ISO text as the API writes it. Null for what is no time.
 * @param {unknown} value
 */
export function instant(value) {
  if (typeof value === "number" && Math.abs(value) < INSTANT_MS_MAX)
    return new Date(value).toISOString().replace("T", " ").slice(0, -1);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value))
    return value.replace("T", " ").slice(0, -1);
  return null;
}

/** To the second. @param {unknown} value */
export function seconds(value) {
  return instant(value)?.slice(0, 19) ?? null;
}

/** The last part of a path, of either kind. @param {string} path */
export function baseName(path) {
  return path.split(/[\\/]/).at(-1) || path;
}

/**
 * Characters that hide or turn around what stands beside them are written out, as \u{202e}: a name of a file that reads
 * "exe.png" shall not be "gnp.exe".
 *
 * @param {string} raw
 */
export function visible(raw) {
  return raw.replace(HIDING, (hidden) => `\\u{${/** @type {number} */ (hidden.codePointAt(0)).toString(16)}}`);
}

/** Control characters but tab and line ends, marks of direction, characters without width. */
const HIDING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Any value of a row as one text. @param {unknown} value @returns {string} */
export function text(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return instant(value)?.replace(/\.000$/, "") ?? visible(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number"))
    return visible(value.join(", "));
  return typeof value === "object" ? visible(JSON.stringify(value)) : String(value);
}

/** @param {string} long @param {number} max */
export function cut(long, max) {
  return long.length > max ? `${long.slice(0, max)}…` : long;
}

/** All values of a row in lower case, for the filter. @param {unknown} value @returns {string} */
export function searchText(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return Object.values(value).map(searchText).join("\n");
  return String(value).toLowerCase();
}

/** A name in SQL: quoted where it must be. @param {string} name */
export function sqlName(name) {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
