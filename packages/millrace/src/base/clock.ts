/** The clock is a parameter: production runs on the machine's, tests on a virtual one. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Stands still until `advance` moves it; callbacks due run in order of their time. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #waiting: { at: number; sequence: number; callback: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + ms, sequence: this.#sequence++, callback };
    this.#waiting.push(entry);
    this.#waiting.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
    return () => {
      const index = this.#waiting.indexOf(entry);
      if (index >= 0) this.#waiting.splice(index, 1);
    };
  }

  /** Moves time forward, running what falls due on the way at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#waiting[0]; next !== undefined && next.at <= end; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}

/** Milliseconds that only go forward, from an arbitrary start: for telling how long work took, never for results. */
export function elapsedMs(): number {
  return performance.now();
}
