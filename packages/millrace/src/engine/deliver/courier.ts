/**
 * Delivers the rows of one view to one sink, at least once:
 *
 *   commit -> keys that changed -> due -> the row as it is now -> sink -> mark (key: id, time) in the store
 *
 *   1. What a key's row was when it was last delivered is kept in the store, by its id: a row that is the same again is
 *      not delivered again, whether after a restart, a crash or a rebuild.
 *   2. A key is delivered at most once every `every`; then with what its row is by then. Rows in between are not lost,
 *      they are what became of them.
 *   3. A sink that fails is tried again, later and later; meanwhile keys gather (their rows are in the view). What a
 *      sink refuses becomes a dead letter.
 *
 * A crash between the sink and the mark delivers again: with the same id.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.js";
import { describeError } from "../../base/errors.js";
import { rowJson } from "../../batch/row-json.js";
import type { SinkNode } from "../../plan/nodes/node.js";
import type { Delivery, Sink } from "../../sink/sink.js";
import { Refused } from "../../sink/sink.js";
import { sinkAddress } from "../../sink/spec.js";
import { forEachChange } from "../../view/packed-changes.js";
import { RowCodec } from "../../view/row-codec.js";
import type { Store, ViewChanges, ViewSpec } from "../../view/store.js";

export interface CourierParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly sink: Sink;
  /** Keeps a delivery that the sink refused. */
  readonly refused: (sink: string, delivery: Delivery, reason: string) => Promise<void>;
}

export interface SinkStatus {
  readonly name: string;
  readonly view: string;
  readonly kind: string;
  /** Without what may be secret of it. */
  readonly address: string;
  readonly delivered: number;
  readonly refused: number;
  /** Keys that wait: for their turn, or for the sink. */
  readonly pending: number;
  /** Null while it works. */
  readonly failing: { readonly attempts: number; readonly since: number; readonly reason: string } | null;
}

interface Mark {
  readonly id: string;
  readonly at: number;
}

interface Waiting {
  readonly key: Uint8Array;
  readonly text: string;
  readonly delivery: Delivery;
}

const BATCH_MAX = 100;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 60_000;

export class Courier {
  readonly #node: SinkNode;
  readonly #view: ViewSpec;
  readonly #codec: RowCodec;
  readonly #parts: CourierParts;
  /** What was delivered last, by key (one character a byte). */
  readonly #marks = new Map<string, Mark>();
  /** Keys that may have changed since, in the order in which they did. */
  readonly #changed = new Set<string>();
  #working: Promise<void> | null = null;
  #cancel: () => void = () => {};
  #closed = false;
  #delivered = 0;
  #refused = 0;
  #failing: SinkStatus["failing"] = null;
  /** Waits after a failure. */
  #resting = false;

  constructor(node: SinkNode, view: ViewSpec, parts: CourierParts) {
    this.#node = node;
    this.#view = view;
    this.#codec = new RowCodec(view.schema);
    this.#parts = parts;
  }

