/**
 * A column's node (in the header: how it is laid out) and its buffers (in its section), written side by side.
 *
 *   node      u8 kind, u8 validity (0 no nulls, 1 all null: nothing follows, 2 bitmap: buffer), then by kind
 *     bool              buffer of bits
 *     int32             u8 width, u32 min, [buffer]                  differences to min; width 4: the values, min 0
 *     int, int64, …     u8 width, u32 min low, u32 min high, [buffer] width 8: the words, min 0
 *     float64           buffer
 *     decimal           u8 scale, u8 form, as int64 (0) or buffer of 16-byte words (1)
 *     string, oneOf     u8 form, plain (0), or dictionary (1): v count, plain of the dictionary, u8 width, [buffer of codes]
 *     plain, binary     lengths, buffer of bytes
 *     list              lengths, node of the child
 *     struct            v fields, for each: name, v node bytes, v section bytes, node
 *   lengths   u8 width, v min, [buffer]
 *   attribute u8 width, v min, [buffer]: gaps between its rows; then a node
 *   buffer    v stored bytes, u8 codec, v raw bytes if compressed         [buffer] only where width is not 0
 *
 * Buffers follow one another in the order in which nodes mention them, each at a multiple of 8 in its section.
 */

import { crc32 } from "node:zlib";
import { compressSync } from "snappy";
import { bug } from "../base/errors.js";
import type { ColumnType } from "../schema/column-type.js";
import { countBits, trimBits } from "./bit-range.js";
import { ByteWriter } from "./chunk-bytes.js";
import * as format from "./chunk-format.js";
import { exactDict } from "./dict.js";
import type { Int32Range, Int64Range } from "./int-range.js";
import { rangeOfInt32, rangeOfInt64 } from "./int-range.js";
import { narrowed, widthOf, widthOfInt64 } from "./narrow-ints.js";
import { sliceVector } from "./slice.js";
import type { BinaryVector, DecimalVector, DictVector, StructVector, Utf8Vector, Vector } from "./vector.js";

/** One section being written: its layout, and its buffers, which may be views of the batch. */
export class SectionWriter {
  readonly layout = new ByteWriter();
  /** Bytes of the section so far, padding included. */
  bytes = 0;
  /** Of the integers written last: spares the statistics of an integer column a second look. */
  range32: Int32Range | null = null;
  range64: Int64Range | null = null;
  readonly #buffers: Uint8Array[] = [];

  /** Adds a buffer, compressed where that saves more than an eighth. */
  add(raw: Uint8Array): void {
    const packed = raw.length >= format.COMPRESS_BYTES_MIN ? compressSync(raw, COPY) : null;
    const compressed = packed !== null && packed.length < raw.length - (raw.length >> 3);
    const stored = compressed ? packed : raw;
    this.layout.v(stored.length);
    this.layout.u8(compressed ? format.CODEC_SNAPPY : format.CODEC_RAW);
    if (compressed) this.layout.v(raw.length);
    this.#buffers.push(stored);
    this.bytes += format.align8(stored.length);
  }

