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
    // In a file, work that is soon done needs no progress.
    if (!out.isTTY) this.#shownAt = clock.now();
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
      // A line that wraps would not be overwritten.
      const line = text.slice(0, Math.max(20, (this.#out.columns ?? 80) - 1));
      this.#out.write(`\r${line.padEnd(this.#width)}`);
      this.#width = line.length;
    }
  }
}

/** 1,234,567 */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** "1 row", "1,234 rows" */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

export function perSecond(n: number, ms: number): string {
  return `${count((n * 1000) / Math.max(1, ms))}/s`;
}

/** 12.3 MB */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let k = -1;
  let value = n;
  for (; value >= 1000 && k < units.length - 1; k++) value /= 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[k]}`;
}

/** " 12 s left,", or nothing while it is too early to tell. */
export function timeLeft(done: number, total: number, ms: number): string {
  if (done <= 0 || ms < 1000 || done >= total) return "";
  const seconds = Math.ceil((ms * (total - done)) / done / 1000);
  return seconds < 120 ? ` ${seconds} s left,` : ` ${Math.ceil(seconds / 60)} min left,`;
}