  /** Takes up where the store says it was, and begins. */
  start(): void {
    const { store } = this.#parts;
    for (const [key, mark] of store.marks(this.#node.name)) this.#marks.set(keyText(key), parseMark(mark));
    const reader = store.read();
    try {
      for (const { key } of reader.range(this.#view.name, {})) this.#changed.add(keyText(key));
    } finally {
      reader.close();
    }
    this.#work();
  }

  /** What a commit changed. */
  changed(changes: readonly ViewChanges[]): void {
    for (const change of changes)
      if (change.view === this.#view.name) forEachChange(change, (key) => this.#changed.add(keyText(key)));
    this.#work();
  }

  status(): SinkStatus {
    const { name, sink } = this.#node;
    return {
      name,
      view: this.#view.name,
      kind: sink.sink,
      address: sinkAddress(sink),
      delivered: this.#delivered,
      refused: this.#refused,
      pending: this.#changed.size,
      failing: this.#failing,
    };
  }

  /** Ends after the delivery that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#parts.sink.close();
    await this.#working;
    await this.#parts.sink.close();
  }

  #work(): void {
    if (this.#closed || this.#working !== null || this.#resting || this.#changed.size === 0) return;
    this.#cancel();
    this.#working = this.#round()
      .then(
        (waitMs) => {
          this.#failing = null;
          return waitMs;
        },
        (error: unknown) => this.#fail(error),
      )
      .then((waitMs) => {
        this.#working = null;
        if (this.#closed || waitMs === null) return;
        if (waitMs === 0) return this.#work();
        this.#cancel = this.#parts.clock.after(waitMs, () => {
          this.#resting = false;
          this.#work();
        });
      });
  }

  #fail(error: unknown): number {
    const attempts = (this.#failing?.attempts ?? 0) + 1;
    const since = this.#failing?.since ?? this.#parts.clock.now();
    this.#failing = { attempts, since, reason: describeError(error) };
    this.#resting = true;
    return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (attempts - 1));
  }

  /** Delivers one batch. Returns when to look again, ms from now; null when nothing waits. */
  async #round(): Promise<number | null> {
    const { due, gone, waitMs } = this.#due();
    if (gone.length > 0) await this.#parts.store.mark(this.#node.name, gone);
    if (due.length === 0) return waitMs;
    // A change that comes during the delivery is another one.
    for (const { text } of due) this.#changed.delete(text);
    try {
      await this.#deliver(due);
    } catch (error) {
      for (const { text } of due) this.#changed.add(text);
      throw error;
    }
    return 0;
  }

  async #deliver(due: readonly Waiting[]): Promise<void> {
    try {
      await this.#parts.sink.deliver(due.map(({ delivery }) => delivery));
      await this.#done(due);
      this.#delivered += due.length;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const [only] = due;
      // Because of which rows?
      if (due.length > 1) for (const one of due) await this.#deliver([one]);
      else if (only !== undefined) {
        await this.#parts.refused(this.#node.name, only.delivery, error.message);
        await this.#done(due);
        this.#refused++;
      }
    }
  }

  async #done(due: readonly Waiting[]): Promise<void> {
    const at = this.#parts.clock.now();
    await this.#parts.store.mark(
      this.#node.name,
      due.map(({ key, delivery }) => [key, Buffer.from(`${at} ${delivery.id}`)]),
    );
    for (const { text, delivery } of due) this.#marks.set(text, { id: delivery.id, at });
  }

  /** The next rows to deliver, keys whose row is gone, and how long the others have to wait. */
  #due(): { due: Waiting[]; gone: [Uint8Array, null][]; waitMs: number | null } {
    const now = this.#parts.clock.now();
    const due: Waiting[] = [];
    const gone: [Uint8Array, null][] = [];
    let wait = Number.POSITIVE_INFINITY;
    const reader = this.#parts.store.read();
    try {
      for (const text of this.#changed) {
        const key = Buffer.from(text, "latin1");
        const mark = this.#marks.get(text);
        const value = reader.get(this.#view.name, key);
        const delivery = value === null ? null : this.#delivery(value);
        if (delivery === null && mark !== undefined) gone.push([key, null]);
        if (delivery === null) this.#marks.delete(text);
        if (delivery === null || delivery.id === mark?.id) {
          this.#changed.delete(text);
          continue;
        }
        const waitMs = mark === undefined ? 0 : mark.at + this.#node.everyMs - now;
        if (waitMs > 0) wait = Math.min(wait, waitMs);
        else if (due.push({ key, text, delivery }) === BATCH_MAX) break;
      }
    } finally {
      reader.close();
    }
    return { due, gone, waitMs: wait === Number.POSITIVE_INFINITY ? null : wait };
  }

  #delivery(value: Uint8Array): Delivery {
    const row = rowJson(this.#view.schema, this.#codec.decode(value));
    const id = createHash("sha256")
      .update(`${this.#node.name}\n${JSON.stringify(row)}`)
      .digest("hex")
      .slice(0, 32);
    return { id, row };
  }
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}

function parseMark(bytes: Uint8Array): Mark {
  const [at = "0", id = ""] = Buffer.from(bytes).toString().split(" ");
  return { id, at: Number(at) };
}
