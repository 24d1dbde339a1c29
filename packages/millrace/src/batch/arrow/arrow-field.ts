/**
 * Arrow's schema as data, and to and from its messages.
 *
 *   millrace       Arrow                              field metadata
 *   bool           Bool
 *   int32          Int(32)
 *   int, int64     Int(64)                            millrace.kind
 *   float64        FloatingPoint(double)
 *   decimal        Decimal(p, s, 128)
 *   string         Utf8, or Dictionary<Int32, Utf8>
 *   oneOf          Dictionary<Int32, Utf8>            millrace.kind, millrace.values
 *   timestamp      Timestamp(ms, UTC)
 *   timestampNs    Timestamp(ns, UTC)
 *   binary         Binary
 *   list           List<item>
 *   struct         Struct
 *   open           Struct, a child an attribute       millrace.kind; of each child millrace.name and millrace.open (its kind)
 *
 * Further metadata: millrace.nullable "false" where nulls occur against the schema (under a null struct, or in columns
 * older than their event type), millrace.from and millrace.default for how input is read.
 * Format: https://arrow.apache.org/docs/format/Columnar.html, format/Schema.fbs
 */
import type { FlatTable } from "./flat-reader.js";
import { arrowError } from "./flat-reader.js";
import type { FlatWriter, Ref, Slot } from "./flat-writer.js";
import { i8, i16, i32, i64 } from "./flat-writer.js";

/** Codes of the union `Type`. */
export const T = {
  Null: 1,
  Int: 2,
  Float: 3,
  Binary: 4,
  Utf8: 5,
  Bool: 6,
  Decimal: 7,
  Date: 8,
  Time: 9,
  Timestamp: 10,
  Interval: 11,
  List: 12,
  Struct: 13,
  Union: 14,
  FixedSizeBinary: 15,
  FixedSizeList: 16,
  Map: 17,
  Duration: 18,
  LargeBinary: 19,
  LargeUtf8: 20,
  LargeList: 21,
} as const;

export interface ArrowType {
  /** One of `T`, or a code this release does not know. */
  readonly id: number;
  /** Bits of an Int or Decimal; the width of a fixed-size type; 0 else. */
  readonly width: number;
  readonly signed: boolean;
  /** FloatingPoint: 0 half, 1 single, 2 double. Date: 0 day, 1 ms. Timestamp: 0 s, 1 ms, 2 µs, 3 ns. */
  readonly unit: number;
  readonly precision: number;
  readonly scale: number;
}

export interface ArrowField {
  readonly name: string;
  readonly nullable: boolean;
  /** Of the values, where there is a dictionary. */
  readonly type: ArrowType;
  readonly dictionary: { readonly id: number; readonly index: ArrowType } | null;
  readonly children: readonly ArrowField[];
  readonly metadata: ReadonlyMap<string, string>;
}

export function arrowType(id: number, rest: Partial<ArrowType> = {}): ArrowType {
  return { id, width: 0, signed: true, unit: 0, precision: 0, scale: 0, ...rest };
}

export function writeSchema(out: FlatWriter, fields: readonly ArrowField[]): Ref {
  const refs = out.refs(fields.map((f) => writeField(out, f)));
  return out.table([i16(0), refs]);
}

function writeField(out: FlatWriter, f: ArrowField): Ref {
  const name = out.text(f.name);
  const type = writeType(out, f.type);
  const dictionary =
    f.dictionary === null ? null : out.table([i64(f.dictionary.id), writeType(out, f.dictionary.index), null]);
  const children = out.refs(f.children.map((child) => writeField(out, child)));
  const pairs = [...f.metadata].map(([key, value]) => out.table([out.text(key), out.text(value)]));
  const metadata = pairs.length === 0 ? null : out.refs(pairs);
  return out.table([name, i8(f.nullable ? 1 : 0), i8(f.type.id), type, dictionary, children, metadata]);
}

function writeType(out: FlatWriter, type: ArrowType): Ref {
  const slots: Slot[] = [];
  if (type.id === T.Int) slots.push(i32(type.width), i8(type.signed ? 1 : 0));
  if (type.id === T.Float) slots.push(i16(type.unit));
  if (type.id === T.Decimal) slots.push(i32(type.precision), i32(type.scale), i32(type.width));
  if (type.id === T.Timestamp) slots.push(i16(type.unit), out.text("UTC"));
  return out.table(slots);
}

const DEPTH_MAX = 32;
const FIELDS_MAX = 100_000;

/** Fields of a Schema table. Throws `DECODE` for what cannot be a schema; unknown types come through. */
export function readSchema(schema: FlatTable): ArrowField[] {
  if (schema.i16(0) !== 0) throw arrowError("big-endian data is not supported");
  let count = 0;
  const read = (field: FlatTable, depth: number): ArrowField => {
    if (depth > DEPTH_MAX || ++count > FIELDS_MAX) throw arrowError("a schema nested or repeated without end");
    const encoding = field.table(4);
    return {
      name: field.text(0) ?? "",
      nullable: field.i8(1) !== 0,
      type: readType(field.i8(2), field.table(3)),
      dictionary: encoding === null ? null : { id: encoding.i64(0), index: indexType(encoding.table(1)) },
      children: field.tables(5).map((child) => read(child, depth + 1)),
      metadata: new Map(field.tables(6).map((pair) => [pair.text(0) ?? "", pair.text(1) ?? ""])),
    };
  };
  return schema.tables(1).map((field) => read(field, 0));
}

function indexType(table: FlatTable | null): ArrowType {
  return table === null ? arrowType(T.Int, { width: 32 }) : readType(T.Int, table);
}

function readType(id: number, table: FlatTable | null): ArrowType {
  if (table === null) throw arrowError("a field without a type");
  switch (id) {
    case T.Int:
      return arrowType(id, { width: table.i32(0), signed: table.i8(1) !== 0 });
    case T.Float:
      return arrowType(id, { unit: table.i16(0) });
    case T.Decimal:
      return arrowType(id, { precision: table.i32(0), scale: table.i32(1), width: table.i32(2, 128) });
    case T.Date:
      return arrowType(id, { unit: table.i16(0, 1) });
    case T.Timestamp:
      return arrowType(id, { unit: table.i16(0) });
    case T.FixedSizeBinary:
    case T.FixedSizeList:
      return arrowType(id, { width: table.i32(0) });
    default:
      return arrowType(id);
  }
}
