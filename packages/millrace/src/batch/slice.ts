/** Views of row ranges. Nothing is copied but bits that do not begin on a byte, and row numbers of open attributes. */
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { sliceBits } from "./bit-range.js";
import type { OpenAttribute, OpenVector, Vector } from "./vector.js";

/** Rows [from, to) of every column, 0 <= from <= to <= batch.length. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  if (from === 0 && to === batch.length) return batch;
  return makeBatch(
    batch.schema,
    batch.columns.map((column) => sliceVector(column, from, to)),
    to - from,
  );
}

/** Rows [from, to) as a view of the same buffers: offsets of strings and lists then begin where they begin, not at 0. */
export function sliceVector(vector: Vector, from: number, to: number): Vector {
  const base = { length: to - from, validity: vector.validity === null ? null : sliceBits(vector.validity, from, to) };
  switch (vector.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: sliceBits(vector.bits, from, to) };
    case "int32":
      return { kind: "int32", ...base, values: vector.values.subarray(from, to) };
    case "float64":
      return { kind: "float64", ...base, values: vector.values.subarray(from, to) };
    case "int64":
      return { kind: "int64", ...base, words: vector.words.subarray(2 * from, 2 * to) };
    case "decimal":
      return { kind: "decimal", ...base, words: vector.words.subarray(4 * from, 4 * to) };
    case "utf8":
    case "binary":
      return { kind: vector.kind, ...base, offsets: vector.offsets.subarray(from, to + 1), bytes: vector.bytes };
    case "dict":
      return { kind: "dict", ...base, codes: vector.codes.subarray(from, to), dict: vector.dict };
    case "list":
      return { kind: "list", ...base, offsets: vector.offsets.subarray(from, to + 1), child: vector.child };
    case "struct":
      return { kind: "struct", ...base, children: vector.children.map((child) => sliceVector(child, from, to)) };
    case "open":
      return sliceOpen(vector, from, to);
  }
}

function sliceOpen(vector: OpenVector, from: number, to: number): OpenVector {
  const attributes: OpenAttribute[] = [];
  for (const { name, kind, rows, values } of vector.attributes) {
    const first = lowerBound(rows, from);
    const last = lowerBound(rows, to);
    if (first === last) continue;
    const cut = rows.subarray(first, last);
    attributes.push({
      name,
      kind,
      rows: from === 0 ? cut : cut.map((row) => row - from),
      values: sliceVector(values, first, last),
    });
  }
  return { kind: "open", length: to - from, validity: null, attributes };
}

/** The first place in ascending `rows` that is not below `row`. */
export function lowerBound(rows: Int32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
