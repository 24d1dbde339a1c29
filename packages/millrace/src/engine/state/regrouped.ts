/** What hangs on groups, in typed arrays: more room, or the same values for groups that were renumbered. */

type Column = Float64Array | Int32Array | Uint8Array;

/**
 * Fills `to` with the values of `from`, `width` entries a group, and returns it. kept: group j of the result is group
 * kept[j] of before; null: every group keeps its number. What `to` has beyond stays zero.
 */
export function regrouped<A extends Column>(from: Column, to: A, kept: Int32Array | null, width = 1): A {
  if (kept === null) {
    to.set(from as Int32Array);
    return to;
  }
  for (let j = 0; j < kept.length; j++) {
    const source = width * (kept[j] as number);
    for (let k = 0; k < width; k++) to[width * j + k] = from[source + k] as number;
  }
  return to;
}

/** The same for values of any kind. */
export function regroupedValues<T>(from: readonly T[], kept: Int32Array | null): T[] {
  return kept === null ? (from as T[]) : Array.from(kept, (group) => from[group] as T);
}
