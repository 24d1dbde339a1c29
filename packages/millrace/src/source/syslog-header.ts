/**
 * What syslog says of a message before it comes to it. By line, one of:
 *
 *   <34>1 2003-10-11T22:14:15.003Z host su 123 ID47 [a@1 k="v"] message      RFC 5424
 *   <34>Oct 11 22:14:15 host su[123]: message                                RFC 3164, as it is found: the priority
 *   2003-10-11T22:14:15+02:00 host su[123]: message                          missing (files), an ISO time, a year
 *
 * Times of RFC 3164 have no year and no zone. The year is the latest that is not more than a day ahead of the clock; the
 * zone is the source's, UTC where it has none.
 */
import type { Escape, JsonWriter } from "./json-writer.js";
import { jsonName } from "./json-writer.js";

const FACILITY = jsonName("facility");
const SEVERITY = jsonName("severity");
const TIMESTAMP = jsonName("timestamp");
const HOST = jsonName("host");
const APP = jsonName("app");
const PROC_ID = jsonName("procId");
const MSG_ID = jsonName("msgId");
const DATA = jsonName("data");

const SPACE = 32;
const DASH = 45;
const DAY_MS = 86_400_000;
const MONTHS = new Map(
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map((name, k) => [name, k]),
);
/** Within a parameter of structured data a backslash escapes these only. */
const inData: Escape = (c) => (c === 34 || c === 92 || c === 93 ? c : -1);

export interface SyslogOptions {
  /** The clock: what year it is. */
  readonly now: () => number;
  /** Minutes that times without a zone are ahead of UTC. */
  readonly zoneMinutes: number;
  /** What the priority's severity is called, where the event has another one. */
  readonly severity?: Buffer;
}

export class SyslogHeader {
  /** Where the message begins, after `parse`. */
  message = 0;
  readonly #options: SyslogOptions;
  /** Times of one second are said alike. */
  #timeText = "";
  #timeRead = "";

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  /** Writes what the header says; null, or why it is none. */
  parse(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null {
    let p = from;
    const hasPriority = bytes[p] === 60;
    if (hasPriority) {
      const close = bytes.indexOf(62, p);
      const priority = close > p + 1 && close <= p + 4 && close < to ? digits(bytes, p + 1, close) : -1;
      if (priority < 0 || priority > 191) return "the priority between < and > is a number from 0 to 191";
      p = close + 1;
      out.name(FACILITY);
      out.number(priority >> 3);
      out.name(this.#options.severity ?? SEVERITY);
      out.number(priority & 7);
      if (bytes[p] === 49 && bytes[p + 1] === SPACE && p + 2 < to) return this.#rfc5424(bytes, p + 2, to, out);
    }
    const time = this.#time(bytes, p, to, out);
    if (time > 0) this.#hostAndTag(bytes, time, to, out);
    else if (hasPriority) this.message = p;
    else return "neither a priority (<34>) nor a time (Oct 11 22:14:15, or ISO 8601) is at its beginning";
    return null;
  }

  #rfc5424(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null {
    let p = from;
    for (const name of [TIMESTAMP, HOST, APP, PROC_ID, MSG_ID]) {
      const end = tokenEnd(bytes, p, to);
      if (end === p || end === to)
        return "RFC 5424: a time, host, application, process, message id and data are expected";
      if (name === TIMESTAMP && bytes[p] !== DASH && !isIso(bytes, p, end))
        return `RFC 5424: "${bytes.toString("utf8", p, Math.min(end, p + 40))}" is not a time`;
      if (end > p + 1 || bytes[p] !== DASH) {
        out.name(name);
        out.text(bytes, p, end);
      }
      p = end + 1;
    }
    if (bytes[p] === DASH && p < to) p++;
    else {
      p = this.#data(bytes, p, to, out);
      if (p < 0) return "RFC 5424: the structured data is malformed";
    }
    if (p < to && bytes[p] !== SPACE) return "RFC 5424: a space is expected between the data and the message";
    p = Math.min(p + 1, to);
    if (bytes[p] === 0xef && bytes[p + 1] === 0xbb && bytes[p + 2] === 0xbf) p += 3;
    this.message = p;
    return null;
  }

  /** `[id name="value" …][…]`; returns where it ends, -1 when it is malformed. */
  #data(bytes: Buffer, from: number, to: number, out: JsonWriter): number {
    if (bytes[from] !== 91) return -1;
    out.name(DATA);
    out.open();
    let p = from;
    while (p < to && bytes[p] === 91) {
      const id = ++p;
      while (p < to && bytes[p] !== SPACE && bytes[p] !== 93) p++;
      if (p === id || p >= to) return -1;
      out.key(bytes, id, p);
      out.open();
      while (bytes[p] === SPACE) {
        const name = ++p;
        while (p < to && bytes[p] !== 61 && bytes[p] !== SPACE && bytes[p] !== 93) p++;
        if (p === name || bytes[p] !== 61 || bytes[p + 1] !== 34) return -1;
        const value = p + 2;
        const end = quoteEnd(bytes, value, to);
        if (end < 0) return -1;
        out.key(bytes, name, p);
        out.text(bytes, value, end, inData);
        p = end + 1;
      }
      if (bytes[p] !== 93 || p >= to) return -1;
      p++;
      out.close();
      out.comma();
    }
    out.close();
    out.comma();
    return p;
  }

