/**
 * Values of any type as text: equal texts for equal values, whatever batch they come from and however it is laid out. -0
 * is 0 and NaN equals itself, in lists and structs as well.
 */
import { Decimal } from "../../base/decimal.js";
import { OpenRow } from "../../batch/open.js";
import type { Value } from "../../schema/types.js";

export function textOfValue(value: Value): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (typeof value === "number") return value === 0 ? 0 : Number.isFinite(value) ? value : { number: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof OpenRow) return value.entries().map((entry) => [entry.name, entry.kind, plain(entry.value)]);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
