/**
 * What all decoders share: cutting the input into lines whatever the chunks are, counting, dead rows, closing batches.
 *
 *   work: | carry (an unfinished line) | new bytes | zeros, room (PADDING) |
 *
 * 1. New bytes are copied behind the carry, PIECE at a time, so that a piece is still in the cache when it is decoded.
 * 2. The format takes as many whole lines as there are and says where it stopped; the rest is the next carry.
 * 3. A carry longer than the limit is a dead row: its first bytes are kept, the rest is counted and dropped up to the
 *    next line's end. So memory stays below limit + PIECE, however long a line is. What follows a line that was taken
 *    unfinished is dropped in the same way.
 */
import { isUtf8 } from "node:buffer";
import type { Batch } from "../batch/batch.js";
import type { DeadRow, Decoded, Decoder, DecoderCounts, DecoderOptions } from "./decoder.js";
import { DEAD_BYTES_MAX, DECODER_BATCH_BYTES_MAX, DECODER_LINE_BYTES_MAX, DECODER_ROWS_MAX } from "./decoder.js";
import type { Piece } from "./row-places.js";
import { RowPlaces } from "./row-places.js";

const PIECE = 256 << 10;
/** Bytes kept behind the input, so that looking ahead never leaves the buffer. */
export const PADDING = 64 << 10;
/** So many of them are zero, so that nothing goes on behind the last byte. */
const ZEROS = 16;
const NEWLINE = 10;
const RETURN = 13;
const REST = "it goes on a line that was taken as it stood when the input was said to be complete";

/** Bytes to decode, three ways to look at the same memory. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** All of [from, to) is valid UTF-8; else each line must be checked. */
  valid: boolean;
}

/** A line that is not decoded: its first bytes, and how many it has so far. */
interface Dropped {
  head: Uint8Array;
  length: number;
  /** Its last byte so far is a carriage return, which belongs to the line's end. */
  returned: boolean;
  /** It is the rest of a line that was taken unfinished, not a line. */
  readonly rest: boolean;
}

/** What a format does with its lines. */
export interface Format {
  /** Takes whole lines from [from, to); with `final` the last one too. Returns where it stopped. */
  decode(block: Block, from: number, to: number, final: boolean): number;
  /** The rows since the last call. */
  finish(): Batch;
  /** Whole lines may wait for others; with `final` they are taken as they stand. */
  readonly settles?: boolean;
}

export class Feed implements Decoder {
  /** Byte of the input at work[0]. */
  base: number;
  /** Whole lines so far. */
  line: number;
  readonly counts = { lines: 0, rows: 0, dead: 0, blank: 0, continued: 0, unknown: 0 } satisfies DecoderCounts;
  readonly lineBytesMax: number;
  readonly #rowsMax: number;
  readonly #batchBytesMax: number;
  readonly #format: Format;
  #block: Block = blockOf(PIECE);
  /** The carry is work[0, used): what the format has not taken yet, unfinished lines too. */
  used = 0;
  #rows = 0;
  #dead: DeadRow[] = [];
  /** Position and line the open batch begins at. */
  #batchFrom: number;
  #dropped: Dropped | null = null;
  #done: Decoded[] = [];
  /** Of the open batch's rows, where it was asked for. */
  #places: RowPlaces | null;
  #pieces: readonly Piece[] = [];
  /** Up to here every line is a row, dead or blank: byte of the input, lines. */
  #reached: number;
  #reachedLine: number;

  constructor(options: DecoderOptions, formatOf: (feed: Feed) => Format) {
    this.base = options.position ?? 0;
    this.line = options.line ?? 0;
    this.#batchFrom = this.base;
    this.lineBytesMax = options.lineBytesMax ?? DECODER_LINE_BYTES_MAX;
    this.#rowsMax = options.rowsMax ?? DECODER_ROWS_MAX;
    this.#batchBytesMax = options.batchBytesMax ?? DECODER_BATCH_BYTES_MAX;
    this.#places = options.places === true ? new RowPlaces(this.#rowsMax) : null;
    this.#reached = this.base;
    this.#reachedLine = this.line;
    this.#format = formatOf(this);
    if (options.inLine === true) this.#dropRest();
  }

