/** Progress of long work on standard error: one line that renews itself on a terminal, a line now and then elsewhere. */
import type { Clock } from "../base/clock.js";

const TERMINAL_EVERY_MS = 100;
const FILE_EVERY_MS = 5000;

export class Progress {
  readonly #clock: Clock;
  readonly #out: NodeJS.WriteStream;
  #shownAt = Number.NEGATIVE_INFINITY;
  #width = 0;

  constructor(clock: Clock, out: NodeJS.WriteStream = process.stderr) {
    this.#clock = clock;
    this.#out = out;
  }

  /** Shows the text unless something was shown just before. */
  show(text: () => string): void {
    const now = this.#clock.now();
    if (now - this.#shownAt < (this.#out.isTTY ? TERMINAL_EVERY_MS : FILE_EVERY_MS)) return;
    this.#shownAt = now;
    this.#write(text());
  }

  /** The last word: stays. */
  done(text: string): void {
    if (this.#out.isTTY) {
      this.#write(text);
      this.#out.write("\n");
      this.#width = 0;
    } else this.#out.write(`${text}\n`);
    this.#shownAt = Number.NEGATIVE_INFINITY;
  }

  #write(text: string): void {
    if (!this.#out.isTTY) this.#out.write(`${text}\n`);
    else {
      this.#out.write(`\r${text.padEnd(this.#width)}`);
      this.#width = text.length;
    }
  }
}

/** 1,234,567 */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

export function perSecond(n: number, ms: number): string {
  return `${count((n * 1000) / Math.max(1, ms))}/s`;
}
