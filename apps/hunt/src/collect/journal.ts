/**
 * Events on their way out, on disk: written before they are sent, and forgotten once they have arrived.
 *
 *   DIR/lock                   who writes here: pid and start
 *   DIR/sent.json              {"id","segment","bytes"}: up to here everything has arrived
 *   DIR/ID-00000007.ndjson     events; the segments are one sequence
 *   DIR/ID-00000007.known      what had been told before the segment's first event
 *
 * After a restart, what was told (told.ts) comes from the newest segment and the file beside it: a process or connection
 * that was told is not told again. A line that was cut off by a kill is dropped; what it told is told again, under its
 * number. Everything is bounded: a segment is closed at `SEGMENT_BYTES`, and the collector stops looking while more than
 * `UNSENT_BYTES_MAX` wait.
 *
 * Writes are not synced: they survive a kill of the process. A machine that loses power has other processes afterwards.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { MillraceError } from "millrace";
import type { BootClock } from "./boot-clock.js";
import type { CollectedEvent } from "./events.js";
import { holdLock } from "./lock.js";
import type { Told } from "./told.js";
import { nothingTold, tell } from "./told.js";

export const SEGMENT_BYTES = 1 << 20;
export const UNSENT_BYTES_MAX = 64 << 20;

/** A run of whole lines of one segment. */
export interface Chunk {
  readonly segment: number;
  /** The segment's file. */
  readonly path: string;
  /** Where in the segment the run ends. */
  readonly to: number;
  readonly text: string;
}

interface Sent {
  readonly id: string;
  segment: number;
  bytes: number;
}

export class Journal {
  /** The collector's name: made once for each folder, and part of every event. */
  readonly id: string;
  readonly told: Told;
  /** This start of the machine: as it was first worked out, so that times of starts stay what they are. */
  readonly clock: BootClock;
  /** Whether events were left from before, of which it is not known whether they arrived. */
  readonly resumed: boolean;
  readonly #dir: string;
  readonly #release: () => void;
  readonly #sent: Sent;
  #segment: number;
  #fd: number;
  #bytes: number;
  /** Bytes of closed segments that are not sent yet. */
  #closedUnsent: number;

  /** Throws `DATA_DIR` when another collector writes there, `DISK` when the folder can't be written. */
  static open(dir: string, clock: BootClock, newId: () => string): Journal {
    let release = (): void => {};
    try {
      mkdirSync(dir, { recursive: true });
      release = holdLock(join(dir, "lock"));
      return new Journal(dir, clock, newId, release);
    } catch (error) {
      release();
      throw error instanceof MillraceError ? error : diskError(dir, error);
    }
  }

