/**
 * One snapshot on disk.
 *
 *   "MRSTATE2"
 *   record …     u32 length of the head | u32 length of the body | u32 CRC-32 of all else | head, JSON | body
 *
 *   first record   head {commit, workers}                no body
 *   then           head {task, operator, table, keys}    body: a piece of the state (state-piece.ts)
 *   last           head {pieces, keys}: how many         no body
 *
 * It is written under another name, synced, and then renamed: what has the name of a snapshot was whole once, and what
 * is wrong with it now is damage.
 */
import { crc32 } from "node:zlib";
import type { Disk, DiskFile } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import type { CommitRecord } from "../../view/store.js";
import type { Snapshot, TaskPiece } from "./snapshots.js";

const MAGIC = Buffer.from("MRSTATE2");
const RECORD_BYTES = 12;

interface Head {
  readonly commit: CommitRecord;
  readonly workers: number;
}

interface Totals {
  pieces: number;
  keys: number;
}

/** Durable when it resolves; when it rejects, nothing has that name that had it not before. */
export async function writeSnapshot(
  disk: Disk,
  path: string,
  head: Head,
  pieces: AsyncIterable<TaskPiece>,
): Promise<void> {
  const unfinished = `${path}.new`;
  const file = await disk.open(unfinished);
  try {
    // What an earlier attempt left behind.
    await file.truncate(0);
    let position = 0;
    const put = async (parts: readonly Uint8Array[]): Promise<void> => {
      await file.write(position, parts);
      position += parts.reduce((sum, part) => sum + part.length, 0);
    };
    const totals: Totals = { pieces: 0, keys: 0 };
    await put([MAGIC, ...record(head)]);
    for await (const { bytes, ...about } of pieces) {
      await put(record(about, bytes));
      totals.pieces++;
      totals.keys += about.keys;
    }
    await put(record(totals));
    await file.sync();
  } catch (error) {
    await file.close();
    await disk.remove(unfinished).catch(() => {}); // it may be the disk that fails
    throw error;
  }
  await file.close();
  await disk.rename(unfinished, path);
}

/** Reads what a snapshot is of. Throws `CORRUPT` and `DISK`. */
export async function openSnapshot(disk: Disk, path: string): Promise<Snapshot> {
  for await (const { head } of records(disk, path)) {
    const { commit, workers } = head as Head;
    return { commit, workers, pieces: () => piecesIn(disk, path) };
  }
  throw damaged(path, 0, "it has no records");
}

/** Reads everything and throws `CORRUPT` where it is damaged. */
export async function checkSnapshot(disk: Disk, path: string): Promise<void> {
  for await (const _ of piecesIn(disk, path));
}

/** The pieces; it ends well only when all of them were there. */
async function* piecesIn(disk: Disk, path: string): AsyncGenerator<TaskPiece> {
  const totals: Totals = { pieces: 0, keys: 0 };
  let last: { head: unknown; end: number } | null = null;
  for await (const { head, body, end } of records(disk, path)) {
    last = { head, end };
    if (body.length === 0) continue;
    const piece = { ...(head as Omit<TaskPiece, "bytes">), bytes: body };
    totals.pieces++;
    totals.keys += piece.keys;
    yield piece;
  }
  const { pieces, keys } = (last?.head ?? {}) as Partial<Totals>;
  if (pieces !== totals.pieces || keys !== totals.keys) throw damaged(path, last?.end ?? 0, "its end is not there");
}

async function* records(
  disk: Disk,
  path: string,
): AsyncGenerator<{ readonly head: unknown; readonly body: Uint8Array; readonly end: number }> {
  const size = (await disk.size(path)) ?? 0;
  const file = await disk.openRead(path);
  try {
    const magic = await file.read(0, MAGIC.length);
    if (Buffer.compare(magic, MAGIC) !== 0) throw damaged(path, 0, "it is no snapshot of this version");
    for (let at = MAGIC.length; at < size; ) {
      const found = await readRecord(file, at, size);
      if (found === null) throw damaged(path, at, "a record fails its checksum");
      yield found;
      at = found.end;
    }
  } finally {
    await file.close();
  }
}

async function readRecord(
  file: DiskFile,
  at: number,
  size: number,
): Promise<{ head: unknown; body: Uint8Array; end: number } | null> {
  const lengths = Buffer.from(await file.read(at, RECORD_BYTES));
  if (lengths.length < RECORD_BYTES) return null;
  const headBytes = lengths.readUInt32LE(0);
  const end = at + RECORD_BYTES + headBytes + lengths.readUInt32LE(4);
  if (end > size) return null;
  const rest = Buffer.from(await file.read(at + RECORD_BYTES, end - at - RECORD_BYTES));
  if (crc32(rest, crc32(lengths.subarray(0, 8))) !== lengths.readUInt32LE(8)) return null;
  return { head: JSON.parse(rest.toString("utf8", 0, headBytes)), body: rest.subarray(headBytes), end };
}

function record(head: object, body: Uint8Array = new Uint8Array(0)): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(RECORD_BYTES);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(body.length, 4);
  lengths.writeUInt32LE(crc32(body, crc32(text, crc32(lengths.subarray(0, 8)))), 8);
  return [lengths, text, body];
}

function damaged(path: string, at: number, what: string): MillraceError {
  return new MillraceError("CORRUPT", `the snapshot ${path} is damaged: ${what}, at byte ${at}`);
}
