/** Keys as text, for maps: equal for equal keys, whatever the width of their number types. */
import type { Value } from "../../schema/types.js";

/** Of one column. Null, which the caller tells apart, is "". */
export function valueText(value: Value): string {
  return value === null ? "" : String(value);
}

/** Of all columns in order: lengths in front, so that no two keys run together. */
export function keyText(key: readonly Value[]): string {
  const texts = key.map(valueText);
  return texts.length === 1 ? (texts[0] as string) : texts.map((text) => `${text.length}:${text}`).join("");
}
