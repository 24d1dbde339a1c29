/**
 * Avro object container files, from bytes that nobody vouches for.
 *
 *   "Obj\x01" | metadata: avro.schema, avro.codec | sync | block: rows, bytes, data, sync | block …
 *
 * The writer's schema says what the rows are; it must be one that an event type could have (schema/exchange/avro.ts), so
 * no value can be larger than its bytes: lists are bounded by what is left of their block. Codecs: null, deflate, snappy.
 *
 * Source: the Apache Avro 1.12 specification, "Object Container Files" and "Binary Encoding".
 */
import { crc32, inflateRawSync } from "node:zlib";
import { uncompressSync } from "snappy";
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import type { Schema } from "../schema/column-type.js";
import { schemaOfAvro } from "../schema/exchange/avro.js";
import { AvroBytes, avroError } from "./avro-bytes.js";

/** The most unpacked bytes of one block. */
const BLOCK_BYTES_MAX = 64 << 20;
const SYNC = 16;

export class AvroContainer {
  /** Of the rows, as columns. */
  readonly schema: Schema;
  readonly #from: AvroBytes;
  readonly #codec: string;
  readonly #sync: Buffer;
  readonly #read: Read;

  /** Throws `DECODE` for what is no container, or has a schema that no event type can have. */
  constructor(bytes: Buffer) {
    if (bytes.length < 4 || bytes.toString("latin1", 0, 4) !== "Obj\x01")
      throw avroError(
        "it does not begin like an object container file",
        "Send a container file: the schema must come with the rows.",
      );
    this.#from = new AvroBytes(bytes, 4);
    const meta = metadataOf(this.#from);
    this.#sync = this.#from.take(SYNC);
    this.#codec = meta.get("avro.codec")?.toString() ?? "null";
    if (!["null", "deflate", "snappy"].includes(this.#codec))
      throw avroError(
        `the codec ${JSON.stringify(this.#codec.slice(0, 50))} is not read`,
        "Write with null, deflate or snappy.",
      );
    const text = meta.get("avro.schema")?.toString() ?? "";
    try {
      this.schema = schemaOfAvro(text).schema;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      throw new MillraceError("DECODE", error.message, error.hint === undefined ? {} : { hint: error.hint });
    }
    if (hasEmpty(this.schema)) throw avroError("a record without fields");
    this.#read = new Readers().of(JSON.parse(text));
  }

  /** Rows in order. Throws `DECODE` where the bytes are damaged or end within a block. */
  *rows(): Generator<Readonly<Record<string, unknown>>> {
    while (!this.#from.ended) {
      const count = this.#from.size("rows of a block");
      const data = this.#unpacked(this.#from.take(this.#from.size("bytes of a block")));
      if (!this.#from.take(SYNC).equals(this.#sync))
        throw avroError("a block does not end with the file's own mark: the bytes are damaged");
      const block = new AvroBytes(data, 0);
      for (let row = 0; row < count; row++) yield this.#read(block) as Readonly<Record<string, unknown>>;
      if (!block.ended) throw avroError(`a block has bytes behind its ${count} rows`);
    }
  }

  #unpacked(data: Buffer): Buffer {
    try {
      if (this.#codec === "deflate") return inflateRawSync(data, { maxOutputLength: BLOCK_BYTES_MAX });
      if (this.#codec === "snappy") return unsnapped(data);
      return data;
    } catch (error) {
      throw avroError(`a block can't be unpacked (${this.#codec}): ${(error as Error).message}`);
    }
  }
}

function unsnapped(data: Buffer): Buffer {
  const packed = data.subarray(0, -4);
  // The length comes first, as a varint: a small block may claim to be a large one.
  let size = 0;
  for (let k = 0; k < 5; k++) {
    const byte = packed[k] ?? 0;
    size += (byte & 127) * 2 ** (7 * k);
    if (byte < 128) break;
  }
  if (size > BLOCK_BYTES_MAX) throw avroError(`it has ${size} bytes, at most ${BLOCK_BYTES_MAX} are read`);
  const unpacked = uncompressSync(packed) as Buffer;
  if (crc32(unpacked) !== data.readUInt32BE(data.length - 4)) throw avroError("its checksum is wrong");
  return unpacked;
}

function metadataOf(from: AvroBytes): Map<string, Buffer> {
  const meta = new Map<string, Buffer>();
  from.items(() => {
    const key = from.take(from.size("bytes")).toString();
    meta.set(key, from.take(from.size("bytes")));
  });
  return meta;
}

function hasEmpty({ fields }: Schema): boolean {
  return (
    fields.length === 0 ||
    fields.some(({ type }) => {
      const inner = type.kind === "list" ? type.item.type : type;
      return inner.kind === "struct" && hasEmpty({ fields: inner.fields });
    })
  );
}

type Read = (from: AvroBytes) => unknown;
type Json = Readonly<Record<string, unknown>>;

/** Readers of the values of a schema that has been checked. */
class Readers {
  readonly #named = new Map<string, Read>();

  of(avro: unknown): Read {
    if (typeof avro === "string") return SIMPLE[avro] ?? (this.#named.get(last(avro)) as Read);
    if (Array.isArray(avro)) {
      const options = avro.map((one) => (one === "null" ? () => null : this.of(one)));
      return (from) => {
        const option = options[Number(from.long())];
        if (option === undefined) throw avroError("a union's value is of none of its types");
        return option(from);
      };
    }
    const { type, logicalType, items, symbols, size, scale, name } = avro as Json;
    const named = (read: Read): Read => {
      this.#named.set(last(String(name)), read);
      return read;
    };
    if (type === "record") return named(this.#record(avro as Json));
    if (type === "enum")
      return named((from) => {
        const symbol = (symbols as readonly string[])[Number(from.long())];
        if (symbol === undefined) throw avroError("an enum's value is none of its symbols");
        return symbol;
      });
    if (type === "array") {
      const item = this.of(items);
      return (from) => {
        const list: unknown[] = [];
        from.items(() => list.push(item(from)));
        return list;
      };
    }
    if (type === "fixed" && !(Number(size) > 0)) throw avroError("a fixed type without bytes");
    if (type === "fixed" || type === "bytes") {
      const bytes: Read =
        type === "bytes" ? (from) => from.take(from.size("bytes")) : (from) => from.take(Number(size));
      const read: Read =
        logicalType === "decimal" ? (from) => decimalOf(bytes(from) as Buffer, Number(scale ?? 0)) : bytes;
      return type === "fixed" ? named(read) : read;
    }
    if (type === "long" && logicalType === "timestamp-millis") return (from) => Number(from.long());
    if (type === "long" && logicalType === "timestamp-micros") return (from) => from.long() * 1000n;
    return this.of(type);
  }

  #record({ fields }: Json): Read {
    const members = (fields as readonly Json[]).map(({ name, type }) => ({ name: String(name), read: this.of(type) }));
    return (from) => {
      const row: Record<string, unknown> = {};
      for (const { name, read } of members) row[name] = read(from);
      return row;
    };
  }
}

const SIMPLE: Readonly<Record<string, Read>> = {
  boolean: (from) => from.take(1)[0] === 1,
  int: (from) => Number(BigInt.asIntN(32, from.long())),
  long: (from) => from.long(),
  float: (from) => from.take(4).readFloatLE(0),
  double: (from) => from.take(8).readDoubleLE(0),
  bytes: (from) => from.take(from.size("bytes")),
  string: (from) => from.text(),
};

function last(name: string): string {
  return name.split(".").at(-1) as string;
}

function decimalOf(bytes: Buffer, scale: number): Decimal {
  if (bytes.length > 32) throw avroError(`a decimal of ${bytes.length} bytes`);
  const digits = bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString("hex")}`));
  return new Decimal(digits, scale);
}
