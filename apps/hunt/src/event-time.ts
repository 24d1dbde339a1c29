/**
 * The trustworthy time of a Windows event, by the shape it came in:
 *
 *   UtcTime               Sysmon's own, UTC without saying so, whatever collected it
 *   @timestamp            UTC in collector data (NXLog, winlogbeat): such events carry EventReceivedTime or winlogbeat's names
 *   SystemTime, TimeCreated, EventTime   the host's; in exports local time labelled Z, so hours may be off
 *   ts                    Zeek: seconds since the epoch
 */
import type { Open } from "millrace";

const SYSMON = ["UtcTime", "event_data.UtcTime", "winlog.event_data.UtcTime"];
const OTHERS = [
  "@timestamp",
  "@timestamp_utc",
  "TimeCreated",
  "EventTime",
  "SystemTime",
  "CreationTime",
  "TimeGenerated",
  "Time",
];

/** Epoch ms, or NaN when the event tells no time. */
export function eventTime(attributes: Open): number {
  for (const name of SYSMON) {
    const time = instant(attributes.text(name));
    if (!Number.isNaN(time)) return time;
  }
  for (const name of OTHERS) {
    const time = instant(attributes.text(name));
    if (!Number.isNaN(time)) return time;
  }
  const seconds = attributes.number("ts");
  return seconds === null ? Number.NaN : Math.round(seconds * 1000);
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?$/;

/** A time without a zone is taken for UTC: it is UtcTime's form, and for the others there is nothing better. */
function instant(text: string | null): number {
  if (text === null || text.length > 40) return Number.NaN;
  const match = ISO.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = "0", zone = "Z"] = match as unknown as string[];
  const ms = Number((fraction as string).slice(0, 3).padEnd(3, "0"));
  if (!isDate(Number(year), Number(month), Number(day))) return Number.NaN;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return Number.NaN;
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  if (zone === "Z") return utc;
  const digits = (zone as string).replace(":", "");
  const offset = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return utc + (digits.startsWith("-") ? 1 : -1) * offset * 60_000;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `Date.UTC` takes 30 February for 2 March. */
function isDate(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}
