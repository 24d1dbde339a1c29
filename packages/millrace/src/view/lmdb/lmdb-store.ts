/**
 * The store in LMDB: a commit is one transaction, flushed before it resolves; a reader is one of LMDB's snapshots.
 * See layout.ts for what is where.
 */
import { existsSync } from "node:fs";
import type { RootDatabase } from "lmdb";
import { open } from "lmdb";
import { MillraceError } from "../../base/errors.js";
import { lmdbWrite } from "../../base/lmdb-write.js";
import { diskError } from "../../base/node-disk.js";
import { checkCommit, checkView } from "../check-store.js";
import { forEachChange } from "../packed-changes.js";
import type { CommitRecord, Store, StoreReader, ViewChanges, ViewSpec } from "../store.js";
import type { StoredView } from "./layout.js";
import {
  COMMIT_KEY,
  isShared,
  journalKey,
  MARKS_FROM,
  MARKS_TO,
  markKey,
  packMark,
  rowKey,
  sharedRows,
  sharedWith,
  unpackMark,
  VIEWS_FROM,
  VIEWS_TO,
  viewKey,
} from "./layout.js";
import { LmdbReader } from "./lmdb-reader.js";

export type Database = RootDatabase<Buffer, Buffer>;

export interface LmdbStoreOptions {
  /** Reads beside the process that writes; throws `DATA_DIR` when there is no store. */
  readonly readOnly?: boolean;
}

/** Opens the store of a data directory, creating it. The lock on the directory sees to it that one process writes. */
export function openLmdbStore(data: string, options: LmdbStoreOptions = {}): LmdbStore {
  const path = `${data}/store`;
  const readOnly = options.readOnly === true;
  if (readOnly && !existsSync(`${path}/data.mdb`))
    throw new MillraceError("DATA_DIR", `${data} holds no store`, { hint: "Nothing has run there yet." });
  try {
    // overlappingSync would show a commit before it is durable. With it off the file is synced inside the commit.
    const db = open<Buffer, Buffer>({
      path,
      readOnly,
      keyEncoding: "binary",
      encoding: "binary",
      overlappingSync: false,
      eventTurnBatching: false, // see lmdb-write.ts
      noSubdir: false,
      maxReaders: 1000,
    });
    return new LmdbStore(path, db, readOnly);
  } catch (error) {
    throw diskError(path, error);
  }
}

export class LmdbStore implements Store {
  readonly #path: string;
  readonly #db: Database;
  readonly #readOnly: boolean;

  constructor(path: string, db: Database, readOnly: boolean) {
    this.#path = path;
    this.#db = db;
    this.#readOnly = readOnly;
  }

