/**
 * Literals that stand at one end of a text, thousands of them asked in one go: a hash table by (length, bytes).
 *
 *   text        C:\Windows\System32\cmd.exe
 *   endings     lengths 4, 7, 8 ->    \cmd.exe   cmd.exe   .exe        one look into the table for each length there is
 *
 * With all lengths equal to the text's own it is the table of whole texts.
 */
import { grownInts, hashBytes } from "../../batch/byte-table.js";
import { LiteralPool } from "./literal-pool.js";

export class AnchoredLiterals {
  /** Lengths of literals in bytes, ascending. */
  readonly #lengths: number[] = [];
  readonly #literals = new LiteralPool();
  readonly #targets: number[] = [];
  #hashes = new Int32Array(8);
  #next = new Int32Array(8);
  #heads = new Int32Array(16);

  /** `target` is told when the literal is met. */
  add(text: string, target: number): void {
    const literals = this.#literals;
    const id = literals.add(text);
    const size = literals.size(id);
    if (!this.#lengths.includes(size)) {
      this.#lengths.push(size);
      this.#lengths.sort((a, b) => a - b);
    }
    this.#targets.push(target);
    if (id === this.#hashes.length) {
      this.#hashes = grownInts(this.#hashes, id + 1);
      this.#next = grownInts(this.#next, id + 1);
    }
    this.#hashes[id] = hashBytes(literals.view, literals.from(id), size);
    if (2 * id >= this.#heads.length) this.#rehash(4 * this.#heads.length);
    this.#link(id);
  }

  /** The targets of literals that are the whole of view[0, size). */
  whole(view: DataView, size: number, met: number[]): void {
    if (this.#targets.length > 0) this.#look(view, 0, size, met);
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
    const literals = this.#literals;
    for (let id = this.#head(hash); id >= 0; id = this.#next[id] as number)
      if (this.#hashes[id] === hash && literals.size(id) === length && literals.standsAt(id, view, from))
        met.push(this.#targets[id] as number);
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
    for (let id = 0; id < this.#targets.length - 1; id++) this.#link(id);
  }
}
