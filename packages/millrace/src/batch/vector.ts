/**
 * Vectors: one column of a batch, in Arrow's memory layout. Plain data objects, so that they cross threads by
 * structured clone; the buffers may be views into a larger one, and are never written to once the vector is made.
 *
 * `validity` is null when no row is null; else one bit a row, 1 = there is a value. The value of a null row is
 * unspecified (zero where the engine made it).
 */
export type Vector =
  | BoolVector
  | Int32Vector
  | Int64Vector
  | Float64Vector
  | DecimalVector
  | Utf8Vector
  | DictVector
  | BinaryVector
  | ListVector
  | StructVector
  | OpenVector;

interface Base {
  /** Rows. */
  readonly length: number;
  readonly validity: Uint8Array | null;
}

/** bool: a bit a row. */
export interface BoolVector extends Base {
  readonly kind: "bool";
  readonly bits: Uint8Array;
}

export interface Int32Vector extends Base {
  readonly kind: "int32";
  readonly values: Int32Array;
}

/** int, int64, timestamp, timestampNs: two little-endian 32-bit words a row, low word first. */
export interface Int64Vector extends Base {
  readonly kind: "int64";
  readonly words: Int32Array;
}

export interface Float64Vector extends Base {
  readonly kind: "float64";
  readonly values: Float64Array;
}

/** decimal: the unscaled int128, four little-endian 32-bit words a row. The scale is the type's. */
export interface DecimalVector extends Base {
  readonly kind: "decimal";
  readonly words: Int32Array;
}

/** Plain strings: row i is bytes[offsets[i], offsets[i + 1]) in UTF-8. `offsets` has length + 1 entries. */
export interface Utf8Vector extends Base {
  readonly kind: "utf8";
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Strings by code into a dictionary of distinct values without nulls. Codes are in the order of first appearance: no order of values. */
export interface DictVector extends Base {
  readonly kind: "dict";
  readonly codes: Int32Array;
  readonly dict: Utf8Vector;
}

export interface BinaryVector extends Base {
  readonly kind: "binary";
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Row i is child rows [offsets[i], offsets[i + 1]). */
export interface ListVector extends Base {
  readonly kind: "list";
  readonly offsets: Int32Array;
  readonly child: Vector;
}

/** Children in the order of the type's fields, each as long as this. */
export interface StructVector extends Base {
  readonly kind: "struct";
  readonly children: readonly Vector[];
}

/** Attributes not in the schema. A name met with values of two kinds has two entries. Sorted by name, then kind. */
export interface OpenVector extends Base {
  readonly kind: "open";
  readonly attributes: readonly OpenAttribute[];
}

export type OpenKind = "string" | "float64" | "int64" | "bool" | "json";

export interface OpenAttribute {
  readonly name: string;
  /** json: a list, kept as its JSON text. A whole number but -0 is int64 (any size), another number float64. */
  readonly kind: OpenKind;
  /** Rows that have it, ascending; value j belongs to row rows[j]. */
  readonly rows: Int32Array;
  /** Non-null values, as many as `rows`. string and json are utf8 or dict. */
  readonly values: Vector;
}

export const WORD = 4_294_967_296;

/** Row `row` of an int64 vector as a number: exact within ±2^53. */
export function int64AsNumber(words: Int32Array, row: number): number {
  return (words[2 * row + 1] as number) * WORD + ((words[2 * row] as number) >>> 0);
}

export function int64AsBigint(words: Int32Array, row: number): bigint {
  return (BigInt(words[2 * row + 1] as number) << 32n) | BigInt((words[2 * row] as number) >>> 0);
}

export function setInt64Number(words: Int32Array, row: number, value: number): void {
  words[2 * row] = value % WORD;
  words[2 * row + 1] = Math.floor(value / WORD);
}

export function setInt64Bigint(words: Int32Array, row: number, value: bigint): void {
  words[2 * row] = Number(BigInt.asIntN(32, value));
  words[2 * row + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

export function isValid(vector: Vector, row: number): boolean {
  return vector.validity === null || ((vector.validity[row >> 3] as number) & (1 << (row & 7))) !== 0;
}
