/** From a section and its node (see chunk-encode.ts) back to a vector; the asked type says what is wanted. */
import { uncompressSync } from "snappy";
import { bitmapBytes } from "../base/bits.js";
import type { ColumnKind, ColumnType, Field } from "../schema/column-type.js";
import type { ByteReader } from "./chunk-bytes.js";
import * as format from "./chunk-format.js";
import { codesOf, narrowView, offsetsOf, widenInt32, widenInt64 } from "./narrow-ints.js";
import { absentVector, nullVector } from "./null-vector.js";
import type { DecimalVector, DictVector, ListVector, StructVector, Utf8Vector, Vector } from "./vector.js";

/** Bytes that decoding may allocate: what keeps a small hostile chunk from asking for all memory. */
/** What a chunk of any size may decode to: 65,536 rows of almost a thousand constant columns. */
const DECODED_BYTES_MIN = 1024 ** 3;

export class DecodeBudget {
  #left: number;

  constructor(chunkBytes: number) {
    this.#left = DECODED_BYTES_MIN + 32 * chunkBytes;
  }

  use(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw format.corrupt("it says that it decodes to more than its size allows");
  }
}

/** One section being read. `bytes` begin at a multiple of 8 in their buffer. */
export class SectionReader {
  readonly layout: ByteReader;
  readonly budget: DecodeBudget;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(layout: ByteReader, bytes: Uint8Array, budget: DecodeBudget) {
    this.layout = layout;
    this.budget = budget;
    this.#bytes = bytes;
  }

  /** The next buffer: `size` bytes when uncompressed, at a multiple of 8; a view unless it was compressed. */
  buffer(size: number): Uint8Array {
    const stored = this.layout.v();
    const codec = this.layout.u8();
    const bytes = this.#take(stored);
    if (codec === format.CODEC_RAW) {
      if (stored !== size) throw format.corrupt(`a buffer of ${stored} bytes where ${size} are needed`);
      return bytes;
    }
    if (codec !== format.CODEC_SNAPPY) throw format.corrupt(`a buffer of unknown compression ${codec}`);
    if (this.layout.v() !== size) throw format.corrupt(`a buffer that is not of the ${size} bytes needed`);
    this.budget.use(size);
    return uncompressed(bytes, size);
  }

  /** A reader of the next `layoutBytes` and `sectionBytes`, which this one passes over. */
  part(layoutBytes: number, sectionBytes: number): SectionReader {
    const layout = this.layout.part(layoutBytes);
    return new SectionReader(layout, this.#take(sectionBytes), this.budget);
  }

  #take(size: number): Uint8Array {
    const from = this.#at;
    const next = from + format.align8(size);
    if (next > this.#bytes.length) throw format.corrupt("a buffer reaches past its section");
    this.#at = next;
    return this.#bytes.subarray(from, from + size);
  }
}

/** `rows` rows of type `type`; what the chunk has under another kind is widened where no value changes. */
export function decodeNode(from: SectionReader, type: ColumnType, rows: number): Vector {
  const { layout } = from;
  const stored = format.STORED_KINDS[layout.u8()];
  if (stored === undefined || !readsAs(stored, type.kind))
    throw format.corrupt(`a column of ${stored ?? "unknown kind"}, not ${type.kind}`);
  const nulls = layout.u8();
  if (nulls > format.SOME_NULL) throw format.corrupt(`validity of unknown form ${nulls}`);
  if (nulls === format.ALL_NULL) {
    from.budget.use(rows * 17);
    return nullVector(type, rows);
  }
  const validity = nulls === format.SOME_NULL ? from.buffer(bitmapBytes(rows)) : null;
  const base = { length: rows, validity };
  switch (type.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: from.buffer(bitmapBytes(rows)) };
    case "int32":
      return { kind: "int32", ...base, values: decodeInt32(from, rows) };
    case "int":
    case "int64":
    case "timestamp":
    case "timestampNs":
      return {
        kind: "int64",
        ...base,
        words: stored === "int32" ? signExtended(decodeInt32(from, rows), 2) : decodeInt64(from, rows),
      };
    case "float64":
      return {
        kind: "float64",
        ...base,
        values: stored === "int32" ? Float64Array.from(decodeInt32(from, rows)) : decodeFloat64(from, rows),
      };
    case "decimal":
      return decodeDecimal(from, base, type.scale);
    case "string":
    case "oneOf":
      return decodeStrings(from, base);
    case "binary":
      return { kind: "binary", ...base, ...decodePlain(from, rows) };
    case "list":
      return decodeList(from, base, type.item.type);
    case "struct":
      return decodeStruct(from, base, type.fields);
    case "open":
      throw format.corrupt("an open column within another");
  }
}

