/**
 * Distinct texts by number 0, 1, 2, …: UTF-8 bytes end to end in one buffer, found by an open-addressed hash table.
 *
 *   slots[hash & mask] = number + 1      hashes[number]      bytes[ends[number - 1], ends[number])
 *
 * About 24 bytes a text beside its own. Texts are never removed: the owner makes a new pool of those it keeps.
 */
import { copyBytes, equalBytes, grownBytes, hashBytes, viewOf } from "../../batch/byte-table.js";
import { bufferOf } from "../../batch/strings.js";
import { regrouped } from "./regrouped.js";

export class BytePool {
  #count = 0;
  /** ends[number + 1]; a double, as more than 2 GiB may be held. */
  #ends = new Float64Array(33);
  #hashes = new Int32Array(32);
  #slots = new Int32Array(64);
  #mask = 63;
  #bytes = new Uint8Array(512);
  #view = viewOf(this.#bytes);

  get count(): number {
    return this.#count;
  }

  /** Memory held. */
  get size(): number {
    return this.#ends.byteLength + this.#hashes.byteLength + this.#slots.byteLength + this.#bytes.byteLength;
  }

  /** The number of the text in [from, to) of `view`, which is valid UTF-8; a new one gets the next. The bytes are copied. */
  intern(view: DataView, from: number, to: number): number {
    const hash = hashBytes(view, from, to - from);
    const slot = this.#slotOf(view, from, to, hash);
    const known = (this.#slots[slot] as number) - 1;
    return known >= 0 ? known : this.#insert(view, from, to - from, hash, slot);
  }

  /** As `intern`, but -1 for a text that is not there. */
  find(view: DataView, from: number, to: number): number {
    return (this.#slots[this.#slotOf(view, from, to, hashBytes(view, from, to - from))] as number) - 1;
  }

  internText(text: string): number {
    const bytes = Buffer.from(text);
    return this.intern(viewOf(bytes), 0, bytes.length);
  }

  text(number: number): string {
    return bufferOf(this.#bytes).toString("utf8", this.#ends[number], this.#ends[number + 1]);
  }

  /** The number that a text of this pool has in another. */
  moveTo(other: BytePool, number: number): number {
    return other.intern(this.#view, this.#ends[number] as number, this.#ends[number + 1] as number);
  }

  /** Texts `numbers`, end to end: text i is bytes[offsets[i], offsets[i + 1]). */
  vectorParts(numbers: Int32Array): { readonly offsets: Int32Array; readonly bytes: Uint8Array } {
    const offsets = new Int32Array(numbers.length + 1);
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number;
      offsets[i + 1] =
        (offsets[i] as number) + (number < 0 ? 0 : (this.#ends[number + 1] as number) - (this.#ends[number] as number));
    }
    const bytes = new Uint8Array(offsets[numbers.length] as number);
    const view = viewOf(bytes);
    for (let i = 0; i < numbers.length; i++) {
      const size = (offsets[i + 1] as number) - (offsets[i] as number);
      if (size > 0) copyBytes(this.#view, this.#ends[numbers[i] as number] as number, view, offsets[i] as number, size);
    }
    return { offsets, bytes };
  }

  #slotOf(view: DataView, from: number, to: number, hash: number): number {
    const size = to - from;
    let slot = hash & this.#mask;
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) return slot;
      if (this.#hashes[number] === hash) {
        const at = this.#ends[number] as number;
        if ((this.#ends[number + 1] as number) - at === size && equalBytes(view, from, this.#view, at, size))
          return slot;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #insert(view: DataView, from: number, size: number, hash: number, slot: number): number {
    const number = this.#count++;
    const at = this.#ends[number] as number;
    if (at + size > this.#bytes.length) {
      this.#bytes = grownBytes(this.#bytes, at + size);
      this.#view = viewOf(this.#bytes);
    }
    copyBytes(view, from, this.#view, at, size);
    if (number === this.#hashes.length) {
      this.#hashes = regrouped(this.#hashes, new Int32Array(2 * number), null);
      this.#ends = regrouped(this.#ends, new Float64Array(2 * number + 1), null);
    }
    this.#hashes[number] = hash;
    this.#ends[number + 1] = at + size;
    this.#slots[slot] = number + 1;
    if (2 * this.#count > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = (this.#hashes[number] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
