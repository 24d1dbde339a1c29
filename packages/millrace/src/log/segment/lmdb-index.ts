/** The entry index in LMDB, under <data>/index. Key [stream, partition, segment, position], value the row's numbers. */
import { rm } from "node:fs/promises";
import type { RootDatabase } from "lmdb";
import { open } from "lmdb";
import { diskError } from "../../base/node-disk.js";
import type { EntryIndex } from "./entry-index.js";
import { noIndex } from "./entry-index.js";
import type { EntryKind, EntryRow } from "./entry-table.js";

type Key = [stream: string, partition: number, segment: number, position: number];
type Value = readonly [EntryKind, ...number[]] | readonly [EntryKind, ...(number | string)[]];

/**
 * Opens the index; one that cannot be opened is thrown away, since it can be rebuilt. With `readOnly` a missing or
 * unreadable one is taken for empty, and nothing is written.
 */
export async function openLmdbIndex(folder: string, options: { readOnly?: boolean } = {}): Promise<EntryIndex> {
  const readOnly = options.readOnly === true;
  try {
    return new LmdbIndex(folder, openEnvironment(folder, readOnly));
  } catch {
    if (readOnly) return noIndex;
  }
  await rm(folder, { recursive: true, force: true });
  return new LmdbIndex(folder, openEnvironment(folder, false));
}

function openEnvironment(folder: string, readOnly: boolean): RootDatabase<Value, Key> {
  // overlappingSync resolves before the flush; the index promises that a removal is durable before bytes are cut off.
  return open<Value, Key>({ path: folder, readOnly, overlappingSync: false, encoding: "msgpack", noSubdir: false });
}

class LmdbIndex implements EntryIndex {
  readonly #folder: string;
  readonly #db: RootDatabase<Value, Key>;

  constructor(folder: string, db: RootDatabase<Value, Key>) {
    this.#folder = folder;
    this.#db = db;
  }

  *rows(stream: string, partition: number): Iterable<EntryRow> {
    const range = this.#db.getRange({ start: [stream, partition, 0, 0], end: [stream, partition + 1, 0, 0] });
    for (const { key, value } of range) yield rowOf(key, value);
  }

  async put(stream: string, partition: number, rows: readonly EntryRow[]): Promise<void> {
    await this.#write(() => {
      for (const row of rows) void this.#db.put([stream, partition, row.segment, row.position], valueOf(row));
    });
  }

  async remove(stream: string, partition: number, segment: number, position: number, until: number): Promise<void> {
    const range = { start: [stream, partition, segment, position] as Key, end: [stream, partition, until, 0] as Key };
    await this.#write(() => {
      for (const key of [...this.#db.getKeys(range)]) void this.#db.remove(key);
    });
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async #write(action: () => void): Promise<void> {
    try {
      await this.#db.transaction(action);
    } catch (error) {
      throw diskError(this.#folder, error);
    }
  }
}

function valueOf(row: EntryRow): Value {
  const { kind, from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, bodyPosition, bodyLength, source } = row;
  const value = [from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, bodyPosition, bodyLength];
  return source === null ? [kind, ...value] : [kind, ...value, source.source, source.position, source.line];
}

function rowOf([, , segment, position]: Key, value: Value): EntryRow {
  const n = value as unknown as readonly number[];
  return {
    kind: value[0],
    from: n[1] as number,
    to: n[2] as number,
    appendTime: n[3] as number,
    timeHighBefore: n[4] as number,
    markHighBefore: n[5] as number,
    timeMin: n[6] as number,
    timeMax: n[7] as number,
    segment,
    position,
    bodyPosition: n[8] as number,
    bodyLength: n[9] as number,
    source: n.length <= 10 ? null : { source: value[10] as string, position: n[11] as number, line: n[12] as number },
  };
}
