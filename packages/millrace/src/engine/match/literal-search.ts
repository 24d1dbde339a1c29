/**
 * Many literals looked for anywhere in a text, in one pass.
 *
 *   literal     \appdata\local\temp\       of its runs of four bytes, the one that is likely rarest is entered into a
 *                            ^^^^           table
 *
 *   text        …users\ann\appdata\local\temp\x     at each place four bytes -> slot -> mostly empty; else each literal
 *                                      ^^^^          of the slot is compared with what stands around the place
 *
 * Bytes are taken without case in ASCII (by one bit, which also takes other pairs for the same: comparing tells them
 * apart), so the text may be folded or not; literals are in lower case. Literals of less than four bytes are entered
 * by as many as they have, in a table of their own, which is looked at only where a byte begins one.
 */
import { grownInts } from "../../batch/byte-table.js";

const PRIME = 0x9e3779b1;
const GRAM = 4;

export class LiteralSearch {
  count = 0;
  readonly #literals: Uint8Array[] = [];
  readonly #targets: number[] = [];
  /** Of each literal: its run, where that begins in it, and the next literal of the slot. */
  #grams = new Int32Array(16);
  #places = new Int32Array(16);
  #next = new Int32Array(16);
  #heads = new Int32Array(64);
  #shift = 26;
  /** First bytes, without case, of literals of less than four bytes; their literals. */
  readonly #beginsShort = new Uint8Array(256);
  readonly #short: number[][] = [];
  #shorts = 0;
  /** The last search that met each literal: a text may hold it many times. */
  #stamps = new Int32Array(16);
  #stamp = 0;

  /** `bytes` in lower case, not empty. `target` is told when the literal is met. */
  add(bytes: Uint8Array, target: number): void {
    const id = this.count++;
    this.#literals.push(bytes);
    this.#targets.push(target);
    if (id === this.#grams.length) {
      this.#grams = grownInts(this.#grams, id + 1);
      this.#places = grownInts(this.#places, id + 1);
      this.#next = grownInts(this.#next, id + 1);
      this.#stamps = grownInts(this.#stamps, id + 1);
    }
    if (4 * id >= this.#heads.length) this.#rehash();
    if (bytes.length < GRAM) this.#addShort(bytes, id);
    else {
      const place = rarestPlace(bytes);
      this.#grams[id] = gramOf(bytes, place);
      this.#places[id] = place;
      this.#link(id);
    }
  }

  /** The targets of literals in view[0, size); behind the text there are at least three more bytes to read. */
  find(view: DataView, size: number, met: number[]): void {
    if (this.count === 0) return;
    const heads = this.#heads;
    const shift = this.#shift;
    const shorts = this.#shorts > 0;
    const end = size - GRAM;
    this.#stamp++;
    for (let p = 0; p <= end; p++) {
      const gram = view.getInt32(p, true) | 0x20202020;
      const head = heads[Math.imul(gram, PRIME) >>> shift] as number;
      if (head !== 0) this.#compare(head - 1, gram, view, p, size, met);
      if (shorts && this.#beginsShort[gram & 255] === 1) this.#compareShort(gram & 255, view, p, size, met);
    }
    if (shorts)
      for (let p = Math.max(0, end + 1); p < size; p++) this.#compareShort(view.getUint8(p) | 32, view, p, size, met);
  }

  #compare(head: number, gram: number, view: DataView, p: number, size: number, met: number[]): void {
    for (let id = head; id >= 0; id = this.#next[id] as number) {
      if (this.#grams[id] !== gram || this.#stamps[id] === this.#stamp) continue;
      const literal = this.#literals[id] as Uint8Array;
      const from = p - (this.#places[id] as number);
      if (from >= 0 && from + literal.length <= size && sameText(view, from, literal)) this.#meet(id, met);
    }
  }

  #compareShort(first: number, view: DataView, p: number, size: number, met: number[]): void {
    for (const id of this.#short[first] ?? []) {
      const literal = this.#literals[id] as Uint8Array;
      if (this.#stamps[id] !== this.#stamp && p + literal.length <= size && sameText(view, p, literal))
        this.#meet(id, met);
    }
  }

  #meet(id: number, met: number[]): void {
    this.#stamps[id] = this.#stamp;
    met.push(this.#targets[id] as number);
  }

  #addShort(bytes: Uint8Array, id: number): void {
    const first = (bytes[0] as number) | 32;
    this.#beginsShort[first] = 1;
    this.#short[first] = [...(this.#short[first] ?? []), id];
    this.#shorts++;
  }

  #link(id: number): void {
    const slot = Math.imul(this.#grams[id] as number, PRIME) >>> this.#shift;
    this.#next[id] = (this.#heads[slot] as number) - 1;
    this.#heads[slot] = id + 1;
  }

  #rehash(): void {
    this.#heads = new Int32Array(8 * this.#heads.length);
    this.#shift -= 3;
    for (let id = 0; id < this.count - 1; id++) if ((this.#literals[id] as Uint8Array).length >= GRAM) this.#link(id);
  }
}

/** How rare a byte is in command lines, paths and scripts, about: bits. */
const RARITY = new Uint8Array(256).fill(9);
for (const [bits, bytes] of [
  [4, "eatoinsr "],
  [5, "lcdmpu0\\.\r\n"],
  [6, "hgfwybv12345678-_=/:\"'(),;"],
  [7, "9kx$[]{}<>%"],
  [8, "jqz&|+*?@#!^`~"],
] as const)
  for (const byte of Buffer.from(bytes)) RARITY[byte] = bits;

function rarestPlace(bytes: Uint8Array): number {
  let best = 0;
  let most = -1;
  for (let place = 0; place + GRAM <= bytes.length; place++) {
    let bits = 0;
    for (let k = 0; k < GRAM; k++) bits += RARITY[bytes[place + k] as number] as number;
    if (bits > most) {
      most = bits;
      best = place;
    }
  }
  return best;
}

/** Four bytes without ASCII case, as a number. */
function gramOf(bytes: Uint8Array, at: number): number {
  let gram = 0;
  for (let k = 0; k < GRAM; k++) gram |= ((bytes[at + k] as number) | 32) << (8 * k);
  return gram;
}

/** Whether the literal stands at `from`, upper case of ASCII in the text taken for lower case. */
export function sameText(view: DataView, from: number, literal: Uint8Array): boolean {
  for (let k = 0; k < literal.length; k++) {
    let c = view.getUint8(from + k);
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== literal[k]) return false;
  }
  return true;
}
