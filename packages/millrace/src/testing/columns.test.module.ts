/** Columns of random schemas, as a program declares them. */
import { t } from "../schema/builder.js";
import type { ColumnType, Field } from "../schema/column-type.js";
import type { Col, Cols } from "../schema/types.js";

type AnyCol = Col<unknown, string, boolean>;

export function colsOf(fields: readonly Field[]): Cols {
  return Object.fromEntries(fields.map((f) => [f.name, colOf(f)]));
}

function colOf({ type, nullable }: Field): AnyCol {
  const col = plainCol(type) as AnyCol;
  return nullable ? (col.optional() as AnyCol) : col;
}

function plainCol(type: ColumnType): unknown {
  switch (type.kind) {
    case "oneOf":
      return t.oneOf(...type.values);
    case "decimal":
      return t.decimal(type.precision, type.scale);
    case "list":
      return t.list(colOf(type.item));
    case "struct":
      return t.struct(colsOf(type.fields));
    default:
      return t[type.kind]();
  }
}
