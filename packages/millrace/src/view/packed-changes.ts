/** Reading and making the packed row changes of an epoch. */
import type { ViewChanges } from "./store.js";

/** Calls back for each change in order; the arrays are views into the packed bytes. An empty value deletes the row. */
export function forEachChange(changes: ViewChanges, callback: (key: Uint8Array, value: Uint8Array) => void): void {
  const { keys, keyEnds, values, valueEnds } = changes;
  let key = 0;
  let value = 0;
  for (let k = 0; k < keyEnds.length; k++) {
    const keyEnd = keyEnds[k] as number;
    const valueEnd = valueEnds[k] as number;
    callback(keys.subarray(key, keyEnd), values.subarray(value, valueEnd));
    key = keyEnd;
    value = valueEnd;
  }
}

/** Packs changes given one by one; a null value deletes the row. */
export function packChanges(
  view: string,
  changes: readonly (readonly [key: Uint8Array, value: Uint8Array | null])[],
): ViewChanges {
  const keyEnds = new Int32Array(changes.length);
  const valueEnds = new Int32Array(changes.length);
  let keyEnd = 0;
  let valueEnd = 0;
  changes.forEach(([key, value], k) => {
    keyEnd += key.length;
    valueEnd += value?.length ?? 0;
    keyEnds[k] = keyEnd;
    valueEnds[k] = valueEnd;
  });
  const keys = Buffer.concat(changes.map(([key]) => key));
  const values = Buffer.concat(changes.map(([, value]) => value ?? new Uint8Array(0)));
  return { view, keys, keyEnds, values, valueEnds };
}
