/**
 * Lines of other formats written as JSON objects, for the JSON reader to put into columns: so that names, aliases, open
 * columns and what is refused are the same for every format.
 *
 *   room: | object of line 1 | object of line 2 | … |           the last ones stay where they are while there is room
 */
import { viewOf } from "../batch/byte-table.js";
import type { Block } from "./feed.js";

const ROOM_BYTES = 512 << 10;
/** A larger room, which a long line needed, is given back. */
const ROOM_BYTES_MAX = 4 << 20;
/** Kept free behind the last byte: the reader looks ahead. */
const BEHIND = 2048;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;

/** What a backslash in front of a byte stands for; the byte itself, or -1 to keep the backslash as well. */
export type Escape = (byte: number) => number;

/** `"name":`, to be written often. */
export function jsonName(name: string): Buffer {
  return Buffer.from(`${JSON.stringify(name)}:`);
}

export class JsonWriter {
  #block: Block = roomOf(ROOM_BYTES);
  #from = 0;
  #at = 0;
  #moved = true;

  /** Begins the object of another line. */
  begin(): void {
    this.#from = this.#at;
    if (this.#bytes.length > ROOM_BYTES_MAX) {
      this.#block = roomOf(ROOM_BYTES);
      this.#from = 0;
      this.#at = 0;
      this.#moved = true;
    }
    this.open();
  }

  open(): void {
    this.#room(1);
    this.#put(123);
  }

  close(): void {
    this.#end(125);
  }

  openList(): void {
    this.#room(1);
    this.#put(91);
  }

  closeList(): void {
    this.#end(93);
    this.comma();
  }

  comma(): void {
    this.#room(1);
    this.#put(COMMA);
  }

  name(name: Buffer): void {
    this.#copy(name, 0, name.length);
  }

  /** Bytes that are JSON as they stand (digits, true), and a comma. */
  bare(bytes: Uint8Array, from: number, to: number): void {
    this.#copy(bytes, from, to);
    this.comma();
  }

  number(value: number): void {
    const text = Buffer.from(String(value));
    this.bare(text, 0, text.length);
  }

  /** A string, and a comma. `meaning` is asked for the byte behind each backslash; without it backslashes are text. */
  text(bytes: Uint8Array, from: number, to: number, meaning?: Escape): void {
    this.key(bytes, from, to, meaning);
    this.#bytes[this.#at - 1] = COMMA;
  }

  /** A name that comes out of the line. */
  key(bytes: Uint8Array, from: number, to: number, meaning?: Escape): void {
    this.#room(2 * (to - from) + 3);
    let out = this.#bytes;
    let at = this.#at;
    out[at++] = QUOTE;
    for (let p = from; p < to; p++) {
      let c = bytes[p] as number;
      if (c === BACKSLASH && meaning !== undefined && p + 1 < to) {
        const meant = meaning(bytes[p + 1] as number);
        if (meant >= 0) {
          c = meant;
          p++;
        }
      }
      if (c < 32) {
        this.#at = at;
        this.#room(2 * (to - p) + 6);
        out = this.#bytes;
        at = control(out, this.#at, c);
      } else {
        if (c === QUOTE || c === BACKSLASH) out[at++] = BACKSLASH;
        out[at++] = c;
      }
    }
    out[at++] = QUOTE;
    out[at++] = 58;
    this.#at = at;
  }

  string(text: string): void {
    const bytes = Buffer.from(text);
    this.text(bytes, 0, bytes.length);
  }

  /** The object that was begun: [from, to) of the block. `moved`: the block holds other bytes than before. */
  end(): { readonly block: Block; readonly from: number; readonly to: number; readonly moved: boolean } {
    this.close();
    this.#bytes.fill(0, this.#at, this.#at + 16);
    // So that who looks for the next one does not look through the whole room.
    this.#bytes[this.#at + 8] = BACKSLASH;
    const moved = this.#moved;
    this.#moved = false;
    return { block: this.#block, from: this.#from, to: this.#at, moved };
  }

  get #bytes(): Buffer {
    return this.#block.bytes;
  }

  #put(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }

  /** The comma in front of a closing bracket goes. */
  #end(bracket: number): void {
    this.#room(1);
    if (this.#bytes[this.#at - 1] === COMMA) this.#at--;
    this.#put(bracket);
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    const out = this.#bytes;
    if (to - from > 64) out.set(bytes.subarray(from, to), this.#at);
    else for (let p = from, at = this.#at; p < to; p++) out[at++] = bytes[p] as number;
    this.#at += to - from;
  }

  /** Makes room: the objects of lines before this one go first. */
  #room(bytes: number): void {
    if (this.#at + bytes + BEHIND <= this.#bytes.length) return;
    const written = this.#at - this.#from;
    const needed = written + bytes + BEHIND;
    const before = this.#bytes;
    if (needed > before.length >> 1) this.#block = roomOf(2 * needed);
    this.#bytes.set(before.subarray(this.#from, this.#at), 0);
    this.#from = 0;
    this.#at = written;
    this.#moved = true;
  }
}

const HEX = Buffer.from("0123456789abcdef");

function control(out: Buffer, at: number, c: number): number {
  out[at] = BACKSLASH;
  out[at + 1] = 117;
  out[at + 2] = 48;
  out[at + 3] = 48;
  out[at + 4] = HEX[c >> 4] as number;
  out[at + 5] = HEX[c & 15] as number;
  return at + 6;
}

function roomOf(size: number): Block {
  const bytes = Buffer.from(new ArrayBuffer(size));
  return { bytes, view: viewOf(bytes), valid: true };
}