  /** Writes the time at `from`; returns where what follows begins, 0 when there is none. */
  #time(bytes: Buffer, from: number, to: number, out: JsonWriter): number {
    // Cisco puts a star or a dot before a time that it is not sure of.
    const p = bytes[from] === 42 || bytes[from] === 46 ? from + 1 : from;
    const first = bytes[p] as number;
    if (first >= 48 && first <= 57) {
      const end = tokenEnd(bytes, p, to);
      if (!isIso(bytes, p, end)) return 0;
      out.name(TIMESTAMP);
      if (hasZone(bytes, p, end)) out.text(bytes, p, end);
      else out.string(`${bytes.toString("latin1", p, end)}${zoneText(this.#options.zoneMinutes)}`);
      return Math.min(end + 1, to);
    }
    if (to - p < 15 || bytes[p + 3] !== SPACE) return 0;
    const text = bytes.toString("latin1", p, Math.min(to, p + 32));
    const found = /^[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?(?=[: ]|$)/.exec(text)?.[0];
    if (found === undefined) return 0;
    const written = found === this.#timeRead ? this.#timeText : this.#instant(found);
    if (written === "") return 0;
    this.#timeRead = found;
    this.#timeText = written;
    out.name(TIMESTAMP);
    out.string(written);
    const end = p + found.length + (bytes[p + found.length] === 58 ? 1 : 0);
    return Math.min(end + 1, to);
  }

  /** ISO text of `Oct 11 22:14:15` and its like; empty when there is no such time. */
  #instant(text: string): string {
    const [, month = "", day, year, hour, minute, second, fraction = ""] =
      /^(\w{3}) +(\d+) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
    const monthIndex = MONTHS.get(month);
    if (monthIndex === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return "";
    const millis = Number(fraction.slice(0, 3).padEnd(3, "0"));
    const now = this.#options.now();
    const at = (y: number): number =>
      Date.UTC(y, monthIndex, Number(day), Number(hour), Number(minute), Number(second), millis) -
      60_000 * this.#options.zoneMinutes;
    const isDay = (y: number): boolean => new Date(Date.UTC(y, monthIndex, Number(day))).getUTCMonth() === monthIndex;
    let y = year === undefined ? new Date(now + DAY_MS).getUTCFullYear() : Number(year);
    if (year === undefined) for (let k = 0; k < 9 && (at(y) > now + DAY_MS || !isDay(y)); k++) y--;
    return isDay(y) && Number(day) > 0 ? new Date(at(y)).toISOString() : "";
  }

  /** `host app[123]: message`, and what is found in its place. */
  #hostAndTag(bytes: Buffer, from: number, to: number, out: JsonWriter): void {
    let p = from;
    const end = tokenEnd(bytes, p, to);
    // A device that does not say its name begins with the tag.
    if (end < to && bytes[end - 1] !== 58 && end > p) {
      out.name(HOST);
      out.text(bytes, p, end);
      p = end + 1;
    }
    this.message = p;
    let tag = p;
    while (tag < to && tag - p < 128 && isTag(bytes[tag] as number)) tag++;
    if (tag === p || tag >= to) return;
    let after = tag;
    let process = 0;
    if (bytes[tag] === 91) {
      process = bytes.indexOf(93, tag);
      if (process < 0 || process >= to || process - tag > 64) return;
      after = process + 1;
    }
    if (bytes[after] !== 58 || after >= to) return;
    out.name(APP);
    out.text(bytes, p, tag);
    if (process > tag + 1) {
      out.name(PROC_ID);
      out.text(bytes, tag + 1, process);
    }
    this.message = after + 1 < to && bytes[after + 1] === SPACE ? after + 2 : after + 1;
  }
}

function tokenEnd(bytes: Buffer, from: number, to: number): number {
  let p = from;
  while (p < to && bytes[p] !== SPACE) p++;
  return p;
}

/** The quote that closes a value, -1 without one. */
function quoteEnd(bytes: Buffer, from: number, to: number): number {
  for (let p = from; p < to; p++) {
    if (bytes[p] === 34) return p;
    if (bytes[p] === 92) p++;
  }
  return -1;
}

function digits(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let p = from; p < to; p++) {
    const digit = (bytes[p] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}

/** yyyy-mm-ddThh:mm:ss and more. */
function isIso(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 19 || to - from > 35) return false;
  for (const at of [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]) {
    const c = bytes[from + at] as number;
    if (c < 48 || c > 57) return false;
  }
  return bytes[from + 4] === DASH && bytes[from + 7] === DASH && bytes[from + 10] === 84 && bytes[from + 13] === 58;
}

function hasZone(bytes: Buffer, from: number, to: number): boolean {
  for (let p = from + 19; p < to; p++) if (bytes[p] === 90 || bytes[p] === 43 || bytes[p] === DASH) return true;
  return false;
}

function zoneText(minutes: number): string {
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Letters, digits and what names of programs have besides; not a colon, a bracket or a blank. */
function isTag(c: number): boolean {
  return c > 32 && c !== 58 && c !== 91 && c !== 93 && c !== 34;
}