  /** Adds what another section has, at its end. */
  append(part: SectionWriter): void {
    this.layout.raw(part.layout.bytes());
    for (const buffer of part.#buffers) this.#buffers.push(buffer);
    this.bytes += part.bytes;
  }

  /** crc32 of the section as `copyTo` writes it. */
  crc(): number {
    let crc = 0;
    for (const buffer of this.#buffers) {
      // zlib takes "no bytes at no address" for a new beginning, and forgets the checksum so far.
      if (buffer.length > 0) crc = crc32(buffer, crc);
      if ((buffer.length & 7) !== 0) crc = crc32(PADDING.subarray(buffer.length & 7), crc);
    }
    return crc;
  }

  /** Writes the section at `at`, which is a multiple of 8; the bytes there are 0. */
  copyTo(out: Uint8Array, at: number): void {
    let next = at;
    for (const buffer of this.#buffers) {
      out.set(buffer, next);
      next += format.align8(buffer.length);
    }
  }
}

// Without copyOutputData snappy hands out memory of its own, which costs the collector more than the copy: measured 0.3 against 5 GB/s.
const PADDING = new Uint8Array(8);
const COPY = { copyOutputData: true };

/** A dictionary is stored without values that no row uses: `encodeNode` takes vectors for which that is done. */
export function exact(vector: Vector): Vector {
  return vector.kind === "dict" ? exactDict(vector) : vector;
}

export function encodeNode(out: SectionWriter, vector: Vector, type: ColumnType): void {
  const { layout } = out;
  layout.u8(format.STORED_KINDS.indexOf(type.kind));
  const valid = vector.validity === null ? vector.length : countBits(vector.validity, vector.length);
  if (valid === 0 && vector.length > 0) {
    layout.u8(format.ALL_NULL);
    return;
  }
  const validity = valid === vector.length ? null : vector.validity;
  layout.u8(validity === null ? format.NO_NULLS : format.SOME_NULL);
  if (validity !== null) out.add(trimBits(validity, vector.length));
  switch (vector.kind) {
    case "bool":
      out.add(trimBits(vector.bits, vector.length));
      break;
    case "int32":
      encodeInt32(out, vector.values, validity, vector.length);
      break;
    case "int64":
      encodeInt64(out, vector.words, validity, vector.length, 2);
      break;
    case "float64":
      out.add(bytesOf(vector.values, 0, vector.length));
      break;
    case "decimal":
      encodeDecimal(out, vector, validity, type.kind === "decimal" ? type.scale : 0);
      break;
    case "utf8":
      layout.u8(format.FORM_PLAIN);
      encodePlain(out, vector);
      break;
    case "dict":
      encodeDict(out, vector, validity);
      break;
    case "binary":
      encodePlain(out, vector);
      break;
    case "list": {
      encodeLengths(out, vector.offsets, vector.length);
      const child = sliceVector(vector.child, vector.offsets[0] ?? 0, vector.offsets[vector.length] ?? 0);
      encodeNode(out, exact(child), (type as { item: { type: ColumnType } }).item.type);
      break;
    }
    case "struct":
      encodeStruct(out, vector, type);
      break;
    case "open":
      bug("an open column has sections of its own");
  }
}

function encodeInt32(out: SectionWriter, values: Int32Array, validity: Uint8Array | null, n: number): void {
  out.range32 = rangeOfInt32(values, validity, n);
  const { min, max } = out.range32 ?? { min: 0, max: 0 };
  const width = widthOf(max - min);
  out.layout.u8(width);
  out.layout.u32(width === 4 ? 0 : min >>> 0);
  if (width === 4) out.add(bytesOf(values, 0, n));
  else if (width !== 0) out.add(narrowed(values, 1, n, min, width, validity));
}

function encodeInt64(
  out: SectionWriter,
  words: Int32Array,
  validity: Uint8Array | null,
  n: number,
  stride: 2 | 4,
): void {
  out.range64 = rangeOfInt64(words, validity, n, stride);
  const range = out.range64 ?? { minLow: 0, minHigh: 0, maxLow: 0, maxHigh: 0 };
  const width = widthOfInt64(range);
  out.layout.u8(width);
  out.layout.u32(width === 8 ? 0 : range.minLow >>> 0);
  out.layout.u32(width === 8 ? 0 : range.minHigh >>> 0);
  if (width === 8) out.add(bytesOf(stride === 2 ? words : lowWords(words, n), 0, 2 * n));
  else if (width !== 0) out.add(narrowed(words, stride, n, range.minLow, width, validity));
}

function encodeDecimal(out: SectionWriter, vector: DecimalVector, validity: Uint8Array | null, scale: number): void {
  const { words, length } = vector;
  let wide = 0;
  for (let i = 0; i < length; i++) {
    const sign = (words[4 * i + 1] as number) >> 31;
    wide |= ((words[4 * i + 2] as number) ^ sign) | ((words[4 * i + 3] as number) ^ sign);
  }
  out.layout.u8(scale);
  out.layout.u8(wide === 0 ? format.FORM_WORDS2 : format.FORM_WORDS4);
  if (wide === 0) encodeInt64(out, words, validity, length, 4);
  else out.add(bytesOf(words, 0, 4 * length));
}

function lowWords(words: Int32Array, n: number): Int32Array {
  const out = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) {
    out[2 * i] = words[4 * i] as number;
    out[2 * i + 1] = words[4 * i + 1] as number;
  }
  return out;
}

function encodeDict(out: SectionWriter, vector: DictVector, validity: Uint8Array | null): void {
  const { layout } = out;
  layout.u8(format.FORM_DICT);
  layout.v(vector.dict.length);
  encodePlain(out, vector.dict);
  const width = widthOf(Math.max(0, vector.dict.length - 1));
  layout.u8(width);
  if (width === 4) out.add(bytesOf(vector.codes, 0, vector.length));
  else if (width !== 0) out.add(narrowed(vector.codes, 1, vector.length, 0, width, validity));
}

function encodePlain(out: SectionWriter, vector: Utf8Vector | BinaryVector): void {
  encodeLengths(out, vector.offsets, vector.length);
  out.add(vector.bytes.subarray(vector.offsets[0] ?? 0, vector.offsets[vector.length] ?? 0));
}

function encodeLengths(out: SectionWriter, offsets: Int32Array, n: number): void {
  const lengths = new Int32Array(n);
  for (let i = 0; i < n; i++) lengths[i] = (offsets[i + 1] as number) - (offsets[i] as number);
  encodeCounts(out, lengths, n);
}

/** Rows of an open attribute, as the gaps between them. */
export function encodeRows(out: SectionWriter, rows: Int32Array): void {
  const gaps = new Int32Array(rows.length);
  for (let j = 0; j < rows.length; j++) gaps[j] = (rows[j] as number) - (j === 0 ? 0 : (rows[j - 1] as number) + 1);
  encodeCounts(out, gaps, rows.length);
}

function encodeCounts(out: SectionWriter, counts: Int32Array, n: number): void {
  const { min, max } = rangeOfInt32(counts, null, n) ?? { min: 0, max: 0 };
  const width = widthOf(max - min);
  out.layout.u8(width);
  out.layout.v(min);
  if (width !== 0) out.add(narrowed(counts, 1, n, min, width, null));
}

function encodeStruct(out: SectionWriter, vector: StructVector, type: ColumnType): void {
  const { fields } = type as { fields: readonly { name: string; type: ColumnType }[] };
  out.layout.v(fields.length);
  for (let k = 0; k < fields.length; k++) {
    const f = fields[k] as { name: string; type: ColumnType };
    const part = new SectionWriter();
    encodeNode(part, exact(vector.children[k] as Vector), f.type);
    out.layout.text(f.name);
    out.layout.v(part.layout.length);
    out.layout.v(part.bytes);
    out.append(part);
  }
}

function bytesOf(values: Int32Array | Float64Array, from: number, to: number): Uint8Array {
  const size = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + from * size, (to - from) * size);
}
