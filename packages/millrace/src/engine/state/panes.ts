/** Windows that have groups, by number: which window each row is in, which groups each window has, and which are over. */
import { WORD } from "../../batch/vector.js";

export class Panes {
  readonly #sizeMs: number;
  /** Start -> number, of windows that are open. */
  readonly #numbers = new Map<number, number>();
  /** By number; what is forgotten stays until `renumber`. */
  #starts: number[] = [];
  #groups: number[][] = [];

  constructor(sizeMs: number) {
    this.#sizeMs = sizeMs;
  }

  get open(): number {
    return this.#numbers.size;
  }

  /** Writes the number of each row's window at out[at], out[at + stride], …. times: two words a row. */
  mark(times: Int32Array, n: number, out: Int32Array, stride: number, at: number): void {
    let start = Number.NaN;
    let end = Number.NaN;
    let number = 0;
    for (let i = 0; i < n; i++) {
      const time = (times[2 * i + 1] as number) * WORD + ((times[2 * i] as number) >>> 0);
      // Neighbours are mostly in one window.
      if (!(time >= start && time < end)) {
        start = Math.floor(time / this.#sizeMs) * this.#sizeMs;
        end = start + this.#sizeMs;
        number = this.#numberOf(start);
      }
      out[stride * i + at] = number;
    }
  }

  start(number: number): number {
    return this.#starts[number] as number;
  }

  /** A new group of a window. */
  opened(number: number, group: number): void {
    (this.#groups[number] as number[]).push(group);
  }

  /** Numbers of the windows that end at or before `watermark`, by start. */
  closed(watermark: number): readonly number[] {
    const over: number[] = [];
    for (const start of this.#numbers.keys()) if (start + this.#sizeMs <= watermark) over.push(start);
    return over.sort((a, b) => a - b).map((start) => this.#numbers.get(start) as number);
  }

  groups(number: number): readonly number[] {
    return this.#groups[number] as number[];
  }

  forget(number: number): void {
    this.#numbers.delete(this.#starts[number] as number);
    this.#groups[number] = [];
  }

  /** Numbers the open windows anew, without groups; gives old number -> new. */
  renumber(): (number: number) => number {
    const fresh = new Map<number, number>();
    const starts: number[] = [];
    for (const [start, number] of this.#numbers) {
      fresh.set(number, starts.length);
      this.#numbers.set(start, starts.push(start) - 1);
    }
    this.#starts = starts;
    this.#groups = starts.map(() => []);
    return (number) => fresh.get(number) as number;
  }

  #numberOf(start: number): number {
    let number = this.#numbers.get(start);
    if (number === undefined) {
      number = this.#starts.push(start) - 1;
      this.#groups.push([]);
      this.#numbers.set(start, number);
    }
    return number;
  }
}
