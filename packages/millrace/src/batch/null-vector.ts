/** Columns that a chunk written before the schema grew does not have. */
import { bitmapBytes } from "../base/bits.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import { checkValue } from "./check.js";
import { vectorOf } from "./layout.js";
import { takeVector } from "./take.js";
import type { Vector } from "./vector.js";

/** `length` nulls; of an open column, `length` rows without attributes. Owned. */
export function nullVector(type: ColumnType, length: number): Vector {
  const base = { length, validity: length === 0 ? null : new Uint8Array(bitmapBytes(length)) };
  switch (type.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: new Uint8Array(bitmapBytes(length)) };
    case "int32":
      return { kind: "int32", ...base, values: new Int32Array(length) };
    case "float64":
      return { kind: "float64", ...base, values: new Float64Array(length) };
    case "int":
    case "int64":
    case "timestamp":
    case "timestampNs":
      return { kind: "int64", ...base, words: new Int32Array(2 * length) };
    case "decimal":
      return { kind: "decimal", ...base, words: new Int32Array(4 * length) };
    case "string":
    case "oneOf": {
      const count = length === 0 ? 0 : 1;
      const dict = {
        kind: "utf8",
        length: count,
        validity: null,
        offsets: new Int32Array(count + 1),
        bytes: new Uint8Array(0),
      } as const;
      return { kind: "dict", ...base, codes: new Int32Array(length), dict };
    }
    case "binary":
      return { kind: "binary", ...base, offsets: new Int32Array(length + 1), bytes: new Uint8Array(0) };
    case "list":
      return { kind: "list", ...base, offsets: new Int32Array(length + 1), child: nullVector(type.item.type, 0) };
    case "struct":
      return { kind: "struct", ...base, children: type.fields.map((f) => nullVector(f.type, length)) };
    case "open":
      return { kind: "open", length, validity: null, attributes: [] };
  }
}

/** `length` times the field's default, or nulls where it has none, optional or not. */
export function absentVector(f: Field, length: number): Vector {
  if (f.default === undefined || f.type.kind === "open" || length === 0) return nullVector(f.type, length);
  return takeVector(vectorOf(f.type, [checkValue(f, null)]), new Int32Array(length), length);
}
