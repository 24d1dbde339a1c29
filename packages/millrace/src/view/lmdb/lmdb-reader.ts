/** One snapshot of the store. */
import { unknownView } from "../check-store.js";
import type { CommitRecord, RangeOptions, StoreReader, ViewSpec } from "../store.js";
import type { Row, StoredView } from "./layout.js";
import { COMMIT_KEY, isShared, rangeEnd, rangeStart, rowKey, sharedRows, VIEWS_FROM, VIEWS_TO } from "./layout.js";
import type { Database } from "./lmdb-store.js";

type Transaction = ReturnType<Database["useReadTransaction"]>;

export class LmdbReader implements StoreReader {
  readonly commit: CommitRecord | null;
  readonly #db: Database;
  readonly #transaction: Transaction;
  readonly #views = new Map<string, StoredView>();
  #closed = false;

  constructor(db: Database) {
    this.#db = db;
    this.#transaction = db.useReadTransaction();
    const bytes = db.get(COMMIT_KEY, { transaction: this.#transaction });
    this.commit = bytes === undefined ? null : (JSON.parse(bytes.toString()) as CommitRecord);
    for (const { value } of db.getRange({ start: VIEWS_FROM, end: VIEWS_TO, transaction: this.#transaction })) {
      const view = JSON.parse(value.toString()) as StoredView;
      this.#views.set(view.spec.name, view);
    }
  }

  views(): readonly ViewSpec[] {
    return [...this.#views.values()].map(({ spec }) => spec).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(view: string, key: Uint8Array): Uint8Array | null {
    const at = rowKey(this.#view(view).id, key);
    const bytes = this.#db.get(at, { transaction: this.#transaction });
    if (bytes === undefined) return null;
    if (!isShared(at)) return bytes;
    return sharedRows(bytes).find((row) => Buffer.compare(row.key, key) === 0)?.value ?? null;
  }

  range(view: string, options: RangeOptions): Iterable<Row> {
    const { id } = this.#view(view);
    return { [Symbol.iterator]: () => this.#range(id, options) };
  }

  count(view: string): number {
    return this.#view(view).rows;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transaction.done();
  }

  *#range(id: number, { from, to, limit, reverse }: RangeOptions): Generator<Row> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    const low = rangeStart(id, from);
    const high = rangeEnd(id, to);
    if (Buffer.compare(low, high) >= 0) return;
    const bounds =
      reverse === true
        ? { start: high, end: low, exclusiveStart: true, inclusiveEnd: true, reverse }
        : { start: low, end: high };
    for (const { key, value } of this.#db.getRange({ ...bounds, transaction: this.#transaction })) {
      for (const row of rowsOf(key, value, reverse === true)) {
        // A shared record may hold keys on both sides of a long bound.
        if (from !== undefined && Buffer.compare(row.key, from) < 0) continue;
        if (to !== undefined && Buffer.compare(row.key, to) >= 0) continue;
        yield row;
        if (--left === 0) return;
      }
    }
  }

  #view(name: string): StoredView {
    const found = this.#views.get(name);
    if (found === undefined) throw unknownView(name, this.views());
    return found;
  }
}

function rowsOf(key: Buffer, value: Buffer, reverse: boolean): readonly Row[] {
  if (!isShared(key)) return [{ key: key.subarray(4), value }];
  const rows = sharedRows(value);
  return reverse ? rows.reverse() : rows;
}
