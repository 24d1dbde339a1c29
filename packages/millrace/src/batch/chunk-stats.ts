/**
 * Statistics of one stored column, by which a scan passes over a chunk without decoding it.
 *
 *   v nulls, v distinct + 1 (0 = unknown), u8 flags, [min, max], extensions
 *   flags: 1 there are min and max, 2 a NaN was left out
 *   min, max: u8 tag and the value: 1 number as float64, 2 int64, 3 text of at most 64 bytes, 4 bool
 *
 * A bound is safe, not always tight: no value is below min or above max, NaN aside. Strings compare as JavaScript's
 * do, by UTF-16 code units; a bound of long strings is a cut one.
 */
import { isAscii } from "node:buffer";
import type { ColumnType } from "../schema/column-type.js";
import { countBits } from "./bit-range.js";
import type { ByteReader, ByteWriter } from "./chunk-bytes.js";
import { corrupt } from "./chunk-format.js";
import type { Int32Range, Int64Range } from "./int-range.js";
import { rangeBigints, rangeNumbers } from "./int-range.js";
import { bytesAt, stringsOf } from "./strings.js";
import type { BoolVector, DictVector, Utf8Vector, Vector } from "./vector.js";

/** number: int32, int, float64, timestamp; bigint: int64, timestampNs; text: string, oneOf. Decimals, binary and nested columns have no bounds. */
export type StatValue = number | bigint | string | boolean;

export interface ColumnStats {
  /** Null rows. */
  readonly nulls: number;
  /** Different values (of a column with a dictionary), nulls aside; null when not known. */
  readonly distinct: number | null;
  /** No value is smaller. Null when not known, or there is no value. */
  readonly min: StatValue | null;
  /** No value is larger. Null exactly when `min` is. */
  readonly max: StatValue | null;
  /** Some value is NaN, which is neither below min nor above max. */
  readonly nan: boolean;
}

export const TEXT_BOUND_BYTES = 64;

interface Bounds {
  readonly min: StatValue;
  readonly max: StatValue;
  readonly nan?: boolean;
}

/** What encoding an integer column found out about it. */
export interface KnownRanges {
  readonly range32: Int32Range | null;
  readonly range64: Int64Range | null;
}

/** Statistics of a column as encoded: a dictionary has no value that no row uses, and `known` is of this column. */
export function statsOf(vector: Vector, type: ColumnType, known: KnownRanges): ColumnStats {
  const nulls = vector.validity === null ? 0 : vector.length - countBits(vector.validity, vector.length);
  const none = { nulls, distinct: null, min: null, max: null, nan: false };
  if (nulls === vector.length)
    return vector.kind === "dict" || vector.kind === "utf8" ? { ...none, distinct: 0 } : none;
  const distinct = vector.kind === "dict" ? vector.dict.length : null;
  return { ...none, distinct, ...boundsOf(vector, type, known) };
}

function boundsOf(vector: Vector, type: ColumnType, known: KnownRanges): Bounds | { nan: boolean } | null {
  switch (vector.kind) {
    case "bool":
      return boolBounds(vector);
    case "int32":
      return known.range32;
    case "int64": {
      const range = known.range64;
      if (range === null) return null;
      return type.kind === "int64" || type.kind === "timestampNs" ? rangeBigints(range) : rangeNumbers(range);
    }
    case "float64":
      return floatBounds(vector.values, vector.validity, vector.length);
    case "utf8":
    case "dict":
      return textBounds(vector);
    default:
      return null;
  }
}

/** Whole numbers of an attribute are bigint only where a number would not hold both bounds: they read so, too. */
export function attributeStats(vector: Vector, type: ColumnType, known: KnownRanges): ColumnStats {
  const stats = statsOf(vector, type, known);
  if (typeof stats.min !== "bigint" || typeof stats.max !== "bigint") return stats;
  const min = Number(stats.min);
  const max = Number(stats.max);
  return Number.isSafeInteger(min) && Number.isSafeInteger(max) ? { ...stats, min, max } : stats;
}

function boolBounds({ bits, validity, length }: BoolVector): Bounds {
  let some = 0;
  for (let i = 0; i < length && some !== 3; i++)
    if (validity === null || ((validity[i >> 3] as number) & (1 << (i & 7))) !== 0)
      some |= ((bits[i >> 3] as number) & (1 << (i & 7))) !== 0 ? 2 : 1;
  return { min: some === 2, max: some !== 1 };
}

function floatBounds(values: Float64Array, validity: Uint8Array | null, n: number): Bounds | { nan: boolean } {
  let min = Infinity;
  let max = -Infinity;
  let nan = false;
  for (let i = 0; i < n; i++) {
    const value = values[i] as number;
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nan = true;
  }
  // Infinity alone keeps min where it began; nothing but NaN crosses them.
  return min > max ? { nan } : { min, max, nan };
}

function textBounds(vector: Utf8Vector | DictVector): Bounds | null {
  const plain = vector.kind === "dict" ? vector.dict : vector;
  const validity = vector.kind === "dict" ? null : vector.validity;
  const from = plain.offsets[0] ?? 0;
  const ascii = isAscii(plain.bytes.subarray(from, plain.offsets[plain.length] ?? from));
  const { min, max } = ascii ? asciiBounds(plain, validity) : unicodeBounds(plain, validity);
  const above = upperBound(max);
  return above === null ? null : { min: cutText(min), max: above };
}

