/** Values that go into state must not keep the batch alive that they came from. */
import { ownString } from "../../batch/strings.js";
import type { Vector } from "../../batch/vector.js";
import type { Value } from "../../schema/types.js";

/** The value of `row`, holding no other memory. */
export function own(vector: Vector, row: number, value: Value): Value {
  if (value === null) return null;
  if (vector.kind === "utf8") return ownString(vector, row);
  if (vector.kind === "dict") return ownString(vector.dict, vector.codes[row] as number);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return value;
}
