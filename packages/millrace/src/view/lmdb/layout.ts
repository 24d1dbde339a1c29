/**
 * Keys of the store's one LMDB database, so that one transaction and one snapshot cover everything:
 *
 *   00000000 'c'               the last commit record, JSON
 *   00000000 'j' epoch (8 BE)  the journal, JSON
 *   00000000 'm' hash (16)     a mark: owner, key and mark, packed
 *   00000000 'v' name          a view: id, rows, spec, JSON
 *   view id (4 BE) key         a row
 *
 * LMDB takes keys of 1978 bytes at most. Rows whose keys are longer than 1900 bytes share one record with all that
 * begin with the same 1900: key = id, those 1900 bytes, 01; value = the sorted list of whole keys and values. The
 * order of keys stays exact, since shorter keys sort before and no shorter key has that length.
 */
import { createHash } from "node:crypto";
import { Packr, Unpackr } from "msgpackr";
import type { ViewSpec } from "../store.js";

export const SHORT_KEY_MAX = 1900;
const SHARED_LENGTH = 4 + SHORT_KEY_MAX + 1;

export interface StoredView {
  readonly id: number;
  readonly spec: ViewSpec;
  readonly rows: number;
}

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

const META = Buffer.alloc(4);
export const COMMIT_KEY = Buffer.concat([META, Buffer.from("c")]);

export function journalKey(epoch: number): Buffer {
  const key = Buffer.concat([META, Buffer.from("j"), Buffer.alloc(8)]);
  key.writeBigUInt64BE(BigInt(epoch), 5);
  return key;
}

export function viewKey(name: string): Buffer {
  return Buffer.concat([META, Buffer.from("v"), Buffer.from(name)]);
}

/** First key of all marks, and the key after them. */
export const MARKS_FROM = Buffer.concat([META, Buffer.from("m")]);
export const MARKS_TO = Buffer.concat([META, Buffer.from("n")]);

/** Keys of any length have a place of fixed length. */
export function markKey(owner: string, key: Uint8Array): Buffer {
  const hash = createHash("sha256").update(`${owner.length} ${owner}`).update(key).digest();
  return Buffer.concat([MARKS_FROM, hash.subarray(0, 16)]);
}

export function packMark(owner: string, key: Uint8Array, mark: Uint8Array): Buffer {
  return packr.pack([owner, Buffer.from(key), Buffer.from(mark)]);
}

export function unpackMark(bytes: Uint8Array): readonly [owner: string, key: Uint8Array, mark: Uint8Array] {
  return unpackr.unpack(bytes) as [string, Uint8Array, Uint8Array];
}

/** First key of all views' records, and the key after them. */
export const VIEWS_FROM = Buffer.concat([META, Buffer.from("v")]);
export const VIEWS_TO = Buffer.concat([META, Buffer.from("w")]);

export function rowKey(id: number, key: Uint8Array): Buffer {
  const long = key.length > SHORT_KEY_MAX;
  const bytes = Buffer.allocUnsafe(long ? SHARED_LENGTH : 4 + key.length);
  bytes.writeUInt32BE(id, 0);
  bytes.set(long ? key.subarray(0, SHORT_KEY_MAX) : key, 4);
  if (long) bytes[SHARED_LENGTH - 1] = 1;
  return bytes;
}

/** First record that may hold keys from `from` on. */
export function rangeStart(id: number, from: Uint8Array | undefined): Buffer {
  return rowKey(id, from ?? new Uint8Array(0)).subarray(0, 4 + SHORT_KEY_MAX);
}

/** The record after the last that may hold keys before `to`. */
export function rangeEnd(id: number, to: Uint8Array | undefined): Buffer {
  if (to === undefined) return rowKey(id + 1, new Uint8Array(0));
  const end = rowKey(id, to);
  if (to.length > SHORT_KEY_MAX) end[SHARED_LENGTH - 1] = 2;
  return end;
}

export function isShared(key: Uint8Array): boolean {
  return key.length === SHARED_LENGTH;
}

/** Rows of a shared record, by key ascending. */
export function sharedRows(bytes: Uint8Array): Row[] {
  const flat = unpackr.unpack(bytes) as Uint8Array[];
  const rows: Row[] = [];
  for (let k = 0; k < flat.length; k += 2) rows.push({ key: flat[k] as Uint8Array, value: flat[k + 1] as Uint8Array });
  return rows;
}

/** The record with one row set, or (an empty value) taken out; null when none is left. */
export function sharedWith(rows: readonly Row[], key: Uint8Array, value: Uint8Array): Buffer | null {
  const others = rows.filter((row) => Buffer.compare(row.key, key) !== 0);
  const all = value.length === 0 ? others : [...others, { key, value }];
  if (all.length === 0) return null;
  all.sort((a, b) => Buffer.compare(a.key, b.key));
  return packr.pack(all.flatMap((row) => [Buffer.from(row.key), Buffer.from(row.value)]));
}
