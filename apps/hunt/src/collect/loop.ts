/**
 * The collector at work: look, write down, send, and sleep until the next look.
 *
 *   look -> journal -> delivery
 *             |  more than 64 MiB wait: no look until some have arrived
 *
 * A look that takes long (many processes, a busy machine) makes the pause after it longer, so that looking takes at
 * most a tenth of one core.
 */
import type { Collector } from "./collector.js";
import type { Delivery } from "./delivery.js";
import { Stopped } from "./delivery.js";
import type { Journal } from "./journal.js";
import { UNSENT_BYTES_MAX } from "./journal.js";

export interface LoopOptions {
  readonly collector: Collector;
  readonly journal: Journal;
  readonly delivery: Delivery;
  readonly intervalMs: number;
  /** Epoch ms: what events say. */
  readonly now: () => number;
  /** Ms since any moment, never set back: how long things take. */
  readonly elapsed: () => number;
  /** Resolves after so long, or when the collector is asked to stop. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly warn: (message: string) => void;
}

export interface LoopCounts {
  looks: number;
  events: number;
  /** Looks left out because too much waited. */
  paused: number;
  /** Ms of looking, in all and at most. */
  lookMs: number;
  lookMsMax: number;
}

const SHARE_MAX = 0.1;
const CHUNK_BYTES = 1 << 20;

/** Runs until asked to stop, or until nobody takes events any more. What has not arrived stays in the journal. */
export async function collectLoop(options: LoopOptions): Promise<LoopCounts> {
  const { collector, journal, delivery, intervalMs, now, elapsed, sleep, stopped, warn } = options;
  const counts: LoopCounts = { looks: 0, events: 0, paused: 0, lookMs: 0, lookMsMax: 0 };
  const sending = new Sending(journal, delivery);
  let waiting = false;
  while (!stopped() && sending.failure === null) {
    const begun = elapsed();
    const full = journal.unsentBytes >= UNSENT_BYTES_MAX;
    if (full && !waiting) warn("too many events wait to be sent: no look at the machine until some have arrived");
    waiting = full;
    if (full) counts.paused++;
    else {
      const nowMs = now();
      const events = collector.look(nowMs);
      journal.append(events, nowMs);
      journal.rotate(() => collector.connectionKeys());
      counts.looks++;
      counts.events += events.length;
    }
    const took = elapsed() - begun;
    counts.lookMs += took;
    counts.lookMsMax = Math.max(counts.lookMsMax, took);
    sending.begin();
    await sleep(Math.max(intervalMs - (elapsed() - begun), took / SHARE_MAX - took));
  }
  await sending.finish();
  if (sending.failure !== null && !(sending.failure instanceof Stopped)) throw sending.failure;
  return counts;
}

/** At most one delivery at a time, behind the looks. */
class Sending {
  failure: unknown = null;
  readonly #journal: Journal;
  readonly #delivery: Delivery;
  #running: Promise<void> | null = null;

  constructor(journal: Journal, delivery: Delivery) {
    this.#journal = journal;
    this.#delivery = delivery;
  }

  /** Sends what there is, unless that goes on already. Never rejects. */
  begin(): void {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
    });
  }

  async finish(): Promise<void> {
    if (this.#running !== null) await this.#running;
    if (this.failure === null) await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    try {
      for (let chunk = this.#journal.next(CHUNK_BYTES); chunk !== null; chunk = this.#journal.next(CHUNK_BYTES)) {
        await this.#delivery.deliver(chunk);
        this.#journal.sentTo(chunk.segment, chunk.to);
      }
    } catch (error) {
      this.failure = error;
    }
  }
}
