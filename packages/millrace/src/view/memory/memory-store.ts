/** The store in memory: the slow, obvious twin. A commit copies every changed view, so a reader keeps what it has. */
import { checkCommit, checkView, unknownView } from "../check-store.js";
import { forEachChange } from "../packed-changes.js";
import type { CommitRecord, RangeOptions, Store, StoreReader, ViewChanges, ViewSpec } from "../store.js";

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface State {
  readonly specs: ReadonlyMap<string, ViewSpec>;
  /** Rows by key ascending. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly journal: readonly CommitRecord[];
  readonly last: CommitRecord | null;
}

export class MemoryStore implements Store {
  #state: State = { specs: new Map(), rows: new Map(), journal: [], last: null };

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
    for (const change of changes) rows.set(change.view, applied(rows.get(change.view) ?? [], change));
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
    return new MemoryReader(this.#state);
  }

  async close(): Promise<void> {}
}

class MemoryReader implements StoreReader {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  get commit(): CommitRecord | null {
    return this.#state.last;
  }

  views(): readonly ViewSpec[] {
    return [...this.#state.specs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(view: string, key: Uint8Array): Uint8Array | null {
    const found = this.#rows(view).find((row) => Buffer.compare(row.key, key) === 0);
    return found === undefined ? null : new Uint8Array(found.value);
  }

  range(view: string, { from, to, limit, reverse }: RangeOptions): Iterable<Row> {
    const found = this.#rows(view).filter(
      ({ key }) =>
        (from === undefined || Buffer.compare(key, from) >= 0) && (to === undefined || Buffer.compare(key, to) < 0),
    );
    if (reverse === true) found.reverse();
    return found.slice(0, limit).map(({ key, value }) => ({ key: new Uint8Array(key), value: new Uint8Array(value) }));
  }

  count(view: string): number {
    return this.#rows(view).length;
  }

  close(): void {}

  #rows(view: string): readonly Row[] {
    if (!this.#state.specs.has(view)) throw unknownView(view, this.views());
    return this.#state.rows.get(view) ?? [];
  }
}

function applied(rows: readonly Row[], changes: ViewChanges): readonly Row[] {
  const byKey = new Map(rows.map((row) => [Buffer.from(row.key).toString("hex"), row]));
  forEachChange(changes, (key, value) => {
    const hex = Buffer.from(key).toString("hex");
    if (value.length === 0) byKey.delete(hex);
    else byKey.set(hex, { key: new Uint8Array(key), value: new Uint8Array(value) });
  });
  return [...byKey.values()].sort((a, b) => Buffer.compare(a.key, b.key));
}
