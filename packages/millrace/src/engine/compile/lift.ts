/** Schema on read: an open attribute as a value of a declared type; what is of another kind, or does not fit it, reads as null. */
import { Decimal } from "../../base/decimal.js";
import { parseInstant } from "../../base/time.js";
import { checkValue } from "../../batch/check.js";
import { numberOfText } from "../../batch/open.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";
import { checked, valueOfText } from "../../source/exact.js";

/**
 * Reads one column from a row's open attributes: of its names, its own first, then those of its `.from`, the first one
 * that is there. Absent and of another kind are the column's default, else null.
 */
export function lifter(f: Field): (open: Open) => Value {
  const names = [f.name, ...f.from];
  const absent = checkValue({ ...f, nullable: true }, null) as Value;
  const structs = names.map((name) => structLifter(f.type, name));
  return (open) => {
    for (const [k, name] of names.entries()) {
      if (open.has(name)) return convert(open, name, f.type) ?? absent;
      const value = structs[k]?.(open) ?? null;
      if (value !== null) return value;
    }
    return absent;
  };
}

/**
 * An object of an event is kept attribute by attribute, `user.name` and `user.id`: its struct is put together from them.
 * Null where none of them is there, or one that must be is missing. Null for other types than structs.
 */
function structLifter(type: ColumnType, name: string): ((open: Open) => Value) | null {
  if (type.kind !== "struct") return null;
  const under = (inner: string): string => `${name}.${inner}`;
  const fields = type.fields.map((inner) => ({
    inner,
    lift: lifter({ ...inner, name: under(inner.name), from: inner.from.map(under) }),
  }));
  return (open) => {
    const value: Record<string, Value> = {};
    let found = false;
    for (const { inner, lift } of fields) {
      const one = lift(open);
      if (one === null && !inner.nullable) return null;
      found ||= one !== null;
      value[inner.name] = one;
    }
    return found ? value : null;
  };
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
      const ms = parseInstant(text) ?? numberOfText(text);
      return ms === null ? null : Math.trunc(ms);
    }
    case "decimal":
      return Decimal.tryParse(open.text(name) ?? "")?.fit(type.precision, type.scale) ?? null;
    default:
      return fromText(open.text(name), type);
  }
}

/** As a decoder reads a text: a list is JSON, bytes are base64. */
function fromText(text: string | null, type: ColumnType): Value {
  if (text === null) return null;
  try {
    return checked(field("lifted", type), valueOfText(type, text)) as Value;
  } catch {
    return null;
  }
}
