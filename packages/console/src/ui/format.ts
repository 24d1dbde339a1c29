/** Values as text. No DOM here. */
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 24,003 */
export function count(n: number): string {
  return whole.format(n);
}

/** 950, 24.0k, 1.2M: where there is no room for more. */
export function short(n: number): string {
  if (Math.abs(n) < 1000) return whole.format(n);
  if (Math.abs(n) < 1_000_000) return `${(n / 1000).toFixed(Math.abs(n) < 100_000 ? 1 : 0)}k`;
  return `${(n / 1_000_000).toFixed(1)}M`;
}

/** "1 row", "2 rows" */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** 0/s, 0.4/s, 1,234/s */
export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${count(perSecond)}/s`;
}

/** 0 %, 0.4 %, 38 % */
export function percent(share: number): string {
  const hundred = share * 100;
  return `${hundred > 0 && hundred < 1 ? hundred.toFixed(1) : Math.round(hundred)} %`;
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(n: number): string {
  let unit = 0;
  let left = n;
  for (; left >= 1024 && unit < BYTES.length - 1; unit++) left /= 1024;
  return `${unit === 0 ? left : left.toFixed(1)} ${BYTES[unit]}`;
}

const UNITS = [
  [86_400_000, "d", 2],
  [3_600_000, "h", 2],
  [60_000, "min", 2],
  [1000, "s", 1],
] as const;

/** 850 ms, 12 s, 4 min, 3 h, 12 d */
export function span(ms: number): string {
  const length = Math.abs(ms);
  for (const [unit, name, from] of UNITS) if (length >= from * unit) return `${count(length / unit)} ${name}`;
  return `${count(length)} ms`;
}

/** How long an answer took: 33 ms, 1.4 s, 2 min */
export function took(ms: number): string {
  return ms >= 1000 && ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
}

/** "3 h ago", "in 5 min", "now" */
export function ago(time: number, now: number): string {
  if (Math.abs(now - time) < 1000) return "now";
  return time < now ? `${span(now - time)} ago` : `in ${span(time - now)}`;
}

const INSTANT_MS_MAX = 8.64e15;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** 2025-03-11 14:54:41.000, in UTC, of epoch ms; null for what is no time. */
export function instantAt(ms: number): string | null {
  return Math.abs(ms) < INSTANT_MS_MAX ? new Date(ms).toISOString().replace("T", " ").slice(0, -1) : null;
}

/** The same of ISO text as the API writes it; null for any other value. */
export function instant(value: unknown): string | null {
  return typeof value === "string" && ISO.test(value) ? value.replace("T", " ").slice(0, -1) : null;
}

/** Epoch ms of a time as the API writes it; NaN for what is none. */
export function epochMs(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
}

/** The last part of a path, of either kind. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

/**
 * Characters that hide or turn around what stands beside them are written out, as \u{202e}: a name of a file that reads
 * "exe.png" shall not be "gnp.exe".
 */
export function visible(raw: string): string {
  return raw.replace(HIDING, (hidden) => `\\u{${(hidden.codePointAt(0) as number).toString(16)}}`);
}

/** Control characters but tab and line ends, marks of direction, characters without width. */
const HIDING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Any value of a row as one text. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return instant(value)?.replace(/\.000$/, "") ?? visible(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number"))
    return visible(value.join(", "));
  return typeof value === "object" ? visible(JSON.stringify(value)) : String(value);
}

/** All of a value's text, for a filter. */
export function searchText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** Text for a cell: no longer than anybody reads there. */
export function cellText(value: unknown): string {
  const long = text(value);
  return long.length > 300 ? `${long.slice(0, 300)}…` : long;
}