  private constructor(dir: string, clock: BootClock, newId: () => string, release: () => void) {
    this.#dir = dir;
    this.#release = release;
    const sent = readJson<Sent>(join(dir, "sent.json"));
    // Without its events nobody knows which numbers were given: a new name begins at 1.
    const isWhole = sent !== null && segmentsIn(dir, sent.id).includes(sent.segment);
    this.#sent = isWhole ? sent : { id: newId(), segment: 1, bytes: 0 };
    this.id = this.#sent.id;
    const last = this.#segments().at(-1);
    const known = last === undefined ? null : readJson<Known>(this.#knownPath(last));
    this.told = last === undefined ? nothingTold() : replay(this.#path(last), known);
    const sameBoot = known !== null && known.clock.bootId === clock.bootId;
    this.clock = sameBoot ? known.clock : clock;
    if (last !== undefined && sameBoot) {
      this.#segment = last;
      this.#fd = openSync(this.#path(last), "a");
      this.#bytes = fstatSync(this.#fd).size;
    } else {
      // Processes and connections of another start of the machine are gone, whatever their ids.
      this.told.processes.clear();
      this.told.connections.clear();
      this.#segment = (last ?? 0) + 1;
      this.#fd = this.#begin(this.#segment);
      this.#bytes = 0;
    }
    this.#closedUnsent = this.#segments()
      .filter((segment) => segment >= this.#sent.segment && segment < this.#segment)
      .reduce((sum, segment) => sum + fileBytes(this.#path(segment)), 0);
    this.resumed = this.unsentBytes > 0;
    this.#saveSent();
  }

  get unsentBytes(): number {
    return this.#closedUnsent + this.#bytes - this.#sent.bytes;
  }

  /** Numbers the events and writes them. Throws `DISK`; then nothing may be appended any more. */
  append(events: readonly CollectedEvent[], nowMs: number): void {
    if (events.length === 0) return;
    const at = new Date(nowMs).toISOString();
    const lines = events.map((event) => {
      tell(this.told, event);
      return `${JSON.stringify({ ...event, collector: { id: this.id, number: ++this.told.number, at } })}\n`;
    });
    this.told.lastMs = nowMs;
    const bytes = Buffer.from(lines.join(""));
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw diskError(this.#dir, error);
    }
    this.#bytes += bytes.length;
  }

  /** Closes a full segment. `connectionKeys` tells which are still there: the others need not be remembered. */
  rotate(connectionKeys: () => ReadonlySet<string>): void {
    if (this.#bytes < SEGMENT_BYTES) return;
    const connections = connectionKeys();
    for (const key of this.told.connections) if (!connections.has(key)) this.told.connections.delete(key);
    const fd = this.#begin(this.#segment + 1);
    closeSync(this.#fd);
    this.#closedUnsent += this.#bytes;
    this.#segment++;
    this.#fd = fd;
    this.#bytes = 0;
    this.sentTo(this.#sent.segment, this.#sent.bytes);
  }

  /** The next whole lines to send, up to `bytesMax` (one line may be longer); null when all are sent. */
  next(bytesMax: number): Chunk | null {
    const { segment, bytes: from } = this.#sent;
    const path = this.#path(segment);
    const end = segment === this.#segment ? this.#bytes : fileBytes(path);
    if (from >= end) return null;
    let text = readFrom(path, from, Math.min(end - from, bytesMax));
    const isLong = !text.includes("\n");
    if (isLong) text = readFrom(path, from, end - from);
    const whole = text.slice(0, (isLong ? text.indexOf("\n") : text.lastIndexOf("\n")) + 1);
    return { segment, path, to: from + Buffer.byteLength(whole), text: whole };
  }

  /** Everything up to there has arrived. */
  sentTo(segment: number, bytes: number): void {
    this.#sent.segment = segment;
    this.#sent.bytes = bytes;
    while (this.#sent.segment < this.#segment && this.#sent.bytes >= fileBytes(this.#path(this.#sent.segment))) {
      this.#closedUnsent -= fileBytes(this.#path(this.#sent.segment));
      this.#sent.segment++;
      this.#sent.bytes = 0;
    }
    this.#saveSent();
    for (const old of this.#segments()) if (old < this.#sent.segment) this.#remove(old);
  }

  close(): void {
    closeSync(this.#fd);
    this.#release();
  }

  /** Writes down what has been told, and opens the segment that follows on it. */
  #begin(segment: number): number {
    const { processes, connections, number, lastMs } = this.told;
    const known: Known = {
      clock: this.clock,
      number,
      lastMs,
      processes: [...processes.values()],
      connections: [...connections],
    };
    replaceFile(this.#knownPath(segment), JSON.stringify(known));
    return openSync(this.#path(segment), "a");
  }

  #segments(): number[] {
    return segmentsIn(this.#dir, this.id);
  }

  #path(segment: number): string {
    return join(this.#dir, `${this.id}-${String(segment).padStart(8, "0")}.ndjson`);
  }

  #knownPath(segment: number): string {
    return this.#path(segment).replace(/\.ndjson$/, ".known");
  }

  #remove(segment: number): void {
    rmSync(this.#path(segment), { force: true });
    rmSync(this.#knownPath(segment), { force: true });
  }

  #saveSent(): void {
    replaceFile(join(this.#dir, "sent.json"), JSON.stringify(this.#sent));
  }
}

interface Known {
  readonly clock: BootClock;
  readonly number: number;
  readonly lastMs: number;
  readonly processes: readonly CollectedEvent[];
  readonly connections: readonly string[];
}

/** Ascending. */
function segmentsIn(dir: string, id: string): number[] {
  return readdirSync(dir)
    .filter((name) => name.startsWith(`${id}-`) && name.endsWith(".ndjson"))
    .map((name) => Number(name.slice(id.length + 1, -".ndjson".length)))
    .sort((a, b) => a - b);
}

/** What a segment and the file beside it say. A line that a kill cut off is taken out of the segment. */
function replay(path: string, known: Known | null): Told {
  const told = nothingTold();
  if (known !== null) {
    told.number = known.number;
    told.lastMs = known.lastMs;
    for (const event of known.processes) told.processes.set(event.ProcessGuid as string, event);
    for (const key of known.connections) told.connections.add(key);
  }
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
  for (const line of bytes.toString("utf8", 0, whole).split("\n")) {
    if (line === "") continue;
    const event = JSON.parse(line) as CollectedEvent & { collector: { number: number; at: string } };
    tell(told, event);
    told.number = event.collector.number;
    told.lastMs = Date.parse(event.collector.at);
  }
  return told;
}

function diskError(dir: string, cause: unknown): MillraceError {
  return new MillraceError("DISK", `can't keep events in "${dir}": ${(cause as Error).message}`, {
    hint: "Make room, or name another folder with --state.",
    cause,
  });
}

/** Readers see the old file or the new one, never a part. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function readJson<T>(path: string): T | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    throw new MillraceError("DATA_DIR", `${path} is damaged: ${(error as Error).message}`, {
      hint: "Move the folder away and start again; what runs now is told anew then.",
    });
  }
}

function fileBytes(path: string): number {
  if (!existsSync(path)) return 0;
  const fd = openSync(path, "r");
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

function readFrom(path: string, from: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  const fd = openSync(path, "r");
  try {
    let used = 0;
    for (;;) {
      const got = used === length ? 0 : readSync(fd, bytes, used, length - used, from + used);
      if (got === 0) return bytes.toString("utf8", 0, bytes.lastIndexOf(0x0a, used - 1) + 1 || used);
      used += got;
    }
  } finally {
    closeSync(fd);
  }
}
