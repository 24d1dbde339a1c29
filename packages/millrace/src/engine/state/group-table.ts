/**
 * A hash table from composite keys to dense group numbers 0, 1, 2, …, over typed arrays.
 *
 * A key is one double for each key column (`key-column.ts` makes them); two keys are equal when the bits are. Open
 * addressing with linear probing, at most half full; hash and key of a group are kept beside, so that growing never
 * looks at the values again.
 *
 * About 16 + 8k bytes a group for k key columns. Groups are never removed: the owner makes a new table of those it keeps.
 */
import { grown } from "./grown.js";

const EMPTY = -1;

export class GroupTable {
  readonly #columns: number;
  #slots: Int32Array;
  #mask: number;
  #hashes: Int32Array;
  /** For each key column two words a group. */
  #keys: Int32Array[];
  #count = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#slots = new Int32Array(64).fill(EMPTY);
    this.#mask = 63;
    this.#hashes = new Int32Array(32);
    this.#keys = Array.from({ length: columns }, () => new Int32Array(64));
  }

  get count(): number {
    return this.#count;
  }

  /** Groups there is room for; what hangs on groups grows along. */
  get capacity(): number {
    return this.#hashes.length;
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#hashes.byteLength * (1 + 2 * this.#columns);
  }

  /** Key column `column` of a group, as the double that went in. */
  key(column: number, group: number): number {
    const words = this.#keys[column] as Int32Array;
    double.words[0] = words[2 * group] as number;
    double.words[1] = words[2 * group + 1] as number;
    return double.value[0] as number;
  }

  /**
   * Finds or makes the group of each of the first `n` rows.
   * keys: for each key column one double a row. groups: n group numbers, out. Returns how many groups are new;
   * they are the highest numbers.
   */
  assign(keys: readonly Float64Array[], n: number, groups: Int32Array): number {
    const before = this.#count;
    const words = keys.map((column) => new Int32Array(column.buffer, column.byteOffset, 2 * n));
    if (words.length === 1) this.#assignOne(words[0] as Int32Array, n, groups);
    else this.#assignMany(words, n, groups);
    return this.#count - before;
  }

  #assignOne(words: Int32Array, n: number, groups: Int32Array): void {
    let previousLow = 0;
    let previousHigh = 0;
    let previous = EMPTY;
    for (let i = 0; i < n; i++) {
      const low = words[2 * i] as number;
      const high = words[2 * i + 1] as number;
      // Neighbours often share a key.
      if (previous !== EMPTY && low === previousLow && high === previousHigh) {
        groups[i] = previous;
        continue;
      }
      const hash = mix(mix(0, low), high);
      const stored = this.#keys[0] as Int32Array;
      let slot = hash & this.#mask;
      let group = this.#slots[slot] as number;
      while (group !== EMPTY && (stored[2 * group] !== low || stored[2 * group + 1] !== high)) {
        slot = (slot + 1) & this.#mask;
        group = this.#slots[slot] as number;
      }
      if (group === EMPTY) {
        group = this.#insert(slot, hash);
        const target = this.#keys[0] as Int32Array;
        target[2 * group] = low;
        target[2 * group + 1] = high;
      }
      groups[i] = previous = group;
      previousLow = low;
      previousHigh = high;
    }
  }

  #assignMany(words: readonly Int32Array[], n: number, groups: Int32Array): void {
    const columns = words.length;
    for (let i = 0; i < n; i++) {
      let hash = 0;
      for (let c = 0; c < columns; c++) {
        const column = words[c] as Int32Array;
        hash = mix(mix(hash, column[2 * i] as number), column[2 * i + 1] as number);
      }
      let slot = hash & this.#mask;
      let group = this.#slots[slot] as number;
      while (group !== EMPTY && !(this.#hashes[group] === hash && this.#same(words, i, group))) {
        slot = (slot + 1) & this.#mask;
        group = this.#slots[slot] as number;
      }
      if (group === EMPTY) {
        group = this.#insert(slot, hash);
        for (let c = 0; c < columns; c++) {
          const target = this.#keys[c] as Int32Array;
          target[2 * group] = (words[c] as Int32Array)[2 * i] as number;
          target[2 * group + 1] = (words[c] as Int32Array)[2 * i + 1] as number;
        }
      }
      groups[i] = group;
    }
  }

  #same(words: readonly Int32Array[], row: number, group: number): boolean {
    for (let c = 0; c < words.length; c++) {
      const column = words[c] as Int32Array;
      const stored = this.#keys[c] as Int32Array;
      if (column[2 * row] !== stored[2 * group] || column[2 * row + 1] !== stored[2 * group + 1]) return false;
    }
    return true;
  }

  #insert(slot: number, hash: number): number {
    const group = this.#count++;
    this.#slots[slot] = group;
    if (group >= this.#hashes.length) {
      const capacity = 2 * this.#hashes.length;
      this.#hashes = grown(this.#hashes, new Int32Array(capacity));
      this.#keys = this.#keys.map((words) => grown(words, new Int32Array(2 * capacity)));
    }
    this.#hashes[group] = hash;
    if (2 * this.#count > this.#slots.length) this.#rehash(2 * this.#slots.length);
    return group;
  }

  #rehash(slots: number): void {
    this.#slots = slots === this.#slots.length ? this.#slots.fill(EMPTY) : new Int32Array(slots).fill(EMPTY);
    this.#mask = slots - 1;
    for (let group = 0; group < this.#count; group++) {
      let slot = (this.#hashes[group] as number) & this.#mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = group;
    }
  }
}

const buffer = new ArrayBuffer(8);
const double = { words: new Int32Array(buffer), value: new Float64Array(buffer) };

function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return h ^ (h >>> 13);
}
