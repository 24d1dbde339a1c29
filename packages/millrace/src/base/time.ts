/**
 * Time values. Event time and append time are epoch milliseconds, UTC, as `number`.
 * Durations are written by people as "5s", "1.5h", "30d" and carried as milliseconds.
 */
import { MillraceError } from "./errors.js";

export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;
/** Accepted wherever a person writes a time. Rows always carry numbers (epoch ms). */
export type Instant = number | Date | string;

/** Before every event time: the watermark of a partition that has seen nothing. */
export const TIME_MIN = -8_640_000_000_000_000;
/** After every event time: the watermark of a partition that will see nothing more. */
export const TIME_MAX = 8_640_000_000_000_000;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration; throws `PROGRAM` when the text is not one. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null)
    throw new MillraceError("PROGRAM", `"${text}" is not a duration`, {
      hint: 'Write a number and one of ms, s, m, h, d: "5s", "1.5h", "30d".',
    });
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Epoch ms of a person's or an event's time text; null for any other text, and for a day its month does not have. A time
 * of day without a zone is refused (null) unless `zoneless` says what to take it for; a bare date is midnight UTC. 24:00
 * is the end of its day. A leap second is refused: epoch time has none. Digits beyond the millisecond are cut off.
 */
export function parseInstant(text: string, zoneless?: "utc"): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, date, clock, zone] = match as unknown as [string, string, string | undefined, string | undefined];
  // Date.parse takes February 30 for March 2.
  if (Number(date.slice(8)) > daysIn(Number(date.slice(0, 4)), Number(date.slice(5, 7)))) return null;
  if (clock === undefined) return finiteOrNull(Date.parse(`${date}T00:00:00Z`));
  if (zone === undefined && zoneless === undefined) return null;
  const offset =
    zone === undefined || zone === "Z" ? "Z" : zone.includes(":") ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const [whole, fraction] = clock.replace(",", ".").split(".") as [string, string | undefined];
  const seconds = whole.length === 5 ? `${whole}:00` : whole;
  const millis = fraction === undefined ? "" : `.${fraction.slice(0, 3).padEnd(3, "0")}`;
  return finiteOrNull(Date.parse(`${date}T${seconds}${millis}${offset}`));
}

/** Days of a month, 1 to 12, of the Gregorian calendar. */
function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Epoch ms of an `Instant`; throws `REQUEST` when it is none. */
export function instantMs(value: Instant): number {
  const ms = typeof value === "number" ? value : value instanceof Date ? value.getTime() : parseInstant(value);
  if (ms === null || !Number.isFinite(ms))
    throw new MillraceError("REQUEST", `"${String(value)}" is not a time`, {
      hint: 'Write ISO 8601 with a zone, e.g. "2026-01-01T00:00:05Z", or epoch milliseconds.',
    });
  return ms;
}

/** ISO text of an epoch time, or the number itself where no date can show it. */
export function formatInstant(ms: number): string {
  return Math.abs(ms) <= TIME_MAX ? new Date(ms).toISOString() : String(ms);
}

function finiteOrNull(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}
