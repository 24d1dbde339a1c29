/**
 * Composite keys as bytes whose order is the order of the values, column by column.
 *
 *   null                     00
 *   bool                     01, 00 or 01
 *   int32 int timestamp      01, 8 bytes big endian, sign flipped        (int64, timestampNs the same)
 *   float64                  01, 8 bytes IEEE: sign flipped, or all bits where negative; -0 is 0, NaN is refused
 *   decimal                  01, 16 bytes big endian of the unscaled value at the column's scale, sign flipped
 *   string oneOf binary      01, bytes with 00 written as 00 FF, then 00 00
 *
 * Null comes first. Strings are ordered by code point (UTF-8 bytes), which differs from JavaScript's `<` beyond the
 * basic plane. No encoding is a prefix of another of its column, so prefixes of columns are prefixes of bytes, and
 * FF, which begins no value, closes the range of a prefix.
 */
import { Decimal } from "../base/decimal.js";
import { assert, MillraceError } from "../base/errors.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { typeText } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";

export interface KeyRange {
  /** First key (inclusive) and first key beyond (exclusive), as `RangeOptions` take them. */
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

const SIGN_32 = 1 << 31;
const SIGN_64 = 1n << 63n;
const SIGN_128 = 1n << 127n;

export class KeyCodec {
  readonly #fields: readonly Field[];

  /** For the key's columns in their order. Throws `PROGRAM` for a type that cannot be a key. */
  constructor(fields: readonly Field[]) {
    for (const { name, type } of fields)
      if (type.kind === "list" || type.kind === "struct" || type.kind === "open")
        throw new MillraceError("PROGRAM", `column "${name}" cannot be part of a key: ${typeText(type)} has no order`);
    this.#fields = fields;
  }

  /** The key of one value a column. Throws `DECODE` for a value that is not of its column's type, or NaN. */
  encode(values: readonly unknown[]): Uint8Array {
    assert(
      values.length === this.#fields.length,
      `${values.length} values for a key of ${this.#fields.length} columns`,
    );
    return this.#encode(values);
  }

  /** The range of all keys that begin with these values; no values: all keys. */
  encodePrefix(values: readonly unknown[]): KeyRange {
    assert(values.length <= this.#fields.length, `${values.length} values for a key of ${this.#fields.length} columns`);
    const from = this.#encode(values);
    const to = new Uint8Array(from.length + 1);
    to.set(from);
    to[from.length] = 0xff;
    return { from, to };
  }

  /** Throws `CORRUPT` for bytes that `encode` did not make. Binary values are copies. */
  decode(bytes: Uint8Array): Value[] {
    const reader = new KeyReader(bytes);
    const values = this.#fields.map(({ type }) => reader.value(type));
    reader.end();
    return values;
  }

  #encode(values: readonly unknown[]): Uint8Array {
    const parts: Buffer[] = [];
    for (let k = 0; k < values.length; k++) parts.push(encodeValue(this.#fields[k] as Field, values[k]));
    return Buffer.concat(parts);
  }
}

const NULL = Buffer.from([0]);

function encodeValue({ name, type }: Field, value: unknown): Buffer {
  if (value === null || value === undefined) return NULL;
  switch (type.kind) {
    case "bool":
      if (typeof value === "boolean") return Buffer.from([1, value ? 1 : 0]);
      break;
    case "int32":
    case "int":
    case "timestamp":
      if (typeof value === "number" && Number.isSafeInteger(value)) return wholeBytes(value);
      break;
    case "int64":
    case "timestampNs":
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return int64Bytes(value);
      break;
    case "float64":
      if (typeof value === "number" && !Number.isNaN(value)) return float64Bytes(value);
      break;
    case "decimal": {
      const scaled = value instanceof Decimal ? value.rescale(type.scale) : null;
      if (scaled !== null && BigInt.asIntN(128, scaled.unscaled) === scaled.unscaled)
        return int128Bytes(scaled.unscaled);
      break;
    }
    case "string":
    case "oneOf":
      if (typeof value === "string") return escaped(Buffer.from(value));
      break;
    case "binary":
      if (value instanceof Uint8Array) return escaped(value);
      break;
  }
  throw new MillraceError(
    "DECODE",
    `key column "${name}" expects ${typeText(type)}, got ${typeof value} ${String(value).slice(0, 60)}`,
  );
}

/** As `int64Bytes`, without a bigint. */
function wholeBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  const high = Math.floor(value / 2 ** 32);
  bytes[0] = 1;
  bytes.writeInt32BE(high ^ SIGN_32, 1);
  bytes.writeUInt32BE(value - high * 2 ** 32, 5);
  return bytes;
}

function int64Bytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = 1;
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value) ^ SIGN_64, 1);
  return bytes;
}

function int128Bytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(17);
  const sortable = BigInt.asUintN(128, value) ^ SIGN_128;
  bytes[0] = 1;
  bytes.writeBigUInt64BE(sortable >> 64n, 1);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, sortable), 9);
  return bytes;
}

function float64Bytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = 1;
  bytes.writeDoubleBE(value === 0 ? 0 : value, 1);
  if (value < 0) for (let k = 1; k < 9; k++) bytes[k] = ~(bytes[k] as number);
  else bytes[1] = (bytes[1] as number) ^ 0x80;
  return bytes;
}

function escaped(value: Uint8Array): Buffer {
  let zeros = 0;
  for (let k = 0; k < value.length; k++) if (value[k] === 0) zeros++;
  const bytes = Buffer.alloc(value.length + zeros + 3);
  bytes[0] = 1;
  let at = 1;
  for (let k = 0; k < value.length; k++) {
    bytes[at++] = value[k] as number;
    if (value[k] === 0) bytes[at++] = 0xff;
  }
  return bytes;
}

class KeyReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  value(type: ColumnType): Value {
    const mark = this.#take(1)[0];
    if (mark === 0) return null;
    if (mark !== 1) throw this.#corrupt();
    switch (type.kind) {
      case "bool":
        return this.#take(1)[0] === 1;
      case "int32":
      case "int":
      case "timestamp":
        return Number(this.#int64());
      case "int64":
      case "timestampNs":
        return this.#int64();
      case "float64":
        return this.#float64();
      case "decimal": {
        const bytes = this.#take(16);
        const sortable = (bytes.readBigUInt64BE(0) << 64n) | bytes.readBigUInt64BE(8);
        return new Decimal(BigInt.asIntN(128, sortable ^ SIGN_128), type.scale);
      }
      case "binary":
        return Uint8Array.from(this.#escaped());
      default:
        return this.#escaped().toString();
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#corrupt();
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw this.#corrupt();
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  #int64(): bigint {
    return BigInt.asIntN(64, this.#take(8).readBigUInt64BE(0) ^ SIGN_64);
  }

  #float64(): number {
    const bytes = Buffer.from(this.#take(8));
    if ((bytes[0] as number) >= 0x80) bytes[0] = (bytes[0] as number) ^ 0x80;
    else for (let k = 0; k < 8; k++) bytes[k] = ~(bytes[k] as number);
    return bytes.readDoubleBE(0);
  }

  #escaped(): Buffer {
    const out = Buffer.alloc(this.#bytes.length - this.#at);
    let length = 0;
    for (;;) {
      const byte = this.#take(1)[0] as number;
      if (byte === 0) {
        const next = this.#take(1)[0];
        if (next === 0) return out.subarray(0, length);
        if (next !== 0xff) throw this.#corrupt();
      }
      out[length++] = byte;
    }
  }

  #corrupt(): MillraceError {
    return new MillraceError("CORRUPT", `a stored key is not of its view's key columns (byte ${this.#at})`);
  }
}
