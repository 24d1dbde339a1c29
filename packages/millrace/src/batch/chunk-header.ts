/** A chunk's header: reading it whole, for its statistics, and finding the columns that are wanted, for their rows. */
import { crc32 } from "node:zlib";
import type { ColumnKind } from "../schema/column-type.js";
import { ByteReader } from "./chunk-bytes.js";
import * as format from "./chunk-format.js";
import { chunkSizes, corrupt, headerCrc } from "./chunk-format.js";
import type { ColumnStats } from "./chunk-stats.js";
import { readStats } from "./chunk-stats.js";
import type { OpenKind } from "./vector.js";

export interface ChunkHeader {
  readonly version: number;
  readonly rows: number;
  readonly headerBytes: number;
  readonly chunkBytes: number;
  /** In stored order. */
  readonly columns: readonly ChunkColumn[];
}

export interface ChunkColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Stored bytes of its sections. */
  readonly bytes: number;
  /** Null for an open column: its attributes have their own. */
  readonly stats: ColumnStats | null;
  /** Of an open column, by name, then kind; else empty. */
  readonly attributes: readonly ChunkAttribute[];
}

export interface ChunkAttribute {
  readonly name: string;
  readonly kind: OpenKind;
  /** Rows that have it. */
  readonly rows: number;
  readonly bytes: number;
  readonly stats: ColumnStats;
}

/**
 * Statistics and layout of a chunk from its bytes, or from its first `headerBytes`; no column is decoded. Throws
 * `CORRUPT` when the header is cut off, fails its checksum or makes no sense.
 */
export function readChunkHeader(bytes: Uint8Array): ChunkHeader {
  const { headerBytes, chunkBytes, rows, columns } = openHeader(bytes);
  return {
    version: format.CHUNK_VERSION,
    rows,
    headerBytes,
    chunkBytes,
    columns: columns.map(({ name, from, to, entry }): ChunkColumn => {
      const column = { name, bytes: to - from };
      if (!entry.isOpen)
        return { ...column, kind: kindOf(entry.part), stats: readStats(entry.part.stats), attributes: [] };
      const attributes = [...attributesOf(entry.reader, from, to)].map((a) => ({
        name: a.name,
        kind: a.kind,
        rows: a.rows,
        bytes: a.to - a.from,
        stats: readStats(a.part.stats),
      }));
      return { ...column, kind: "open", stats: null, attributes };
    }),
  };
}

/** Names of the open attributes that some row has, ascending in code units. */
export function openNames(header: ChunkHeader): string[] {
  return [...new Set(header.columns.flatMap((column) => column.attributes.map(({ name }) => name)))].sort();
}

/** Throws `CORRUPT` unless the whole chunk is there and every checksum is right. */
export function verifyChunk(bytes: Uint8Array): void {
  const header = openHeader(bytes);
  checkWhole(bytes, header);
  for (const column of header.columns)
    if (column.entry.isOpen)
      for (const a of attributesOf(column.entry.reader, column.from, column.to)) checkSection(bytes, a, a.part);
    else checkSection(bytes, column, column.entry.part);
}

/** The parts of a header entry: still to be read, in this order or not at all. */
export interface Part {
  readonly crc: number;
  readonly stats: ByteReader;
  readonly node: ByteReader;
}

export interface FoundColumn {
  readonly name: string;
  /** Its bytes in the chunk. */
  readonly from: number;
  readonly to: number;
  readonly entry:
    | { readonly isOpen: false; readonly part: Part }
    | { readonly isOpen: true; readonly reader: ByteReader };
}

export interface FoundAttribute {
  readonly name: string;
  readonly kind: OpenKind;
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  readonly part: Part;
}

export interface OpenedHeader {
  readonly headerBytes: number;
  readonly chunkBytes: number;
  readonly rows: number;
  readonly columns: readonly FoundColumn[];
}

/** Checks the header and finds its columns; those for which `wanted` says no are passed over. */
export function openHeader(bytes: Uint8Array, wanted: (name: string) => boolean = () => true): OpenedHeader {
  const { headerBytes, chunkBytes } = chunkSizes(bytes);
  if (bytes.length < headerBytes) throw corrupt(`its header is cut off after ${bytes.length} of ${headerBytes} bytes`);
  const header = bytes.subarray(0, headerBytes);
  const fixed = new DataView(bytes.buffer, bytes.byteOffset, format.CHUNK_PREFIX_BYTES);
  if (headerCrc(header) !== fixed.getUint32(28, true)) throw corrupt("its header fails its checksum");
  const rows = fixed.getUint32(12, true);
  if (rows > format.CHUNK_ROWS_MAX) throw corrupt(`${rows} rows; at most ${format.CHUNK_ROWS_MAX} are possible`);
  const reader = new ByteReader(header, format.CHUNK_PREFIX_BYTES);
  const columns: FoundColumn[] = [];
  let from = headerBytes;
  for (let k = fixed.getUint16(6, true); k > 0; k--) {
    const name = reader.text();
    const to = sectionEnd(from, reader.v(), chunkBytes);
    const entry = reader.part(reader.v());
    if (wanted(name)) columns.push({ name, from, to, entry: readEntry(entry) });
    from = to;
  }
  if (from !== chunkBytes) throw corrupt(`its columns end at byte ${from}, not ${chunkBytes}`);
  return { headerBytes, chunkBytes, rows, columns };
}

/** The attributes of an open column whose sections are bytes [from, to). */
export function* attributesOf(reader: ByteReader, from: number, to: number): Generator<FoundAttribute> {
  let at = from;
  for (let k = reader.v(); k > 0; k--) {
    const name = reader.text();
    const code = reader.u8();
    const kind = format.OPEN_KINDS[code];
    if (kind === undefined) throw corrupt(`an attribute of unknown kind ${code}`);
    const rows = reader.v();
    const end = sectionEnd(at, reader.v(), to);
    yield { name, kind, rows, from: at, to: end, part: readPart(reader.part(reader.v())) };
    at = end;
  }
}

export function checkWhole(bytes: Uint8Array, { chunkBytes }: { readonly chunkBytes: number }): void {
  if (bytes.length !== chunkBytes) throw corrupt(`${bytes.length} bytes, its header says ${chunkBytes}`);
}

/** The section's bytes, once their checksum is found right. */
export function checkSection(
  bytes: Uint8Array,
  at: { readonly name: string; readonly from: number; readonly to: number },
  part: Part,
): Uint8Array {
  const section = bytes.subarray(at.from, at.to);
  if (crc32(section) !== part.crc) throw corrupt(`column or attribute "${at.name}" fails its checksum`);
  return section;
}

function readEntry(reader: ByteReader): FoundColumn["entry"] {
  const tag = reader.u8();
  if (tag > 1) throw corrupt(`a column entry of unknown form ${tag}`);
  return tag === 1 ? { isOpen: true, reader } : { isOpen: false, part: readPart(reader) };
}

function readPart(reader: ByteReader): Part {
  const crc = reader.u32();
  const stats = reader.part(reader.v());
  return { crc, stats, node: reader };
}

function sectionEnd(from: number, size: number, most: number): number {
  const end = from + size;
  if ((size & 7) !== 0 || end > most) throw corrupt(`a section of ${size} bytes at ${from}, of ${most}`);
  return end;
}

function kindOf(part: Part): ColumnKind {
  const code = part.node.u8();
  const kind = format.STORED_KINDS[code];
  if (kind === undefined) throw corrupt(`a column of unknown kind ${code}`);
  return kind;
}