function readsAs(stored: ColumnKind, asked: ColumnKind): boolean {
  if (stored === asked) return true;
  if (stored === "int32") return asked === "int" || asked === "int64" || asked === "float64";
  if (stored === "int") return asked === "int64";
  return (stored === "string" && asked === "oneOf") || (stored === "oneOf" && asked === "string");
}

type Base = { readonly length: number; readonly validity: Uint8Array | null };

function decodeInt32(from: SectionReader, rows: number): Int32Array {
  const width = widthAt(from, false);
  const min = from.layout.i32();
  if (width === 4) return int32View(from.buffer(4 * rows));
  from.budget.use(4 * rows);
  if (width === 0) return new Int32Array(rows).fill(min);
  return widenInt32(narrowView(from.buffer(width * rows), width as 1 | 2), min, rows);
}

function decodeInt64(from: SectionReader, rows: number): Int32Array {
  const width = widthAt(from, true);
  const low = from.layout.i32();
  const high = from.layout.i32();
  if (width === 8) return int32View(from.buffer(8 * rows));
  from.budget.use(8 * rows);
  if (width !== 0) return widenInt64(narrowView(from.buffer(width * rows), width), low, high, rows);
  const words = new Int32Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return words;
}

function decodeFloat64(from: SectionReader, rows: number): Float64Array {
  const bytes = from.buffer(8 * rows);
  return new Float64Array(bytes.buffer, bytes.byteOffset, rows);
}

function decodeDecimal(from: SectionReader, base: Base, scale: number): DecimalVector {
  const stored = from.layout.u8();
  if (stored !== scale) throw format.corrupt(`a decimal column of scale ${stored}, not ${scale}`);
  const form = from.layout.u8();
  if (form === format.FORM_WORDS4) return { kind: "decimal", ...base, words: int32View(from.buffer(16 * base.length)) };
  if (form !== format.FORM_WORDS2) throw format.corrupt(`a decimal column of unknown form ${form}`);
  from.budget.use(16 * base.length);
  const low = decodeInt64(from, base.length);
  const words = new Int32Array(4 * base.length);
  for (let i = 0; i < base.length; i++) {
    const high = low[2 * i + 1] as number;
    words[4 * i] = low[2 * i] as number;
    words[4 * i + 1] = high;
    words[4 * i + 2] = words[4 * i + 3] = high >> 31;
  }
  return { kind: "decimal", ...base, words };
}

function decodeStrings(from: SectionReader, base: Base): Utf8Vector | DictVector {
  const form = from.layout.u8();
  if (form === format.FORM_PLAIN) return { kind: "utf8", ...base, ...decodePlain(from, base.length) };
  if (form !== format.FORM_DICT) throw format.corrupt(`a column of strings of unknown form ${form}`);
  const count = from.layout.v();
  if (count > base.length || (count === 0 && base.length > 0))
    throw format.corrupt(`a dictionary of ${count} values for ${base.length} rows`);
  const dict: Utf8Vector = { kind: "utf8", length: count, validity: null, ...decodePlain(from, count) };
  return { kind: "dict", ...base, codes: decodeCodes(from, count, base.length), dict };
}

