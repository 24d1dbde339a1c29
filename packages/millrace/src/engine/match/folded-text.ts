/**
 * One value at a time in lower case, as bytes: what literals are looked for in.
 *
 * Text in ASCII is folded four bytes at a time. Any other goes through JavaScript's `toLowerCase`, which is what
 * `evaluate` folds by, and back to UTF-8; finding whole UTF-8 strings in UTF-8 is finding characters in characters.
 */
import { viewOf } from "../../batch/byte-table.js";

/** Zero bytes behind the text, so that a word may be read at its last byte. */
const PADDING = 8;

export class FoldedText {
  view: DataView = viewOf(new Uint8Array(1024 + PADDING));
  /** The text is view[0, size). */
  size = 0;
  #bytes: Uint8Array = new Uint8Array(this.view.buffer);
  #source: DataView = this.view;
  #from = 0;
  #to = 0;
  #original: string | null = null;

  /** Takes [from, to) of valid UTF-8. */
  set(source: DataView, from: number, to: number): void {
    this.#source = source;
    this.#from = from;
    this.#to = to;
    this.#original = null;
    this.#room(to - from);
    if (foldAscii(source, from, to, this.view)) this.size = to - from;
    else this.#fold(this.original());
    this.#pad();
  }

  setString(text: string): void {
    this.#original = text;
    this.#fold(text);
    this.#pad();
  }

  /** The text before folding. */
  original(): string {
    this.#original ??= Buffer.from(
      this.#source.buffer as ArrayBuffer,
      this.#source.byteOffset + this.#from,
      this.#to - this.#from,
    ).toString();
    return this.#original;
  }

  #fold(text: string): void {
    const lower = Buffer.from(text.toLowerCase());
    this.#room(lower.length);
    this.#bytes.set(lower);
    this.size = lower.length;
  }

  #room(size: number): void {
    if (size + PADDING <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(2 * size + PADDING);
    this.view = viewOf(this.#bytes);
  }

  #pad(): void {
    this.#bytes.fill(0, this.size, this.size + PADDING);
  }
}

/** Copies [from, to) to the beginning of `into`, A to Z as a to z; false as soon as a byte is not ASCII. */
function foldAscii(source: DataView, from: number, to: number, into: DataView): boolean {
  const last = to - 4;
  let p = from;
  let q = 0;
  for (; p <= last; p += 4, q += 4) {
    const word = source.getInt32(p, true);
    if ((word & 0x80808080) !== 0) return false;
    // The top bit of a byte is set by the first sum from "A" on, by the second from "[" on; no byte carries over.
    const upper = (word + 0x3f3f3f3f) & ~(word + 0x25252525) & 0x80808080;
    into.setInt32(q, word | (upper >>> 2), true);
  }
  for (; p < to; p++, q++) {
    const c = source.getUint8(p);
    if (c >= 0x80) return false;
    into.setUint8(q, c >= 65 && c <= 90 ? c | 32 : c);
  }
  return true;
}