/** In ASCII the order of bytes is the order of code units, and most rows are settled by their first byte. */
function asciiBounds(vector: Utf8Vector, validity: Uint8Array | null): { min: string; max: string } {
  const { offsets, bytes, length } = vector;
  let min = -1;
  let max = -1;
  let minFirst = 0;
  let maxFirst = 0;
  for (let i = 0; i < length; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    const at = offsets[i] as number;
    const first = at === offsets[i + 1] ? -1 : (bytes[at] as number);
    if (min >= 0 && first > minFirst && first < maxFirst) continue;
    if (min < 0 || first < minFirst || (first === minFirst && compareRows(vector, i, min) < 0)) {
      min = i;
      minFirst = first;
    }
    if (max < 0 || first > maxFirst || (first === maxFirst && compareRows(vector, i, max) > 0)) {
      max = i;
      maxFirst = first;
    }
  }
  return { min: boundText(vector, min), max: boundText(vector, max) };
}

/** As much of an ASCII value as a bound looks at. */
function boundText(vector: Utf8Vector, row: number): string {
  const bytes = bytesAt(vector, row).subarray(0, TEXT_BOUND_BYTES + 1);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function compareRows({ offsets, bytes }: Utf8Vector, a: number, b: number): number {
  let i = offsets[a] as number;
  let j = offsets[b] as number;
  const iEnd = offsets[a + 1] as number;
  const jEnd = offsets[b + 1] as number;
  while (i < iEnd && j < jEnd && bytes[i] === bytes[j]) {
    i++;
    j++;
  }
  if (i === iEnd || j === jEnd) return iEnd - i - (jEnd - j);
  return (bytes[i] as number) - (bytes[j] as number);
}

function unicodeBounds(vector: Utf8Vector, validity: Uint8Array | null): { min: string; max: string } {
  const strings = stringsOf(vector);
  let min: string | undefined;
  let max: string | undefined;
  for (let i = 0; i < vector.length; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    const text = strings[i] as string;
    if (min === undefined || text < min) min = text;
    if (max === undefined || text > max) max = text;
  }
  return { min: min ?? "", max: max ?? "" };
}

/** A prefix of at most 64 bytes that does not cut a character: not above the text. */
function cutText(text: string): string {
  if (text.length <= TEXT_BOUND_BYTES && Buffer.byteLength(text) <= TEXT_BOUND_BYTES) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > TEXT_BOUND_BYTES) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The text, or a short one above it: its prefix with the last character raised; null when that cannot be. */
function upperBound(text: string): string | null {
  const cut = cutText(text);
  if (cut === text) return text;
  const last = cut.charCodeAt(cut.length - 1);
  // Raised, the character must still be one, and not longer: below U+007F, or within the two- and three-byte ranges.
  const room =
    last < 0x7f ||
    (last >= 0x80 && last < 0x7ff) ||
    (last >= 0x800 && last < 0xd7ff) ||
    (last >= 0xe000 && last < 0xfffe);
  return room ? cut.slice(0, -1) + String.fromCharCode(last + 1) : null;
}

const HAS_BOUNDS = 1;
const HAS_NAN = 2;

export function writeStats(out: ByteWriter, stats: ColumnStats): void {
  out.v(stats.nulls);
  out.v(stats.distinct === null ? 0 : stats.distinct + 1);
  out.u8((stats.min === null ? 0 : HAS_BOUNDS) | (stats.nan ? HAS_NAN : 0));
  if (stats.min === null || stats.max === null) return;
  writeBound(out, stats.min);
  writeBound(out, stats.max);
}

function writeBound(out: ByteWriter, value: StatValue): void {
  switch (typeof value) {
    case "number":
      out.u8(1);
      out.f64(value);
      break;
    case "bigint":
      out.u8(2);
      out.u32(Number(BigInt.asUintN(32, value)));
      out.u32(Number(BigInt.asUintN(32, value >> 32n)));
      break;
    case "string":
      out.u8(3);
      out.text(value);
      break;
    case "boolean":
      out.u8(4);
      out.u8(value ? 1 : 0);
      break;
  }
}

/** Reads what `writeStats` wrote; `from` may hold more, which a later release understands. */
export function readStats(from: ByteReader): ColumnStats {
  const nulls = from.v();
  const distinct = from.v();
  const flags = from.u8();
  const none = {
    nulls,
    distinct: distinct === 0 ? null : distinct - 1,
    min: null,
    max: null,
    nan: (flags & HAS_NAN) !== 0,
  };
  if ((flags & HAS_BOUNDS) === 0) return none;
  const min = readBound(from);
  const max = readBound(from);
  if (typeof min !== typeof max) throw corrupt("the bounds of a column are of two kinds");
  return { ...none, min, max };
}

function readBound(from: ByteReader): StatValue {
  const tag = from.u8();
  switch (tag) {
    case 1:
      return from.f64();
    case 2: {
      const low = from.u32();
      return (BigInt(from.i32()) << 32n) | BigInt(low);
    }
    case 3:
      return from.text();
    case 4:
      return from.u8() !== 0;
    default:
      throw corrupt(`a bound of unknown kind ${tag}`);
  }
}
