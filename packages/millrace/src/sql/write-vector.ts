/**
 * Rows of a batch's column into a DuckDB vector. Fixed-width columns are one memcpy of our buffer where the layouts
 * are the same, and one loop into a staging buffer where they are not (timestamps are microseconds there, decimals as
 * narrow as their precision allows).
 */

import type { Vector as DuckVector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import type { DecimalVector, Int64Vector, ListVector, StructVector, Vector } from "../batch/vector.js";
import type { ColumnType } from "../schema/column-type.js";
import { bothValid, copyBools, copyData, copyValidity, staging } from "./write-memory.js";
import { writeCodes, writePlain } from "./write-strings.js";

/**
 * Writes rows [from, from + count) to the start of `target`, whose type is `duckType(type)` and which must be fresh.
 * `parent` is the validity of the struct around it: DuckDB wants the fields of a null struct null.
 */
export function writeVector(
  target: DuckVector,
  vector: Vector,
  type: ColumnType,
  from: number,
  count: number,
  parent: Uint8Array | null = null,
): void {
  if (count === 0) return;
  const validity = bothValid(vector.validity, parent, vector.length);
  const to = from + count;
  switch (vector.kind) {
    case "bool":
      copyBools(target, vector.bits, from, count);
      break;
    case "int32":
      copyData(target, vector.values.subarray(from, to));
      break;
    case "int64":
      if (type.kind === "timestamp") writeMicros(target, vector, from, count);
      else copyData(target, vector.words.subarray(2 * from, 2 * to));
      break;
    case "float64":
      copyData(target, vector.values.subarray(from, to));
      break;
    case "decimal":
      writeDecimals(target, vector, (type as { precision: number }).precision, from, count);
      break;
    case "utf8":
    case "binary":
      writePlain(target, vector, from, count);
      break;
    case "dict":
      writeCodes(target, vector, from, count);
      break;
    case "list":
      writeLists(target, vector, (type as { item: { type: ColumnType } }).item.type, from, count);
      break;
    case "struct":
      writeStruct(target, vector, (type as { fields: readonly { type: ColumnType }[] }).fields, from, count, validity);
      break;
    case "open":
      // Open columns are top-level and go through write-open.
      break;
  }
  copyValidity(target, validity, from, count);
}

/** The same epoch-ms number for `count` rows, as microseconds. */
export function writeMicrosConstant(target: DuckVector, ms: number, count: number): void {
  copyData(target, new Int32Array(new BigInt64Array(count).fill(BigInt(ms) * 1000n).buffer));
}

/** Milliseconds times 1000 over 64 bits, in two exact steps of less than 2^53. */
function writeMicros(target: DuckVector, { words }: Int64Vector, from: number, count: number): void {
  const out = new Int32Array(staging(8 * count), 0, 2 * count);
  for (let i = 0; i < 2 * count; i += 2) {
    const low = ((words[2 * from + i] as number) >>> 0) * 1000;
    out[i] = low | 0;
    out[i + 1] = (words[2 * from + i + 1] as number) * 1000 + Math.floor(low / 4_294_967_296);
  }
  copyData(target, out);
}

/** DuckDB keeps a decimal in 2, 4, 8 or 16 bytes, by its precision. Cutting words keeps the sign: the value fits. */
function writeDecimals(
  target: DuckVector,
  { words }: DecimalVector,
  precision: number,
  from: number,
  count: number,
): void {
  if (precision > 18) {
    copyData(target, words.subarray(4 * from, 4 * (from + count)));
    return;
  }
  if (precision <= 4) {
    const out = new Int16Array(staging(2 * count), 0, count);
    for (let i = 0; i < count; i++) out[i] = words[4 * (from + i)] as number;
    copyData(target, new Uint8Array(out.buffer, 0, 2 * count));
    return;
  }
  const width = precision <= 9 ? 1 : 2;
  const out = new Int32Array(staging(4 * width * count), 0, width * count);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < width; k++) out[width * i + k] = words[4 * (from + i) + k] as number;
  copyData(target, out);
}

function writeLists(
  target: DuckVector,
  { offsets, child }: ListVector,
  item: ColumnType,
  from: number,
  count: number,
): void {
  const start = offsets[from] as number;
  const items = (offsets[from + count] as number) - start;
  duckdb.list_vector_reserve(target, items);
  duckdb.list_vector_set_size(target, items);
  writeVector(duckdb.list_vector_get_child(target), child, item, start, items);
  // Offset and length, 64 bits each.
  const entries = new Int32Array(staging(16 * count), 0, 4 * count);
  for (let i = 0; i < count; i++) {
    const at = offsets[from + i] as number;
    entries[4 * i] = at - start;
    entries[4 * i + 1] = 0;
    entries[4 * i + 2] = (offsets[from + i + 1] as number) - at;
    entries[4 * i + 3] = 0;
  }
  copyData(target, entries);
}

function writeStruct(
  target: DuckVector,
  vector: StructVector,
  fields: readonly { type: ColumnType }[],
  from: number,
  count: number,
  validity: Uint8Array | null,
): void {
  for (let k = 0; k < fields.length; k++)
    writeVector(
      duckdb.struct_vector_get_child(target, k),
      vector.children[k] as Vector,
      (fields[k] as { type: ColumnType }).type,
      from,
      count,
      validity,
    );
}
