/**
 * Zstandard (RFC 8878) unpacked block by block, so that memory is bounded whatever a crafted file says.
 *
 *   | frame: magic, header, block, block, …, last block, (checksum) | frame … |      frames one after the other are one input
 *
 * A block holds at most 128 KiB once unpacked, and is only unpacked when asked for. What a frame needs to look back on
 * (its window) is told by its header, and refused beyond `WINDOW_BYTES_MAX`, which is also what the zstd command takes
 * without being asked. Skippable frames are skipped. Checksums of contents are passed over, not verified.
 */
import { Decompress } from "fzstd";
import { MillraceError } from "../base/errors.js";

/** What `next` says of bytes that end too early. */
export const CUT_OFF = "unexpected end of file";
export const WINDOW_BYTES_MAX = 128 << 20;
/** Unpacked bytes after which `next` returns. */
const PIECE_BYTES = 1 << 20;
const MAGIC = 0xfd2fb528;
/** The low four bits of a skippable frame's magic are free. */
const SKIPPABLE = 0x184d2a5;
const HEADER_BYTES_MAX = 18;
const BLOCK_BYTES_MAX = 128 << 10;

export function isZstd(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === MAGIC;
}

interface Frame {
  readonly stream: Decompress;
  /** Bytes behind the last block. */
  readonly checksum: number;
}

export class ZstdUnpacker {
  #raw: Buffer = Buffer.alloc(0);
  #ended = false;
  #frame: Frame | null = null;
  /** Bytes of a skippable frame still to come. */
  #skip = 0;
  #parts: Buffer[] = [];
  #length = 0;

  /** The next raw bytes; none: they have ended. Call `next` until it gives nothing before pushing more. */
  push(raw: Buffer): void {
    if (raw.length === 0) this.#ended = true;
    else this.#raw = this.#raw.length === 0 ? raw : Buffer.concat([this.#raw, raw]);
  }

  /** Unpacked bytes, about `PIECE_BYTES`; empty when more raw ones are needed. Throws what is wrong with them. */
  next(): Buffer[] {
    while (this.#length < PIECE_BYTES && this.#step());
    return this.rest();
  }

  /** What was unpacked before `next` threw. */
  rest(): Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    return parts;
  }

  /** Takes one header or block; false when it is not all there. */
  #step(): boolean {
    if (this.#skip > 0) {
      const size = Math.min(this.#skip, this.#raw.length);
      this.#skip -= size;
      this.#take(size);
      return size > 0 || this.#short();
    }
    if (this.#raw.length === 0 && this.#frame === null) return false;
    return this.#frame === null ? this.#header() : this.#block(this.#frame);
  }

  #header(): boolean {
    const raw = this.#raw;
    if (raw.length < HEADER_BYTES_MAX && !this.#ended) return false;
    if (raw.length < 8) return this.#short();
    const magic = raw.readUInt32LE();
    if (magic >>> 4 === SKIPPABLE) {
      this.#skip = raw.readUInt32LE(4);
      this.#take(8);
      return true;
    }
    if (magic !== MAGIC) throw new MillraceError("CORRUPT", "there is something else behind a frame");
    const { length, window, checksum } = headerOf(raw);
    if (window > WINDOW_BYTES_MAX)
      throw new MillraceError(
        "CORRUPT",
        `it needs ${window} bytes to look back on, at most ${WINDOW_BYTES_MAX} are given`,
      );
    const stream = new Decompress((bytes) => {
      if (bytes.length === 0) return;
      this.#parts.push(Buffer.from(bytes));
      this.#length += bytes.length;
    });
    this.#frame = { stream, checksum };
    stream.push(this.#take(length));
    return true;
  }

  #block({ stream, checksum }: Frame): boolean {
    const raw = this.#raw;
    if (raw.length < 3) return this.#short();
    const head = raw.readUIntLE(0, 3);
    const last = (head & 1) === 1;
    const type = (head >> 1) & 3;
    const size = head >> 3;
    if (type === 3 || size > BLOCK_BYTES_MAX) throw new MillraceError("CORRUPT", "a block is malformed");
    // A block of one repeated byte has that byte only.
    const bytes = 3 + (type === 1 ? 1 : size) + (last ? checksum : 0);
    if (raw.length < bytes) return this.#short();
    stream.push(this.#take(bytes), last);
    if (last) this.#frame = null;
    return true;
  }

  #short(): false {
    if (this.#ended) throw new MillraceError("CORRUPT", CUT_OFF);
    return false;
  }

  #take(size: number): Buffer {
    const part = this.#raw.subarray(0, size);
    this.#raw = this.#raw.subarray(size);
    return part;
  }
}

/** Of a frame's header: its length, the window it asks for, and how many bytes of checksum follow its blocks. */
function headerOf(raw: Buffer): { length: number; window: number; checksum: number } {
  const flags = raw[4] as number;
  const single = (flags >> 5) & 1;
  const idBytes = [0, 1, 2, 4][flags & 3] as number;
  const sizeFlag = flags >> 6;
  const sizeBytes = sizeFlag === 0 ? single : 1 << sizeFlag;
  const sizeAt = 6 - single + idBytes;
  const length = sizeAt + sizeBytes;
  if ((flags & 8) !== 0 || raw.length < length) throw new MillraceError("CORRUPT", "a frame's header is malformed");
  if (idBytes > 0 && raw.readUIntLE(6 - single, idBytes) !== 0)
    throw new MillraceError("CORRUPT", "it was packed with a dictionary");
  const exponent = (raw[5] as number) >> 3;
  const base = 2 ** (10 + exponent);
  const window = single === 0 ? base + (base / 8) * ((raw[5] as number) & 7) : sizeOf(raw, sizeAt, sizeBytes);
  return { length, window, checksum: (flags & 4) === 0 ? 0 : 4 };
}

function sizeOf(raw: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(raw.readBigUInt64LE(at));
  return raw.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
