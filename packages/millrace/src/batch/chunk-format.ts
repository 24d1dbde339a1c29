/**
 * The stored form of a batch. All numbers are little-endian; `v` is an unsigned LEB128 number below 2^31.
 *
 *   | fixed part, 32 bytes | columns | pad | section | section | …         sections begin at multiples of 8
 *
 *   fixed part   0 magic "MRC1"   4 u16 version   6 u16 columns   8 u32 header bytes   12 u32 rows
 *               16 u32 chunk bytes   20 u32 0   24 u32 0   28 u32 crc32 of the header, this field as 0
 *   column       name, v body bytes, v entry bytes, entry
 *   entry        u8 0, part                              an ordinary column: one section
 *                u8 1, v count, attributes               an open column: one section an attribute
 *   attribute    name, u8 kind, v rows, v body bytes, v entry bytes, part
 *   part         u32 crc32 of the section, v statistics bytes, statistics, node (see chunk-encode.ts)
 *   name         v bytes, UTF-8
 *   statistics   (see chunk-stats.ts) ends with extensions `u8 tag, v bytes, …`: readers pass over tags they do not
 *                know. None exists yet; tag 1 is kept for a token filter of text.
 *
 * Each section has a checksum of its own, so that reading two columns of thirty costs two columns. Everything is read
 * as hostile: lengths are bounded before anything is allocated, and what is decoded in all is bounded by a budget.
 */
import { crc32 } from "node:zlib";
import { MillraceError } from "../base/errors.js";
import type { ColumnKind } from "../schema/column-type.js";
import type { OpenKind } from "./vector.js";

export const CHUNK_VERSION = 1;
/** "MRC1" */
export const CHUNK_MAGIC = 0x3143524d;
/** The fixed part: `chunkSizes` needs this much. */
export const CHUNK_PREFIX_BYTES = 32;
/** The most rows of a chunk; 64 times what the engine makes. */
export const CHUNK_ROWS_MAX = 4_194_304;
/** Buffers shorter than this are not compressed. */
export const COMPRESS_BYTES_MIN = 1024;

/** Positions are the stored codes: append only. */
export const STORED_KINDS: readonly ColumnKind[] = [
  "bool",
  "int32",
  "int",
  "int64",
  "float64",
  "decimal",
  "string",
  "oneOf",
  "timestamp",
  "timestampNs",
  "binary",
  "list",
  "struct",
  "open",
];

/** Positions are the stored codes: append only. */
export const OPEN_KINDS: readonly OpenKind[] = ["string", "float64", "int64", "bool", "json"];

/** Validity: no row null, every row null (nothing else is stored), or a bitmap. */
export const NO_NULLS = 0;
export const ALL_NULL = 1;
export const SOME_NULL = 2;

/** Forms of string columns. */
export const FORM_PLAIN = 0;
export const FORM_DICT = 1;

/** Forms of decimal columns: as int64 where all fit, or all 16 bytes. */
export const FORM_WORDS2 = 0;
export const FORM_WORDS4 = 1;

export const CODEC_RAW = 0;
export const CODEC_SNAPPY = 1;

export function align8(bytes: number): number {
  // Not by bit operations: a length that a hostile chunk says may be beyond 2^31.
  return Math.ceil(bytes / 8) * 8;
}

export function corrupt(what: string, cause?: unknown): MillraceError {
  return new MillraceError("CORRUPT", `chunk: ${what}`, cause === undefined ? {} : { cause });
}

/** Bytes of the header and of the whole chunk, from its first 32 bytes; `CORRUPT` when they are not a chunk's. The header's checksum is not looked at. */
export function chunkSizes(bytes: Uint8Array): { readonly headerBytes: number; readonly chunkBytes: number } {
  if (bytes.length < CHUNK_PREFIX_BYTES) throw corrupt(`${bytes.length} bytes are less than its fixed part`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== CHUNK_MAGIC) throw corrupt("it does not begin with its magic number");
  const version = view.getUint16(4, true);
  if (version !== CHUNK_VERSION) throw corrupt(`version ${version}, this release reads ${CHUNK_VERSION}`);
  const headerBytes = view.getUint32(8, true);
  const chunkBytes = view.getUint32(16, true);
  if (headerBytes < CHUNK_PREFIX_BYTES || (headerBytes & 7) !== 0 || headerBytes > chunkBytes)
    throw corrupt(`a header of ${headerBytes} bytes in ${chunkBytes}`);
  return { headerBytes, chunkBytes };
}

/** The checksum of a header, its own field taken as 0. */
export function headerCrc(header: Uint8Array): number {
  return crc32(header.subarray(CHUNK_PREFIX_BYTES), crc32(header.subarray(0, CHUNK_PREFIX_BYTES - 4)));
}
