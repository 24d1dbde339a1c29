/**
 * Rows of a schema as bytes, for the store: msgpack arrays of values in the schema's order. The same row gives the
 * same bytes, on every machine:
 *
 *   float64      NaN and -0 as the texts "NaN" and "-0": their bits, or sign, would not come through msgpack
 *   int64, timestampNs   msgpack int64;   decimal   its text at the column's scale
 *   list, struct         arrays;          open      [name, kind, value, …] by name, then kind (its code in a chunk)
 *
 * A row written before columns were added at the end reads as having null there.
 */
import { Packr, Unpackr } from "msgpackr";
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import { OPEN_KINDS } from "../batch/chunk-format.js";
import { vectorOf } from "../batch/layout.js";
import type { OpenEntry } from "../batch/open.js";
import { OpenRow, OpenVectorRow, OwnOpenRow } from "../batch/open.js";
import type { OpenVector } from "../batch/vector.js";
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import { typeText } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";

const OPTIONS = { useRecords: false, mapsAsObjects: true, int64AsType: "bigint" } as const;
const packr = new Packr(OPTIONS);
const unpackr = new Unpackr(OPTIONS);

export class RowCodec {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /**
   * The row's bytes, the caller's to keep; absent and undefined are null. Throws `DECODE` for a value that is not of its
   * column's type.
   */
  encode(row: Readonly<Record<string, unknown>>): Uint8Array {
    return this.encodeValues(this.#schema.fields.map((f) => row[f.name]));
  }

  /** The same of the row's values, in the schema's order. */
  encodeValues(values: readonly unknown[]): Uint8Array {
    return packr.pack(this.#schema.fields.map((f, k) => stored(f, values[k])));
  }

  /** Values as programs see them; binary values are copies. Throws `CORRUPT` for bytes that `encode` did not make. */
  decode(bytes: Uint8Array): Record<string, Value> {
    const values = unpack(bytes);
    const row: Record<string, Value> = {};
    const { fields } = this.#schema;
    for (let k = 0; k < fields.length; k++)
      row[(fields[k] as Field).name] = restored((fields[k] as Field).type, values[k]);
    return row;
  }
}

function unpack(bytes: Uint8Array): readonly unknown[] {
  let values: unknown;
  try {
    values = unpackr.unpack(bytes);
  } catch (cause) {
    throw new MillraceError("CORRUPT", "a stored row cannot be read", { cause });
  }
  if (!Array.isArray(values)) throw new MillraceError("CORRUPT", "a stored row is not a list of values");
  return values;
}

function stored(f: Field, value: unknown): unknown {
  const { type } = f;
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "int32":
    case "int":
    case "timestamp":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      break;
    case "int64":
    case "timestampNs":
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value;
      break;
    case "float64":
      if (typeof value === "number") return storedFloat(value);
      break;
    case "decimal": {
      const scaled = value instanceof Decimal ? value.rescale(type.scale) : null;
      if (scaled !== null) return scaled.toString();
      break;
    }
    case "string":
    case "oneOf":
      if (typeof value === "string") return value;
      break;
    case "binary":
      // A plain view: msgpackr writes a Buffer's and a Uint8Array's bytes alike only when it sees the same class.
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
      break;
    case "list":
      if (Array.isArray(value)) return value.map((item) => stored(type.item, item));
      break;
    case "struct":
      if (typeof value === "object")
        return type.fields.map((inner) => stored(inner, (value as Record<string, unknown>)[inner.name]));
      break;
    case "open":
      if (typeof value === "object") return storedOpen(value);
      break;
  }
  throw new MillraceError(
    "DECODE",
    `column "${f.name}" expects ${typeText(type, f.nullable)}, got ${typeof value} ${String(value).slice(0, 60)}`,
  );
}

function storedOpen(value: object): unknown[] {
  const row = value instanceof OpenRow ? value : openOf(value as Record<string, unknown>);
  return row
    .entries()
    .flatMap(({ name, kind, value: held }) => [
      name,
      OPEN_KINDS.indexOf(kind),
      kind === "float64" ? storedFloat(held as number) : held,
    ]);
}

function storedFloat(value: number): number | string {
  return Object.is(value, -0) ? "-0" : Number.isNaN(value) ? "NaN" : value;
}

function restoredFloat(value: unknown): number {
  return typeof value === "string" ? (value === "-0" ? -0 : Number.NaN) : (value as number);
}

function openOf(attributes: Record<string, unknown>): OpenRow {
  return new OpenVectorRow(vectorOf({ kind: "open" }, [attributes]) as OpenVector, 0);
}

function restoredOpen(flat: readonly unknown[]): OpenRow {
  const entries: OpenEntry[] = [];
  for (let k = 0; k + 2 < flat.length; k += 3) {
    const kind = OPEN_KINDS[flat[k + 1] as number];
    if (kind === undefined) throw new MillraceError("CORRUPT", "a stored row has an attribute of no known kind");
    const held = flat[k + 2] as OpenEntry["value"];
    entries.push({ name: flat[k] as string, kind, value: kind === "float64" ? restoredFloat(held) : held });
  }
  return new OwnOpenRow(entries);
}

function restored(type: ColumnType, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "int64":
    case "timestampNs":
      return typeof value === "bigint" ? value : BigInt(value as number);
    case "float64":
      return restoredFloat(value);
    case "decimal":
      return Decimal.parse(value as string).rescale(type.scale);
    case "binary":
      return Uint8Array.from(value as Uint8Array);
    case "list":
      return (value as unknown[]).map((item) => restored(type.item.type, item));
    case "struct": {
      const object: Record<string, Value> = {};
      type.fields.forEach((inner, k) => {
        object[inner.name] = restored(inner.type, (value as unknown[])[k]);
      });
      return object;
    }
    case "open":
      return restoredOpen(value as unknown[]);
    default:
      return value as Value;
  }
}
