/**
 * Many literals looked for anywhere in a text, in one pass.
 *
 *   literal     \appdata\local\temp\       of its runs of four bytes, the one that is likely rarest is entered into a
 *                            ^^^^           table
 *
 *   text        …users\ann\appdata\local\temp\x     at each place four bytes -> slot -> nearly always empty; else each
 *                                      ^^^^          literal of the slot is compared with what stands around the place
 *
 * Literals of less than four bytes are known by their first two. Text and literals are in lower case.
 */
import { grownInts } from "../../batch/byte-table.js";
import { LiteralPool } from "./literal-pool.js";

const PRIME = 0x9e3779b1;
const GRAM = 4;

export class LiteralSearch {
  readonly #literals = new LiteralPool();
  readonly #targets: number[] = [];
  /** Of each literal: its run, where that begins in it, and the next literal of the slot. */
  #grams = new Int32Array(16);
  #places = new Int32Array(16);
  #next = new Int32Array(16);
  #heads = new Int32Array(1024);
  #shift = 22;
  /** 1 where a slot has a literal: it is looked at for every byte of text, and small enough to stay in the cache. */
  #used = new Uint8Array(1024);
  /** By two bytes: whether a literal of less than four begins with them. */
  #beginsShort: Uint8Array | null = null;
  /** By the first byte. */
  readonly #short: number[][] = [];
  /** The last search that met each literal: a text may hold it many times. */
  #stamps = new Int32Array(16);
  #stamp = 0;

  /** Not the empty text. `target` is told when the literal is met. */
  add(text: string, target: number): void {
    const literals = this.#literals;
    const id = literals.add(text);
    this.#targets.push(target);
    if (id === this.#grams.length) {
      this.#grams = grownInts(this.#grams, id + 1);
      this.#places = grownInts(this.#places, id + 1);
      this.#next = grownInts(this.#next, id + 1);
      this.#stamps = grownInts(this.#stamps, id + 1);
    }
    if (16 * id >= this.#heads.length) this.#rehash();
    if (literals.size(id) < GRAM) this.#addShort(id);
    else {
      const place = rarestPlace(literals.view, literals.from(id), literals.size(id));
      this.#grams[id] = literals.view.getInt32(literals.from(id) + place, true);
      this.#places[id] = place;
      this.#link(id);
    }
  }

  /** The targets of literals in the folded text view[0, size); behind it there are at least three more bytes. */
  find(view: DataView, size: number, met: number[]): void {
    if (this.#targets.length === 0) return;
    this.#stamp++;
    const used = this.#used;
    const shift = this.#shift;
    const begins = this.#beginsShort;
    const end = size - GRAM;
    for (let p = 0; p <= end; p++) {
      const gram = view.getInt32(p, true);
      if (used[Math.imul(gram, PRIME) >>> shift] === 1) this.#compare(gram, view, p, size, met);
      if (begins !== null && begins[gram & 0xffff] === 1) this.#compareShort(view, p, size, met);
    }
    if (begins !== null) for (let p = Math.max(0, end + 1); p < size; p++) this.#compareShort(view, p, size, met);
  }

  #compare(gram: number, view: DataView, p: number, size: number, met: number[]): void {
    const literals = this.#literals;
    const head = this.#heads[Math.imul(gram, PRIME) >>> this.#shift] as number;
    for (let id = head - 1; id >= 0; id = this.#next[id] as number) {
      if (this.#grams[id] !== gram || this.#stamps[id] === this.#stamp) continue;
      const from = p - (this.#places[id] as number);
      if (from >= 0 && from + literals.size(id) <= size && literals.standsAt(id, view, from)) this.#meet(id, met);
    }
  }

  #compareShort(view: DataView, p: number, size: number, met: number[]): void {
    const literals = this.#literals;
    for (const id of this.#short[view.getUint8(p)] ?? [])
      if (this.#stamps[id] !== this.#stamp && p + literals.size(id) <= size && literals.standsAt(id, view, p))
        this.#meet(id, met);
  }

  #meet(id: number, met: number[]): void {
    this.#stamps[id] = this.#stamp;
    met.push(this.#targets[id] as number);
  }

  #addShort(id: number): void {
    const { view } = this.#literals;
    const from = this.#literals.from(id);
    const first = view.getUint8(from);
    this.#short[first] = [...(this.#short[first] ?? []), id];
    this.#beginsShort ??= new Uint8Array(65_536);
    if (this.#literals.size(id) > 1) this.#beginsShort[view.getUint16(from, true)] = 1;
    else for (let second = 0; second < 256; second++) this.#beginsShort[first | (second << 8)] = 1;
  }

  #link(id: number): void {
    const slot = Math.imul(this.#grams[id] as number, PRIME) >>> this.#shift;
    this.#next[id] = (this.#heads[slot] as number) - 1;
    this.#heads[slot] = id + 1;
    this.#used[slot] = 1;
  }

  #rehash(): void {
    this.#heads = new Int32Array(4 * this.#heads.length);
    this.#used = new Uint8Array(this.#heads.length);
    this.#shift -= 2;
    for (let id = 0; id < this.#targets.length - 1; id++) if (this.#literals.size(id) >= GRAM) this.#link(id);
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

function rarestPlace(view: DataView, from: number, size: number): number {
  let best = 0;
  let most = -1;
  for (let place = 0; place + GRAM <= size; place++) {
    let bits = 0;
    for (let k = 0; k < GRAM; k++) bits += RARITY[view.getUint8(from + place + k)] as number;
    if (bits > most) {
      most = bits;
      best = place;
    }
  }
  return best;
}
