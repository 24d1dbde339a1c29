/**
 * Tells quickly of much text that no keyword is in it: for tests on any text of an event, which otherwise would ask
 * every text there is.
 *
 *   every literal has at least `stride + 3` bytes, here 9, so stride 6:
 *
 *   literal      s e k u r l s a :        its runs of four from six places in a row are in the table
 *                [se ku][ek ur]…
 *   text         …x x x s e k u r l s a : : x x…
 *                 ^           ^           ^          only every sixth place is looked at: one of them falls into the run
 *
 * What it lets through is looked at exactly by others, so it may err in that direction only. Case is that of ASCII;
 * two characters beyond it become ASCII letters in lower case (U+0130 and U+212A): text that has one is let through.
 */
import { isAscii } from "node:buffer";
import { grownInts, viewOf } from "../../batch/byte-table.js";
import { bufferOf } from "../../batch/strings.js";
import type { Utf8Vector } from "../../batch/vector.js";

const GRAM = 4;
const STRIDE_MAX = 12;
const SLOT_BITS_MIN = 12;
const PRIME = 0x9e3779b1;
export const BECOME_ASCII = [Buffer.from("\u0130"), Buffer.from("\u212a")];

export class KeywordFilter {
  /** Something is looked for that the filter cannot tell of: it lets everything through. */
  readonly open: boolean;
  readonly #stride: number;
  readonly #literals: readonly Uint8Array[];
  readonly #heads: Int32Array;
  /** 1 where a slot has a run: small, so that it stays in the cache. */
  readonly #used: Uint8Array;
  readonly #shift: number;
  /** Of each run: its literal, where it begins in it, and the next run of the slot. */
  #owners = new Int32Array(64);
  #places = new Int32Array(64);
  #next = new Int32Array(64);
  #runs = 0;

  /** Sets of literals in lower-case ASCII, one of which must stand in a text; null for a test that requires none. */
  constructor(required: readonly (readonly string[] | null)[]) {
    const literals = required.flatMap((set) => set ?? [""]);
    this.open = literals.some((literal) => literal.length < GRAM);
    this.#literals = this.open ? [] : [...new Set(literals)].map((literal) => new Uint8Array(Buffer.from(literal)));
    const shortest = Math.min(...this.#literals.map((literal) => literal.length));
    this.#stride = Math.max(1, Math.min(STRIDE_MAX, shortest - GRAM + 1));
    const runs = this.#stride * this.#literals.length;
    const bits = Math.max(SLOT_BITS_MIN, 36 - Math.clz32(runs));
    this.#shift = 32 - bits;
    this.#heads = new Int32Array(1 << bits);
    this.#used = new Uint8Array(1 << bits);
    for (const [k, literal] of this.#literals.entries()) this.#add(literal, k);
  }

  /** Which texts of the column may hold a keyword, by number; null for all. */
  candidates(texts: Utf8Vector): ReadonlySet<number> | null {
    if (this.open) return null;
    const { bytes, offsets, length } = texts;
    const to = offsets[length] ?? 0;
    if (mayFoldToAscii(bufferOf(bytes).subarray(offsets[0] ?? 0, to))) return null;
    const found = new Set<number>();
    const view = viewOf(bytes);
    for (let at = this.next(view, offsets[0] ?? 0, to); at >= 0; ) {
      const text = textAt(offsets, length, at);
      found.add(text);
      at = this.next(view, offsets[text + 1] as number, to);
    }
    return found;
  }

  /** Whether the text [from, to) may hold a keyword. */
  mayHold(view: DataView, from: number, to: number): boolean {
    if (this.open || this.next(view, from, to) >= 0) return true;
    return mayFoldToAscii(Buffer.from(view.buffer, view.byteOffset + from, to - from));
  }

  /** Where the next literal of [from, to) begins, without regard to what folds to ASCII; -1 when there is none. */
  next(view: DataView, from: number, to: number): number {
    const used = this.#used;
    const shift = this.#shift;
    const stride = this.#stride;
    const last = to - GRAM;
    for (let p = from; p <= last; p += stride) {
      const slot = Math.imul(view.getInt32(p, true) | 0x20202020, PRIME) >>> shift;
      if (used[slot] === 0) continue;
      const at = this.#literalAt((this.#heads[slot] as number) - 1, view, p, from, to);
      if (at >= 0) return at;
    }
    return -1;
  }

  #literalAt(head: number, view: DataView, p: number, from: number, to: number): number {
    for (let run = head; run >= 0; run = this.#next[run] as number) {
      const literal = this.#literals[this.#owners[run] as number] as Uint8Array;
      const at = p - (this.#places[run] as number);
      if (at >= from && at + literal.length <= to && sameText(view, at, literal)) return at;
    }
    return -1;
  }

  #add(literal: Uint8Array, owner: number): void {
    const view = viewOf(literal);
    for (let place = 0; place < this.#stride; place++) {
      const run = this.#runs++;
      if (run === this.#owners.length) {
        this.#owners = grownInts(this.#owners, run + 1);
        this.#places = grownInts(this.#places, run + 1);
        this.#next = grownInts(this.#next, run + 1);
      }
      const slot = Math.imul(view.getInt32(place, true) | 0x20202020, PRIME) >>> this.#shift;
      this.#used[slot] = 1;
      this.#owners[run] = owner;
      this.#places[run] = place;
      this.#next[run] = (this.#heads[slot] as number) - 1;
      this.#heads[slot] = run + 1;
    }
  }
}

/** Whether a character beyond ASCII is there that is an ASCII letter in lower case. */
export function mayFoldToAscii(bytes: Buffer): boolean {
  return !isAscii(bytes) && BECOME_ASCII.some((character) => bytes.includes(character));
}

/** The number of the text that place `at` is in. */
function textAt(offsets: Int32Array, length: number, at: number): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Whether the literal stands at `from`, upper case of ASCII in the text taken for lower case. */
function sameText(view: DataView, from: number, literal: Uint8Array): boolean {
  for (let k = 0; k < literal.length; k++) {
    let c = view.getUint8(from + k);
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== literal[k]) return false;
  }
  return true;
}
