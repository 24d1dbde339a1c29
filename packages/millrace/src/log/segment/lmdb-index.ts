/**
 * The entry index in LMDB, under <data>/index. Key [stream, partition, segment, position], value the row's numbers.
 *
 * LMDB maps its file into memory and may abort the process over a damaged one. Since the index can be rebuilt, it is
 * not worth that: a file that does not look like LMDB's is thrown away unopened, and a mark lies beside the index
 * while a log is being opened, so that the start after one that died there throws the index away too.
 */
import { rm, writeFile } from "node:fs/promises";
import type { RootDatabase } from "lmdb";
import { open } from "lmdb";
import { inspectLmdbFile } from "../../base/lmdb-file.js";
import { lmdbWrite } from "../../base/lmdb-write.js";
import type { EntryIndex } from "./entry-index.js";
import { noIndex } from "./entry-index.js";
import type { EntryKind, EntryRow } from "./entry-table.js";
import { sourceNumbers, sourceOf } from "./envelope.js";

type Key = [stream: string, partition: number, segment: number, position: number];
type Value = readonly [EntryKind, ...(number | string)[]];

/**
 * Opens the index; one that cannot be opened is thrown away, since it can be rebuilt. With `readOnly` a missing or
 * unreadable one is taken for empty, and nothing is written.
 */
export async function openLmdbIndex(folder: string, options: { readOnly?: boolean } = {}): Promise<EntryIndex> {
  const { kind } = inspectLmdbFile(`${folder}/data.mdb`);
  if (options.readOnly === true)
    return kind === "sound" ? new LmdbIndex(folder, openEnvironment(folder, true)) : noIndex;
  const diedThere = !(await writeFile(markOf(folder), "", { flag: "wx" }).then(
    () => true,
    (error) => error.code !== "EEXIST",
  ));
  if (kind === "damaged" || kind === "short" || diedThere) await rm(folder, { recursive: true, force: true });
  return new LmdbIndex(folder, openEnvironment(folder, false));
}

function markOf(folder: string): string {
  return `${folder}.opening`;
}

function openEnvironment(folder: string, readOnly: boolean): RootDatabase<Value, Key> {
  // overlappingSync resolves before the flush; the index promises that a removal is durable before bytes are cut off.
  return open<Value, Key>({
    path: folder,
    readOnly,
    overlappingSync: false,
    eventTurnBatching: false, // see lmdb-write.ts
    encoding: "msgpack",
    noSubdir: false,
  });
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
      for (const row of rows) void this.#db.put([stream, partition, row.segment, row.position], storedOf(row));
    });
  }

  async remove(stream: string, partition: number, segment: number, position: number, until: number): Promise<void> {
    const range = { start: [stream, partition, segment, position] as Key, end: [stream, partition, until, 0] as Key };
    await this.#write(() => {
      for (const key of [...this.#db.getKeys(range)]) void this.#db.remove(key);
    });
  }

  async settled(): Promise<void> {
    await rm(markOf(this.#folder), { force: true });
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async #write(action: () => void): Promise<void> {
    await lmdbWrite(this.#folder, this.#db, action);
  }
}

function storedOf(row: EntryRow): Value {
  const {
    kind,
    from,
    to,
    appendTime,
    timeHighBefore,
    markHighBefore,
    timeMin,
    timeMax,
    bodyPosition,
    bodyLength,
    source,
  } = row;
  const value = [from, to, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, bodyPosition, bodyLength];
  return source === null ? [kind, ...value] : [kind, ...value, source.source, ...sourceNumbers(source)];
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
    source: n.length <= 10 ? null : sourceOf(value[10] as string, n.slice(11)),
  };
}
