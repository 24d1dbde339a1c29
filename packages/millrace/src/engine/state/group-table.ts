/**
 * A hash table from keys of `width` 32-bit words to dense group numbers 0, 1, 2, …, over typed arrays.
 *
 *   slots[hash & mask] = group + 1      words[width * group, width * (group + 1))
 *
 * Open addressing with linear probing, at most half full; two keys are equal when all their words are. About
 * 8 + 4 width bytes a group, twice that right after growing. Groups are never removed: the owner keeps some with
 * `keep`, which numbers them anew.
 */
import { regrouped } from "./regrouped.js";

const GROUPS_MIN = 32;

export class GroupTable {
  readonly width: number;
  #slots = new Int32Array(2 * GROUPS_MIN);
  #words: Int32Array;
  #count = 0;

  constructor(width: number) {
    this.width = width;
    this.#words = new Int32Array(GROUPS_MIN * width);
  }

  get count(): number {
    return this.#count;
  }

  /** Groups there is room for; what hangs on groups grows along. */
  get capacity(): number {
    return this.#slots.length / 2;
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#words.byteLength;
  }

  /** The words of all groups' keys, one key after the other; valid until the next change. */
  get words(): Int32Array {
    return this.#words;
  }

  /** Finds or makes the group of each of the first `n` keys. groups: n group numbers, out; new ones are the highest. */
  assign(keys: Int32Array, n: number, groups: Int32Array): void {
    if (this.width === 1) this.#assignOne(keys, n, groups);
    else if (this.width === 2) this.#assignTwo(keys, n, groups);
    else
      for (let i = 0; i < n; i++) {
        const slot = this.#slotOf(keys, i);
        const known = (this.#slots[slot] as number) - 1;
        groups[i] = known >= 0 ? known : this.#insert(keys, i, slot);
      }
  }

  /** The group of each of the first `n` keys, -1 where there is none. */
  find(keys: Int32Array, n: number, groups: Int32Array): void {
    if (this.width === 2) {
      this.#findTwo(keys, n, groups);
      return;
    }
    for (let i = 0; i < n; i++) groups[i] = (this.#slots[this.#slotOf(keys, i)] as number) - 1;
  }

  /** Only the groups `kept`, ascending: group j is then kept[j] of before. `rewrite` may change the keys, not make two equal. */
  keep(kept: Int32Array, rewrite: (words: Int32Array, n: number) => void): void {
    const n = kept.length;
    let capacity = GROUPS_MIN;
    while (capacity < n) capacity *= 2;
    this.#words = regrouped(this.#words, new Int32Array(capacity * this.width), kept, this.width);
    rewrite(this.#words, n);
    this.#count = n;
    this.#rehash(2 * capacity);
  }

  #assignOne(keys: Int32Array, n: number, groups: Int32Array): void {
    let slots = this.#slots;
    let words = this.#words;
    for (let i = 0; i < n; i++) {
      const key = keys[i] as number;
      let slot = finish(step(0, key)) & (slots.length - 1);
      let group = (slots[slot] as number) - 1;
      while (group >= 0 && words[group] !== key) {
        slot = (slot + 1) & (slots.length - 1);
        group = (slots[slot] as number) - 1;
      }
      if (group < 0) {
        group = this.#insert(keys, i, slot);
        slots = this.#slots;
        words = this.#words;
      }
      groups[i] = group;
    }
  }

  #assignTwo(keys: Int32Array, n: number, groups: Int32Array): void {
    let slots = this.#slots;
    let words = this.#words;
    for (let i = 0; i < n; i++) {
      const a = keys[2 * i] as number;
      const b = keys[2 * i + 1] as number;
      let slot = finish(step(step(0, a), b)) & (slots.length - 1);
      let group = (slots[slot] as number) - 1;
      while (group >= 0 && (words[2 * group] !== a || words[2 * group + 1] !== b)) {
        slot = (slot + 1) & (slots.length - 1);
        group = (slots[slot] as number) - 1;
      }
      if (group < 0) {
        group = this.#insert(keys, i, slot);
        slots = this.#slots;
        words = this.#words;
      }
      groups[i] = group;
    }
  }

  #findTwo(keys: Int32Array, n: number, groups: Int32Array): void {
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    for (let i = 0; i < n; i++) {
      const a = keys[2 * i] as number;
      const b = keys[2 * i + 1] as number;
      let slot = finish(step(step(0, a), b)) & mask;
      let group = (slots[slot] as number) - 1;
      while (group >= 0 && (words[2 * group] !== a || words[2 * group + 1] !== b)) {
        slot = (slot + 1) & mask;
        group = (slots[slot] as number) - 1;
      }
      groups[i] = group;
    }
  }

  /** The slot of key i, or the free one where it belongs. */
  #slotOf(keys: Int32Array, i: number): number {
    const slots = this.#slots;
    const words = this.#words;
    const { width } = this;
    const mask = slots.length - 1;
    const from = width * i;
    let slot = hashOf(keys, from, width) & mask;
    for (;;) {
      const group = (slots[slot] as number) - 1;
      if (group < 0) return slot;
      const at = width * group;
      let k = 0;
      while (k < width && words[at + k] === keys[from + k]) k++;
      if (k === width) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #insert(keys: Int32Array, i: number, slot: number): number {
    const { width } = this;
    const group = this.#count++;
    if (width * group === this.#words.length)
      this.#words = regrouped(this.#words, new Int32Array(2 * width * Math.max(1, group)), null);
    for (let k = 0; k < width; k++) this.#words[width * group + k] = keys[width * i + k] as number;
    this.#slots[slot] = group + 1;
    if (2 * this.#count > this.#slots.length) this.#rehash(2 * this.#slots.length);
    return group;
  }

  #rehash(size: number): void {
    const slots = new Int32Array(size);
    const { width } = this;
    for (let group = 0; group < this.#count; group++) {
      let slot = hashOf(this.#words, width * group, width) & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = group + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(words: Int32Array, from: number, width: number): number {
  let hash = 0;
  for (let k = from; k < from + width; k++) hash = step(hash, words[k] as number);
  return finish(hash);
}

function step(hash: number, word: number): number {
  return Math.imul(((hash << 13) | (hash >>> 19)) ^ word, 0x9e3779b1);
}

function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return h ^ (h >>> 13);
}
