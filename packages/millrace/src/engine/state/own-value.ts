/** Values that go into state must not keep the batch alive that they came from, nor be changed by whom they are shown to. */
import { Decimal } from "../../base/decimal.js";
import { OpenRow, OwnOpenRow } from "../../batch/open.js";
import { ownString } from "../../batch/strings.js";
import type { Vector } from "../../batch/vector.js";
import type { Value } from "../../schema/types.js";

/** The value of `row`, holding no other memory; lists and structs are frozen. */
export function own(vector: Vector, row: number, value: Value): Value {
  if (value === null) return null;
  if (vector.kind === "utf8") return ownString(vector, row);
  if (vector.kind === "dict") return ownString(vector.dict, vector.codes[row] as number);
  return copied(value);
}

function copied<V extends Value>(value: V): V;
function copied(value: Value): Value {
  if (typeof value === "string") return Buffer.from(value).toString();
  if (typeof value !== "object" || value === null || value instanceof Decimal) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof OpenRow)
    return new OwnOpenRow(value.entries().map((entry) => ({ ...entry, value: copied(entry.value) })));
  if (Array.isArray(value)) return Object.freeze(value.map(copied));
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copied(item as Value)])));
}
