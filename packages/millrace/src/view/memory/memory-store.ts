/**
 * The store in memory, for programs without a data directory and as LMDB's twin. Rows by key in a map, put in order when
 * they are read; a commit changes the maps in place, and copies one first only while a reader is open.
 */
import { checkCommit, checkView, unknownView } from "../check-store.js";
import { forEachChange } from "../packed-changes.js";
import type { CommitRecord, RangeOptions, Store, StoreReader, ViewChanges, ViewSpec } from "../store.js";

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Rows of one view. A key as text has one character a byte, so that texts sort as bytes do. */
class ViewRows {
  readonly byKey: Map<string, Row>;
  #ordered: readonly Row[] | null = null;

  constructor(byKey = new Map<string, Row>()) {
    this.byKey = byKey;
  }

  get ordered(): readonly Row[] {
    this.#ordered ??= [...this.byKey.keys()].sort().map((key) => this.byKey.get(key) as Row);
    return this.#ordered;
  }

  copy(): ViewRows {
    return new ViewRows(new Map(this.byKey));
  }

  apply(changes: ViewChanges): void {
    this.#ordered = null;
    forEachChange(changes, (key, value) => {
      if (value.length === 0) this.byKey.delete(latin1(key));
      else this.byKey.set(latin1(key), { key: new Uint8Array(key), value: new Uint8Array(value) });
    });
  }
}

interface State {
  readonly specs: ReadonlyMap<string, ViewSpec>;
  readonly rows: ReadonlyMap<string, ViewRows>;
  readonly journal: readonly CommitRecord[];
  readonly last: CommitRecord | null;
}

export class MemoryStore implements Store {
  #state: State = { specs: new Map(), rows: new Map(), journal: [], last: null };
  readonly #readers = new Set<MemoryReader>();
  readonly #marks = new Map<string, Map<string, readonly [key: Uint8Array, mark: Uint8Array]>>();

  async ensure(views: readonly ViewSpec[]): Promise<void> {
    const specs = new Map(this.#state.specs);
    for (const view of views) {
      checkView(this.#state.last === null ? undefined : specs.get(view.name), view);
      specs.set(view.name, view);
    }
    this.#state = { ...this.#state, specs };
  }

  async commit(record: CommitRecord, changes: readonly ViewChanges[]): Promise<void> {
    const state = this.#state;
    checkCommit(state.last, record, changes, [...state.specs.values()]);
    const rows = new Map(state.rows);
    const open = this.#readers.size > 0;
    for (const change of changes) {
      const before = state.rows.get(change.view);
      const held = rows.get(change.view) ?? new ViewRows();
      const own = open && held === before ? held.copy() : held;
      own.apply(change);
      rows.set(change.view, own);
    }
    const last = structuredClone(record);
    this.#state = { ...state, rows, last, journal: [...state.journal, last] };
  }

  last(): CommitRecord | null {
    return this.#state.last;
  }

  journal(afterEpoch: number): Iterable<CommitRecord> {
    return this.#state.journal.filter(({ epoch }) => epoch > afterEpoch);
  }

  async trimJournal(uptoEpoch: number): Promise<void> {
    this.#state = { ...this.#state, journal: this.#state.journal.filter(({ epoch }) => epoch > uptoEpoch) };
  }

  async clear(): Promise<void> {
    this.#state = { specs: this.#state.specs, rows: new Map(), journal: [], last: null };
  }

  read(): StoreReader {
    const reader = new MemoryReader(this.#state, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  marks(owner: string): Iterable<readonly [key: Uint8Array, mark: Uint8Array]> {
    return this.#marks.get(owner)?.values() ?? [];
  }

  async mark(owner: string, marks: readonly (readonly [key: Uint8Array, mark: Uint8Array | null])[]): Promise<void> {
    const held = this.#marks.get(owner) ?? new Map<string, readonly [key: Uint8Array, mark: Uint8Array]>();
    this.#marks.set(owner, held);
    for (const [key, mark] of marks)
      if (mark === null) held.delete(latin1(key));
      else held.set(latin1(key), [new Uint8Array(key), new Uint8Array(mark)]);
  }

  async close(): Promise<void> {}
}

class MemoryReader implements StoreReader {
  readonly #state: State;
  readonly #onClose: () => void;

  constructor(state: State, onClose: () => void) {
    this.#state = state;
    this.#onClose = onClose;
  }

  get commit(): CommitRecord | null {
    return this.#state.last;
  }

  views(): readonly ViewSpec[] {
    return [...this.#state.specs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(view: string, key: Uint8Array): Uint8Array | null {
    const found = this.#rows(view).byKey.get(latin1(key));
    return found === undefined ? null : new Uint8Array(found.value);
  }

  range(view: string, { from, to, limit, reverse }: RangeOptions): Iterable<Row> {
    const found = this.#rows(view).ordered.filter(
      ({ key }) =>
        (from === undefined || Buffer.compare(key, from) >= 0) && (to === undefined || Buffer.compare(key, to) < 0),
    );
    if (reverse === true) found.reverse();
    return found.slice(0, limit).map(({ key, value }) => ({ key: new Uint8Array(key), value: new Uint8Array(value) }));
  }

  count(view: string): number {
    return this.#rows(view).byKey.size;
  }

  close(): void {
    this.#onClose();
  }

  #rows(view: string): ViewRows {
    if (!this.#state.specs.has(view)) throw unknownView(view, this.views());
    return this.#state.rows.get(view) ?? new ViewRows();
  }
}

/** A byte a character: a string that a map can find. */
function latin1(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
