/**
 * The log of Linux' audit daemon to columns: records that share a time and number are one event, and one row.
 *
 *   type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=59 a0=55d… exe="/usr/bin/cat" key="x"
 *   type=EXECVE msg=audit(1364481363.243:24287): argc=2 a0="cat" a1="/etc/passwd"
 *   type=PROCTITLE msg=audit(1364481363.243:24287): proctitle=636174002F6574632F706173737764
 *       -> timestamp, sequence, type: SYSCALL, types: [SYSCALL, EXECVE, PROCTITLE], arch, …, argv: [cat, /etc/passwd],
 *          execve.a0: cat, proctitle: cat /etc/passwd
 *
 * 1. Fields of the first record that has them are called as there; where a name is taken, the later field is called
 *    `<type>.<name>`, and is a list where several records have it (path.name). What the daemon adds behind 0x1d
 *    (SYSCALL=execve, AUID="root") are fields too. Values written in hex, as those with blanks or quotes are, become
 *    text.
 * 2. Records of several events may lie between each other. An event is over with its EOE or PROCTITLE, at once if
 *    programs wrote it (USER_LOGIN, …: one record), and otherwise when a record is two seconds younger. A *run* goes from
 *    where no event is open to where none is again; its events become rows in the order in which they began. Bounds:
 *    `RUN_LINES`, `RUN_BYTES`; there all that is open is over.
 * 3. Rows depend on the bytes alone, not on how they arrive: an unfinished run stays in the input, as an unfinished line
 *    does. So the last event of a quiet log waits for a record that ends it, or for the end of the input.
 *
 * With `join: false` each record is a row, with the fields as they are called in it.
 */
import { isUtf8 } from "node:buffer";
import type { Batch } from "../batch/batch.js";
import type { AuditEvent, AuditRecord } from "./audit-record.js";
import { endsEvent, isWhole, parseRecord, writeEvent, writeRecord } from "./audit-record.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { Block, Format } from "./feed.js";
import { Feed } from "./feed.js";
import { JsonRows } from "./json-rows.js";
import { JsonWriter } from "./json-writer.js";

export interface AuditdOptions extends DecoderOptions {
  /** Records of one event are one row (true where not given). */
  readonly join?: boolean;
}

/** A decoder of audit logs. Throws `PROGRAM` for two columns from one name. */
export function auditdDecoder(options: AuditdOptions): Decoder {
  // What waits of a run, and a line that does not end, stay within the feed's limit together.
  const bounds = { ...options, lineBytesMax: 2 * RUN_BYTES };
  return new Feed(bounds, (feed) => new AuditdFormat(feed, new JsonRows(options, true), options));
}

const RUN_LINES = 2000;
const RUN_BYTES = 512 << 10;
/** The kernel's records have at most 9 kB. */
const RECORD_BYTES = 128 << 10;
const OVER_MS = 2000;

/** A line of the run: where it lies, and what it is. */
interface RunLine {
  readonly from: number;
  readonly end: number;
  readonly next: number;
  /** The event that it begins; null for lines that are blank, wrong, or go on with one. */
  readonly event: AuditEvent | null;
  readonly kind: "first" | "more" | "blank" | "dead";
  readonly reason: string;
}

class AuditdFormat implements Format {
  readonly settles = true;
  readonly #feed: Feed;
  readonly #rows: JsonRows;
  readonly #join: boolean;
  readonly #recordBytesMax: number;
  readonly #writer = new JsonWriter();

  constructor(feed: Feed, rows: JsonRows, { join, lineBytesMax }: AuditdOptions) {
    this.#feed = feed;
    this.#rows = rows;
    this.#join = join ?? true;
    this.#recordBytesMax = Math.min(RECORD_BYTES, lineBytesMax ?? RECORD_BYTES);
  }

  decode(block: Block, from: number, to: number, final: boolean): number {
    let p = from;
    while (p < to) {
      const next = this.#run(block, p, to, final);
      if (next < 0) return p;
      p = next;
    }
    return p;
  }

  finish(): Batch {
    return this.#rows.finish(this.#feed);
  }

  /** Takes the run at `from`; returns where the next one begins, -1 when it is not all there. */
  #run(block: Block, from: number, to: number, final: boolean): number {
    const { bytes } = block;
    const lines: RunLine[] = [];
    const open = new Map<string, AuditEvent>();
    let p = from;
    do {
      const newline = p < to ? bytes.indexOf(10, p) : -1;
      const whole = newline >= 0 && newline < to;
      let end = whole ? newline : to;
      if (end > p && bytes[end - 1] === 13) end--;
      // A line that is too long to be a record ends the run before it, also while it is still coming.
      const length = whole || final ? end - p : this.#feed.used - p;
      if (lines.length > 0 && length > this.#recordBytesMax) break;
      if (!whole && (!final || p >= to)) {
        if (!final) return -1;
        break;
      }
      const next = whole ? newline + 1 : to;
      lines.push(this.#line(block, p, end, next, open));
      p = next;
    } while (open.size > 0 && lines.length < RUN_LINES && p - from < RUN_BYTES);
    this.#emit(block, lines);
    return p;
  }

  #line(block: Block, from: number, end: number, next: number, open: Map<string, AuditEvent>): RunLine {
    const at = { from, end, next, event: null };
    if (end === from) return { ...at, kind: "blank", reason: "" };
    let reason: string | null = null;
    if (end - from > this.#recordBytesMax)
      reason = `the record has ${end - from} bytes, the limit is ${this.#recordBytesMax}`;
    else if (!block.valid && !isUtf8(block.bytes.subarray(from, end))) reason = "the line is not valid UTF-8";
    const record = reason === null ? parseRecord(block.bytes, from, end) : reason;
    if (typeof record === "string") return { ...at, kind: "dead", reason: record };
    if (!this.#join) return { ...at, kind: "first", reason: "", event: { records: [record] } };
    for (const [id, event] of open) if (record.ms - (event.records[0] as AuditRecord).ms >= OVER_MS) open.delete(id);
    const found = open.get(record.id);
    if (endsEvent(record)) open.delete(record.id);
    if (found !== undefined) {
      found.records.push(record);
      return { ...at, kind: "more", reason: "" };
    }
    // An end whose event was over before says nothing.
    if (record.type === "EOE") return { ...at, kind: "blank", reason: "" };
    const event: AuditEvent = { records: [record] };
    if (!isWhole(record)) open.set(record.id, event);
    return { ...at, kind: "first", reason: "", event };
  }

  #emit(block: Block, lines: readonly RunLine[]): void {
    const feed = this.#feed;
    for (let k = 0; k < lines.length; k++) {
      const { from, end, next, event, kind, reason } = lines[k] as RunLine;
      // A batch may end where the run does, not within: what is read again from there must be the same.
      const inside = k < lines.length - 1;
      if (kind === "more") feed.continuedTo(next, inside);
      else if (kind === "blank") feed.blank(next, inside);
      else if (kind === "dead") feed.dead(block, from, end, next, reason, inside);
      else {
        this.#writer.begin();
        if (this.#join) writeEvent(event as AuditEvent, this.#writer);
        else writeRecord((event as AuditEvent).records[0] as AuditRecord, this.#writer);
        const wrong = this.#rows.append(this.#writer, feed.nextLine, feed.base + from);
        if (wrong === null) feed.row(next, inside);
        else feed.dead(block, from, end, next, wrong, inside);
      }
    }
  }
}
