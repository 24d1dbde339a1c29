/** Literals in lower case, one behind the other in one buffer: thousands of them cost no object each. */
import { equalBytes, grownBytes, grownInts, viewOf } from "../../batch/byte-table.js";

export class LiteralPool {
  count = 0;
  view: DataView;
  #bytes = new Uint8Array(64);
  /** Literal id is bytes[ends[id], ends[id + 1]). */
  #ends = new Int32Array(8);

  constructor() {
    this.view = viewOf(this.#bytes);
  }

  /** The number of the literal, in UTF-8: from 0, one more each time. */
  add(text: string): number {
    const lower = text.toLowerCase();
    const at = this.#ends[this.count] as number;
    // A UTF-16 unit takes at most three bytes.
    if (at + 3 * lower.length > this.#bytes.length) {
      this.#bytes = grownBytes(this.#bytes, at + 3 * lower.length);
      this.view = viewOf(this.#bytes);
    }
    const id = this.count++;
    if (id + 1 === this.#ends.length) this.#ends = grownInts(this.#ends, id + 2);
    this.#ends[id + 1] = at + encoder.encodeInto(lower, this.#bytes.subarray(at)).written;
    return id;
  }

  from(id: number): number {
    return this.#ends[id] as number;
  }

  size(id: number): number {
    return (this.#ends[id + 1] as number) - (this.#ends[id] as number);
  }

  /** Whether the literal stands at `at`, as far as it is from the text's end. */
  standsAt(id: number, view: DataView, at: number): boolean {
    return equalBytes(view, at, this.view, this.#ends[id] as number, this.size(id));
  }
}

const encoder = new TextEncoder();
