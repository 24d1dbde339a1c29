/**
 * Literals that stand at one end of a text, thousands of them asked in one go: a hash table by (length, bytes).
 *
 *   text        C:\Windows\System32\cmd.exe
 *   endings     lengths 4, 7, 8 ->    \cmd.exe   cmd.exe   .exe        one look into the table for each length there is
 *
 * With all lengths equal to the text's own it is the table of whole texts.
 */
import { equalBytes, grownInts, hashBytes, viewOf } from "../../batch/byte-table.js";

export class AnchoredLiterals {
  /** Lengths of literals in bytes, ascending. */
  readonly #lengths: number[] = [];
  readonly #literals: DataView[] = [];
  readonly #targets: number[] = [];
  #hashes = new Int32Array(16);
  #next = new Int32Array(16);
  #heads = new Int32Array(32);

  /** `target` is told when the literal is met. */
  add(bytes: Uint8Array, target: number): void {
    const id = this.#literals.length;
    if (!this.#lengths.includes(bytes.length)) {
      this.#lengths.push(bytes.length);
      this.#lengths.sort((a, b) => a - b);
    }
    const view = viewOf(bytes);
    this.#literals.push(view);
    this.#targets.push(target);
    if (id === this.#hashes.length) {
      this.#hashes = grownInts(this.#hashes, id + 1);
      this.#next = grownInts(this.#next, id + 1);
    }
    this.#hashes[id] = hashBytes(view, 0, bytes.length);
    if (2 * id >= this.#heads.length) this.#rehash(4 * this.#heads.length);
    this.#link(id);
  }

  /** The targets of literals that are the whole of view[0, size). */
  whole(view: DataView, size: number, met: number[]): void {
    if (this.#literals.length > 0) this.#look(view, 0, size, met);
  }

  beginnings(view: DataView, size: number, met: number[]): void {
    for (const length of this.#lengths) {
      if (length > size) return;
      this.#look(view, 0, length, met);
    }
  }

  endings(view: DataView, size: number, met: number[]): void {
    for (const length of this.#lengths) {
      if (length > size) return;
      this.#look(view, size - length, length, met);
    }
  }

  #look(view: DataView, from: number, length: number, met: number[]): void {
    const hash = hashBytes(view, from, length);
    for (let id = this.#head(hash); id >= 0; id = this.#next[id] as number) {
      if (this.#hashes[id] !== hash) continue;
      const literal = this.#literals[id] as DataView;
      if (literal.byteLength === length && equalBytes(view, from, literal, 0, length))
        met.push(this.#targets[id] as number);
    }
  }

  /** The newest literal of the hash's slot, -1 without one. */
  #head(hash: number): number {
    return (this.#heads[hash & (this.#heads.length - 1)] as number) - 1;
  }

  #link(id: number): void {
    const hash = this.#hashes[id] as number;
    this.#next[id] = this.#head(hash);
    this.#heads[hash & (this.#heads.length - 1)] = id + 1;
  }

  #rehash(slots: number): void {
    this.#heads = new Int32Array(slots);
    for (let id = 0; id < this.#literals.length - 1; id++) this.#link(id);
  }
}
