/** Schema on read: an open attribute as a value of a declared type; a value of another kind reads as null. */
import { Decimal } from "../../base/decimal.js";
import { parseInstant } from "../../base/time.js";
import { numberOfText } from "../../batch/open.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";

/** Names are tried in order: the column's own, then those of its `.from`. */
export function liftValue(open: Open, names: readonly string[], type: ColumnType): Value {
  for (const name of names) if (open.has(name)) return convert(open, name, type);
  return null;
}

function convert(open: Open, name: string, type: ColumnType): Value {
  switch (type.kind) {
    case "string":
      return open.text(name);
    case "oneOf": {
      const text = open.text(name);
      return text !== null && type.values.includes(text) ? text : null;
    }
    case "bool":
      return open.bool(name);
    case "float64":
      return open.number(name);
    case "int":
    case "int32": {
      const value = open.number(name);
      if (value === null || !Number.isSafeInteger(value)) return null;
      return type.kind === "int" || value === (value | 0) ? value : null;
    }
    case "int64":
      return open.int64(name);
    case "timestamp": {
      const text = open.text(name) ?? "";
      return parseInstant(text) ?? numberOfText(text);
    }
    case "decimal": {
      const number = open.number(name);
      return number === null ? null : Decimal.parse(String(open.text(name))).rescale(type.scale);
    }
    default:
      return null;
  }
}
