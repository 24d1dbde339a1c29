/**
 * Reads a segment file entry by entry, checking every checksum, and tells a write torn by a crash from damage.
 *
 *   | good | good | bad | good, durable = p |        bad begins before p: it was acknowledged, so it is damage
 *   | good | good | bad | good, durable = q | bad    begins at or after every durable: one unsynced write, torn
 *
 * A group of entries is written at once, and a crash may leave any part of it, in any order. So bad bytes alone say
 * nothing; what a later good entry (or the index) knew to be synced does.
 *
 * 1. Walk: a good header leads to the next entry, whatever its body; after a bad one the next magic is searched.
 * 2. Bad places before the highest known durable position are damage, reported and kept as entries that cannot be read.
 * 3. The first bad place beyond it is where the torn tail begins: it and all that follows were never acknowledged.
 */
import { crc32 } from "node:zlib";
import type { DiskFile } from "../../base/disk.js";
import type { ReadEnvelope } from "./envelope.js";
import { decodeEnvelope, ENVELOPE_BYTES, ENVELOPE_MAGIC } from "./envelope.js";

const WINDOW_BYTES = 1 << 20;

export interface Found {
  readonly position: number;
  readonly envelope: ReadEnvelope;
  /** The body, of a start entry whose checksum holds; else null. */
  readonly body: Buffer | null;
  readonly intact: boolean;
}

/** Bytes in which no entry could be found. */
export interface Gap {
  readonly position: number;
  readonly length: number;
}

export interface Scan {
  /** In the order of the file. */
  readonly parts: readonly (Found | Gap)[];
  /** Position after the last byte that counts. */
  readonly end: number;
  /** Bytes beyond `end`: a torn tail. */
  readonly torn: number;
  /** Everything before this position is known to have been synced. */
  readonly durable: number;
}

export interface ScanFrom {
  /** First byte to read, and the offset expected there. */
  readonly position: number;
  readonly offset: number;
  /** Everything before this position is known to have been synced; Infinity for a segment that others follow. */
  readonly durable: number;
}

export async function scanSegment(file: DiskFile, size: number, owner: number, from: ScanFrom): Promise<Scan> {
  const window = new Window(file, size);
  const parts: (Found | Gap)[] = [];
  let { position, offset } = from;
  while (position < size) {
    const found = await readEntry(window, position, owner);
    if (found !== null && found.envelope.base >= offset) {
      parts.push(found);
      position = entryEnd(found);
      offset = found.envelope.base + entryOffsets(found.envelope);
    } else {
      const next = await searchEntry(window, position + 1, size, owner, offset);
      parts.push({ position, length: next - position });
      position = next;
    }
  }
  return cutTorn(parts, size, from);
}

/** Offsets an entry takes: its rows, one for a mark, none for the start of a segment. */
export function entryOffsets({ type, rows }: ReadEnvelope): number {
  return type === "mark" ? 1 : type === "start" ? 0 : rows;
}

export function isFound(part: Found | Gap): part is Found {
  return "envelope" in part;
}

/** Decides, from what was found, where the torn tail begins. */
function cutTorn(parts: readonly (Found | Gap)[], size: number, from: ScanFrom): Scan {
  let { durable } = from;
  for (const part of parts) if (isFound(part) && part.intact) durable = Math.max(durable, part.envelope.durable);
  const firstTorn = parts.findIndex((part) => part.position >= durable && !(isFound(part) && part.intact));
  if (firstTorn < 0) return { parts, end: Math.max(size, from.position), torn: 0, durable };
  const end = (parts[firstTorn] as Gap).position;
  return { parts: parts.slice(0, firstTorn), end, torn: size - end, durable };
}

function entryEnd({ position, envelope }: Found): number {
  return position + envelope.headerLength + envelope.bodyLength;
}

/** The entry at `position`, or null when its header is damaged. */
export async function readEntry(window: Window, position: number, owner: number): Promise<Found | null> {
  let envelope = decodeEnvelope(await window.read(position, ENVELOPE_BYTES), owner);
  if (typeof envelope === "number") envelope = decodeEnvelope(await window.read(position, envelope), owner);
  if (envelope === null || typeof envelope === "number") return null;
  const body = await window.read(position + envelope.headerLength, envelope.bodyLength);
  const intact = body.length === envelope.bodyLength && crc32(body) === envelope.bodyCrc;
  return { position, envelope, intact, body: intact && envelope.type === "start" ? Buffer.from(body) : null };
}

/** Position of the next sound header that may follow offset `offset`; the file's size when there is none. */
async function searchEntry(window: Window, from: number, size: number, owner: number, offset: number): Promise<number> {
  let position = from;
  while (position < size) {
    const bytes = await window.read(position, WINDOW_BYTES);
    const at = bytes.indexOf(ENVELOPE_MAGIC);
    if (at < 0) {
      position += Math.max(1, bytes.length - ENVELOPE_MAGIC.length + 1);
      if (bytes.length < WINDOW_BYTES) return size;
      continue;
    }
    const found = await readEntry(window, position + at, owner);
    if (found !== null && found.envelope.base >= offset) return position + at;
    position += at + 1;
  }
  return size;
}

/** Reads a file through a buffer of about a megabyte. */
export class Window {
  readonly #file: DiskFile;
  readonly #size: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: DiskFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Up to `length` bytes; valid until the next call. */
  async read(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.#size);
    if (position < this.#start || end > this.#start + this.#bytes.length) {
      const bytes = await this.#file.read(
        position,
        Math.max(0, Math.min(Math.max(length, WINDOW_BYTES), this.#size - position)),
      );
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#start = position;
    }
    return this.#bytes.subarray(position - this.#start, Math.max(position, end) - this.#start);
  }
}