  async ensure(views: readonly ViewSpec[]): Promise<void> {
    const stored = this.#views();
    const empty = this.last() === null;
    let id = Math.max(0, ...[...stored.values()].map((view) => view.id));
    const changed: StoredView[] = [];
    for (const spec of views) {
      const before = stored.get(spec.name);
      // Before the first commit no row depends on the old form.
      checkView(empty ? undefined : before?.spec, spec);
      if (before === undefined || JSON.stringify(before.spec) !== JSON.stringify(spec))
        changed.push({ id: before?.id ?? ++id, spec, rows: before?.rows ?? 0 });
    }
    if (changed.length === 0) return;
    await this.#write(() => {
      for (const view of changed) this.#putView(view);
    });
  }

  async commit(record: CommitRecord, changes: readonly ViewChanges[]): Promise<void> {
    const views = this.#views();
    checkCommit(
      this.last(),
      record,
      changes,
      [...views.values()].map(({ spec }) => spec),
    );
    const bytes = Buffer.from(JSON.stringify(record));
    await this.#write(() => {
      for (const change of changes) {
        const view = views.get(change.view) as StoredView;
        const rows = view.rows + this.#apply(view.id, change);
        if (rows === view.rows) continue;
        views.set(change.view, { ...view, rows });
        this.#putView({ ...view, rows });
      }
      void this.#db.put(COMMIT_KEY, bytes);
      void this.#db.put(journalKey(record.epoch), bytes);
    });
  }

  last(): CommitRecord | null {
    this.#db.resetReadTxn();
    const bytes = this.#db.get(COMMIT_KEY);
    return bytes === undefined ? null : (JSON.parse(bytes.toString()) as CommitRecord);
  }

  *journal(afterEpoch: number): Iterable<CommitRecord> {
    this.#db.resetReadTxn();
    const range = this.#db.getRange({ start: journalKey(afterEpoch + 1), end: MARKS_FROM });
    for (const { value } of range) yield JSON.parse(value.toString()) as CommitRecord;
  }

  async trimJournal(uptoEpoch: number): Promise<void> {
    const keys = [...this.#db.getKeys({ start: journalKey(0), end: journalKey(uptoEpoch + 1) })];
    await this.#write(() => {
      for (const key of keys) void this.#db.remove(key);
    });
  }

  async clear(): Promise<void> {
    const views = [...this.#views().values()];
    await this.#write(() => {
      for (const { id } of views) this.#removeRange(rowKey(id, new Uint8Array(0)), rowKey(id + 1, new Uint8Array(0)));
      this.#removeRange(journalKey(0), MARKS_FROM);
      void this.#db.remove(COMMIT_KEY);
      for (const view of views) this.#putView({ ...view, rows: 0 });
    });
  }

  *marks(owner: string): Iterable<readonly [key: Uint8Array, mark: Uint8Array]> {
    this.#db.resetReadTxn();
    for (const { value } of this.#db.getRange({ start: MARKS_FROM, end: MARKS_TO })) {
      const [whose, key, mark] = unpackMark(value);
      if (whose === owner) yield [key, mark];
    }
  }

  async mark(owner: string, marks: readonly (readonly [key: Uint8Array, mark: Uint8Array | null])[]): Promise<void> {
    await this.#write(() => {
      for (const [key, mark] of marks)
        if (mark === null) void this.#db.remove(markKey(owner, key));
        else void this.#db.put(markKey(owner, key), packMark(owner, key, mark));
    });
  }

  read(): StoreReader {
    // A snapshot of now: lmdb-js otherwise goes on with the one it has taken earlier in this turn.
    this.#db.resetReadTxn();
    return new LmdbReader(this.#db);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  /** Applies the changes of one view; returns by how many rows it has grown. */
  #apply(id: number, changes: ViewChanges): number {
    let grown = 0;
    forEachChange(changes, (key, value) => {
      const at = rowKey(id, key);
      if (isShared(at)) {
        grown += this.#applyShared(at, key, value);
        return;
      }
      const existed = this.#db.doesExist(at);
      if (value.length > 0) void this.#db.put(at, Buffer.from(value.buffer, value.byteOffset, value.length));
      else if (existed) void this.#db.remove(at);
      grown += Number(value.length > 0) - Number(existed);
    });
    return grown;
  }

  #applyShared(at: Buffer, key: Uint8Array, value: Uint8Array): number {
    const bytes = this.#db.get(at);
    const rows = bytes === undefined ? [] : sharedRows(bytes);
    const existed = rows.some((row) => Buffer.compare(row.key, key) === 0);
    const changed = sharedWith(rows, key, value);
    if (changed !== null) void this.#db.put(at, changed);
    else if (bytes !== undefined) void this.#db.remove(at);
    return Number(value.length > 0) - Number(existed);
  }

  #removeRange(start: Buffer, end: Buffer): void {
    for (const key of [...this.#db.getKeys({ start, end })]) void this.#db.remove(key);
  }

  #putView(view: StoredView): void {
    void this.#db.put(viewKey(view.spec.name), Buffer.from(JSON.stringify(view)));
  }

  #views(): Map<string, StoredView> {
    this.#db.resetReadTxn();
    const views = new Map<string, StoredView>();
    for (const { value } of this.#db.getRange({ start: VIEWS_FROM, end: VIEWS_TO })) {
      const view = JSON.parse(value.toString()) as StoredView;
      views.set(view.spec.name, view);
    }
    return views;
  }

  /** One transaction: durable when it resolves, nothing of it when it rejects. */
  async #write(action: () => void): Promise<void> {
    if (this.#readOnly) throw new MillraceError("REQUEST", `${this.#path} is open for reading only`);
    await lmdbWrite(this.#path, this.#db, action);
  }
}
