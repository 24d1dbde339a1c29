/**
 * Gathering rows of an open column. Costs the values picked, whatever the number of attributes:
 *   1. source row -> where it goes: one table for all attributes;
 *   2. for each attribute, its rows that go somewhere; an attribute left without any is dropped.
 */
import { takeVector } from "./take.js";
import type { OpenAttribute, OpenVector } from "./vector.js";

export function takeOpen(vector: OpenVector, rows: Int32Array, n: number): OpenVector {
  const attributes = ascending(rows, n) ? takeOnce(vector, rows, n) : takeMany(vector, rows, n);
  return { kind: "open", length: n, validity: null, attributes };
}

function ascending(rows: Int32Array, n: number): boolean {
  for (let i = 1; i < n; i++) if ((rows[i] as number) <= (rows[i - 1] as number)) return false;
  return true;
}

/** Every source row goes to one place at most, and order is kept: what a filter does. */
function takeOnce(vector: OpenVector, rows: Int32Array, n: number): OpenAttribute[] {
  const target = new Int32Array(vector.length).fill(-1);
  for (let i = 0; i < n; i++) target[rows[i] as number] = i;
  const attributes: OpenAttribute[] = [];
  for (const attribute of vector.attributes) {
    const count = attribute.rows.length;
    const picked = new Int32Array(count);
    const placed = new Int32Array(count);
    let m = 0;
    for (let j = 0; j < count; j++) {
      const at = target[attribute.rows[j] as number] as number;
      if (at < 0) continue;
      picked[m] = j;
      placed[m++] = at;
    }
    if (m > 0)
      attributes.push({ ...attribute, rows: placed.slice(0, m), values: takeVector(attribute.values, picked, m) });
  }
  return attributes;
}

/** Rows in any order, and repeated: places[starts[row], starts[row + 1]) are where a source row goes. */
function takeMany(vector: OpenVector, rows: Int32Array, n: number): OpenAttribute[] {
  const starts = new Int32Array(vector.length + 1);
  for (let i = 0; i < n; i++) starts[(rows[i] as number) + 1] = (starts[(rows[i] as number) + 1] as number) + 1;
  for (let row = 0; row < vector.length; row++) starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  const places = new Int32Array(n);
  const next = starts.slice();
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number;
    const at = next[row] as number;
    places[at] = i;
    next[row] = at + 1;
  }
  const attributes: OpenAttribute[] = [];
  for (const attribute of vector.attributes) {
    const pairs = placedPairs(attribute.rows, starts, places);
    if (pairs.length === 0) continue;
    const placed = new Int32Array(pairs.length);
    const picked = new Int32Array(pairs.length);
    for (let i = 0; i < pairs.length; i++) {
      placed[i] = Math.floor((pairs[i] as number) / attribute.rows.length);
      picked[i] = (pairs[i] as number) % attribute.rows.length;
    }
    attributes.push({ ...attribute, rows: placed, values: takeVector(attribute.values, picked, pairs.length) });
  }
  return attributes;
}

/** place * (number of values) + position in the attribute's values, ascending: exact in a double below 2^53. */
function placedPairs(sources: Int32Array, starts: Int32Array, places: Int32Array): Float64Array {
  let count = 0;
  for (let j = 0; j < sources.length; j++) {
    const row = sources[j] as number;
    count += (starts[row + 1] as number) - (starts[row] as number);
  }
  const pairs = new Float64Array(count);
  let at = 0;
  for (let j = 0; j < sources.length; j++) {
    const row = sources[j] as number;
    for (let k = starts[row] as number; k < (starts[row + 1] as number); k++)
      pairs[at++] = (places[k] as number) * sources.length + j;
  }
  return pairs.sort();
}