  push(bytes: Uint8Array): void {
    if (this.#places !== null) this.#pieces = [...this.#pieces, { position: this.base + this.used, bytes }];
    for (let from = 0; from < bytes.length; ) {
      if (this.#dropped !== null) from = this.#drop(this.#dropped, bytes, from);
      else {
        const size = Math.min(PIECE, bytes.length - from);
        this.#append(bytes.subarray(from, from + size));
        from += size;
        this.#decode(false);
        // One more byte may be the carriage return of a line that is just within the limit.
        if (this.used > this.lineBytesMax + 1) this.#dropLong();
      }
    }
  }

  end(): void {
    const unfinished = this.#dropped !== null || (this.used > 0 && this.#block.bytes[this.used - 1] !== NEWLINE);
    if (this.#dropped !== null) this.#endDropped(this.#dropped, 0);
    else if (this.used > 0) this.#decode(true);
    this.flush();
    if (unfinished) this.#dropRest();
  }

  flush(): void {
    this.#close(this.base - (this.#dropped?.length ?? 0));
  }

  settle(): void {
    if (this.#format.settles === true && this.#dropped === null) this.#decode(true, true);
    this.flush();
  }

  take(): Decoded[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /**
   * The format took a line as a row. `next` is where the following line begins in the block; `inside`: the batch can't
   * end there.
   */
  row(next: number, inside = false): void {
    this.counts.rows++;
    this.#rows++;
    this.#places?.row(this.#reachedLine + 1, this.#reached, this.base + next);
    this.#advance(next, inside);
  }

  blank(next: number, inside = false): void {
    this.counts.blank++;
    this.#advance(next, inside);
  }

  /** The row that began at line `line` (1-based) in block[from, to) is no row. */
  dead(block: Block, from: number, to: number, next: number, reason: string, inside = false): void {
    this.deadRecord(block, from, to, next, reason, 0, inside);
  }

  /** A record over `newlines` + 1 lines is no row. */
  deadRecord(
    block: Block,
    from: number,
    to: number,
    next: number,
    reason: string,
    newlines: number,
    inside = false,
  ): void {
    const bytes = new Uint8Array(block.bytes.subarray(from, Math.min(to, from + DEAD_BYTES_MAX)));
    this.#addDead({ line: this.line + 1, position: this.base + from, bytes, length: to - from, reason });
    this.continued(newlines);
    this.#advance(next, inside);
  }

  /** What is wrong with a line of so many bytes, its end not counted; null when it is not too long. */
  tooLong(length: number): string | null {
    if (length <= this.lineBytesMax) return null;
    return `the line has ${length} bytes, the limit is ${this.lineBytesMax} (lineBytesMax)`;
  }

  /** 1-based, of the line that comes next. */
  get nextLine(): number {
    return this.line + 1;
  }

  /** Lines that a row goes on over, beyond its first. Called before `row`. */
  continued(lines: number): void {
    this.counts.lines += lines;
    this.counts.continued += lines;
    this.line += lines;
  }

  /** A line that goes on with a row, wherever that began. */
  continuedTo(next: number, inside: boolean): void {
    this.continued(1);
    this.#reached = this.base + next;
    this.#reachedLine = this.line;
    if (!inside) this.#closeFull(this.#reached);
  }

  #addDead(row: DeadRow): void {
    this.counts.dead++;
    this.#dead.push(row);
  }

  #advance(next: number, inside = false): void {
    this.counts.lines++;
    this.line++;
    this.#reached = this.base + next;
    this.#reachedLine = this.line;
    if (!inside) this.#closeFull(this.#reached);
  }

  #closeFull(position: number): void {
    if (this.#rows + this.#dead.length >= this.#rowsMax || position - this.#batchFrom >= this.#batchBytesMax)
      this.#close(position);
  }

  #close(position: number): void {
    if (position === this.#batchFrom) return;
    this.#batchFrom = position;
    this.#done.push({ batch: this.#format.finish(), position, line: this.line, dead: this.#dead, ...this.#placed() });
    this.#pieces = this.#pieces.filter((piece) => piece.position + piece.bytes.length > position);
    this.#rows = 0;
    this.#dead = [];
  }

  #placed(): { readonly places?: RowPlaces } {
    const places = this.#places;
    if (places === null) return {};
    places.pieces = this.#pieces;
    this.#places = new RowPlaces(this.#rowsMax);
    return { places };
  }

  #append(bytes: Uint8Array): void {
    const used = this.used + bytes.length;
    if (used + PADDING > this.#block.bytes.length) {
      const grown = blockOf(Math.max(used, 2 * this.used));
      grown.bytes.set(this.#block.bytes.subarray(0, this.used));
      this.#block = grown;
    }
    this.#block.bytes.set(bytes, this.used);
    this.#block.bytes.fill(0, used, used + ZEROS);
    this.used = used;
  }

  #decode(final: boolean, whole = !final): void {
    const { bytes } = this.#block;
    const end = whole ? bytes.lastIndexOf(NEWLINE, this.used - 1) + 1 : this.used;
    if (this.used === 0 || end === 0) return;
    // A format may stop before `end` (a quoted CSV field over several lines), so all of it is looked at again then.
    this.#block.valid = isUtf8(bytes.subarray(0, end));
    const stop = this.#format.decode(this.#block, 0, end, final);
    bytes.copyWithin(0, stop, this.used);
    this.used -= stop;
    bytes.fill(0, this.used, this.used + ZEROS);
    this.base += stop;
  }

  #dropLong(): void {
    const { bytes } = this.#block;
    this.#dropped = {
      head: new Uint8Array(bytes.subarray(0, Math.min(DEAD_BYTES_MAX, this.used))),
      length: this.used,
      returned: bytes[this.used - 1] === RETURN,
      rest: false,
    };
    this.base += this.used;
    this.used = 0;
    this.#block = blockOf(PIECE);
  }

  #dropRest(): void {
    this.#dropped = { head: new Uint8Array(0), length: 0, returned: false, rest: true };
  }

  #drop(dropped: Dropped, bytes: Uint8Array, from: number): number {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    if (to > from) {
      const missing = DEAD_BYTES_MAX - dropped.head.length;
      if (missing > 0) dropped.head = Buffer.concat([dropped.head, bytes.subarray(from, Math.min(to, from + missing))]);
      dropped.length += to - from;
      dropped.returned = bytes[to - 1] === RETURN;
      this.base += to - from;
    }
    if (newline < 0) return to;
    this.#endDropped(dropped, 1);
    return to + 1;
  }

  #endDropped(dropped: Dropped, newline: number): void {
    this.#dropped = null;
    const position = this.base - dropped.length;
    const length = dropped.length - (dropped.returned ? 1 : 0);
    const bytes = new Uint8Array(dropped.head.subarray(0, length));
    this.base += newline;
    this.#reached = this.base;
    if (!dropped.rest) {
      const reason = this.tooLong(length) as string;
      this.#addDead({ line: this.line + 1, position, bytes, length, reason });
      this.#advance(0);
    } else if (length > 0) {
      this.counts.lines++;
      this.#addDead({ line: this.line, position, bytes, length, reason: REST });
      this.#closeFull(this.base);
    }
  }
}

function blockOf(size: number): Block {
  const bytes = Buffer.from(new ArrayBuffer(size + PADDING));
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), valid: false };
}
