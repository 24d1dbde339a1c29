/** Row-wise reading of vectors: the plain, obvious way, for edges, tests and the interpreter. Hot loops read the buffers. */
import { getBit } from "../base/bits.js";
import { Decimal } from "../base/decimal.js";
import type { ColumnType } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import type { Batch } from "./batch.js";
import { OpenVectorRow } from "./open.js";
import { bytesAt, stringAt } from "./strings.js";
import type { Vector } from "./vector.js";
import { int64AsBigint, int64AsNumber, isValid } from "./vector.js";

/** The value of one row as programs see it. Binary is a view into the batch; open is bound to it. */
export function valueAt(vector: Vector, type: ColumnType, row: number): Value {
  if (!isValid(vector, row)) return null;
  switch (vector.kind) {
    case "bool":
      return getBit(vector.bits, row);
    case "int32":
      return vector.values[row] as number;
    case "int64":
      return type.kind === "int64" || type.kind === "timestampNs"
        ? int64AsBigint(vector.words, row)
        : int64AsNumber(vector.words, row);
    case "float64":
      return vector.values[row] as number;
    case "decimal":
      return new Decimal(int128At(vector.words, row), type.kind === "decimal" ? type.scale : 0);
    case "utf8":
    case "dict":
      return stringAt(vector, row);
    case "binary":
      return bytesAt(vector, row);
    case "list": {
      const itemType = (type as { item: { type: ColumnType } }).item.type;
      const items: Value[] = [];
      for (let j = vector.offsets[row] as number; j < (vector.offsets[row + 1] as number); j++)
        items.push(valueAt(vector.child, itemType, j));
      return items;
    }
    case "struct": {
      const { fields } = type as { fields: readonly { name: string; type: ColumnType }[] };
      const object: Record<string, Value> = {};
      for (let k = 0; k < fields.length; k++) {
        const f = fields[k] as { name: string; type: ColumnType };
        object[f.name] = valueAt(vector.children[k] as Vector, f.type, row);
      }
      return object;
    }
    case "open":
      return new OpenVectorRow(vector, row);
  }
}

/** One row as a plain object with all its columns. */
export function rowAt(batch: Batch, row: number): Record<string, Value> {
  const object: Record<string, Value> = {};
  const { fields } = batch.schema;
  for (let k = 0; k < fields.length; k++) {
    const f = fields[k] as (typeof fields)[number];
    object[f.name] = valueAt(batch.columns[k] as Vector, f.type, row);
  }
  return object;
}

export function rowsOf(batch: Batch): Record<string, Value>[] {
  return Array.from({ length: batch.length }, (_, row) => rowAt(batch, row));
}

export function int128At(words: Int32Array, row: number): bigint {
  let value = BigInt(words[4 * row + 3] as number);
  for (let k = 2; k >= 0; k--) value = (value << 32n) | BigInt((words[4 * row + k] as number) >>> 0);
  return value;
}