function decodeCodes(from: SectionReader, count: number, rows: number): Int32Array {
  const width = widthAt(from, false);
  from.budget.use(4 * rows);
  if (width === 0) return new Int32Array(rows);
  const codes = codesOf(narrowView(from.buffer(width * rows), width as 1 | 2 | 4), count, rows);
  if (codes === null) throw format.corrupt(`a code beyond its dictionary of ${count} values`);
  return codes;
}

function decodePlain(from: SectionReader, rows: number): { offsets: Int32Array; bytes: Uint8Array } {
  const offsets = decodeOffsets(from, rows, 0x7fffffff);
  return { offsets, bytes: from.buffer(offsets[rows] as number) };
}

function decodeOffsets(from: SectionReader, rows: number, most: number): Int32Array {
  const width = widthAt(from, false);
  const min = from.layout.v();
  from.budget.use(4 * rows + 4);
  const narrow = width === 0 ? null : narrowView(from.buffer(width * rows), width as 1 | 2 | 4);
  const offsets = offsetsOf(narrow, min, rows, most);
  if (offsets === null) throw format.corrupt(`lengths that add up to more than ${most}`);
  return offsets;
}

/** Rows of an open attribute, ascending and below `length`. */
export function decodeRows(from: SectionReader, count: number, length: number): Int32Array {
  if (count > length) throw format.corrupt(`an attribute of ${count} rows in ${length}`);
  // The end of gap j, with the j rows before it counted in, is row j.
  const ends = decodeOffsets(from, count, length - count);
  const rows = new Int32Array(count);
  for (let j = 0; j < count; j++) rows[j] = (ends[j + 1] as number) + j;
  return rows;
}

function decodeList(from: SectionReader, base: Base, item: ColumnType): ListVector {
  const offsets = decodeOffsets(from, base.length, format.CHUNK_ROWS_MAX * 16);
  return { kind: "list", ...base, offsets, child: decodeNode(from, item, offsets[base.length] as number) };
}

function decodeStruct(from: SectionReader, base: Base, fields: readonly Field[]): StructVector {
  const parts = new Map<string, SectionReader>();
  const count = from.layout.v();
  for (let k = 0; k < count; k++) {
    const name = from.layout.text();
    const layoutBytes = from.layout.v();
    const sectionBytes = from.layout.v();
    parts.set(name, from.part(layoutBytes, sectionBytes));
  }
  const children = fields.map((f) => {
    const part = parts.get(f.name);
    if (part !== undefined) return decodeNode(part, f.type, base.length);
    from.budget.use(base.length * 17);
    return absentVector(f, base.length);
  });
  return { kind: "struct", ...base, children };
}

function widthAt(from: SectionReader, wide: boolean): 0 | 1 | 2 | 4 | 8 {
  const width = from.layout.u8();
  if (width === 0 || width === 1 || width === 2 || width === 4 || (width === 8 && wide)) return width;
  throw format.corrupt(`integers of ${width} bytes`);
}

function signExtended(values: Int32Array, stride: 2): Int32Array {
  const words = new Int32Array(stride * values.length);
  for (let i = 0; i < values.length; i++) {
    words[stride * i] = values[i] as number;
    words[stride * i + 1] = (values[i] as number) >> 31;
  }
  return words;
}

function int32View(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}

/** Snappy begins with the size it unpacks to, and allocates it unseen: so that is looked at first, and what `size` can come of so few bytes. */
function uncompressed(bytes: Uint8Array, size: number): Uint8Array {
  let said = 0;
  for (let k = 0; k < 5; k++) {
    const byte = bytes[k] ?? 0;
    said += (byte & 127) * 2 ** (7 * k);
    if (byte < 128) break;
  }
  if (said !== size || size > 24 * bytes.length + 64) throw format.corrupt("a compressed buffer says another size");
  let raw: Uint8Array;
  try {
    raw = uncompressSync(bytes, { asBuffer: true, copyOutputData: true }) as Buffer;
  } catch (cause) {
    throw format.corrupt("a compressed buffer does not unpack", cause);
  }
  if (raw.length !== size) throw format.corrupt("a compressed buffer unpacks to another size");
  return (raw.byteOffset & 7) === 0 ? raw : new Uint8Array(raw);
}
