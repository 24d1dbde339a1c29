/** One column of an Arrow record batch as a vector. Buffers are views of the message where layout and address permit. */
import { isUtf8 } from "node:buffer";
import { bitmapBytes } from "../../base/bits.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { validityOrNull } from "../bit-range.js";
import { compareAttributes } from "../concat.js";
import { dictOf } from "../dict.js";
import { nullVector } from "../null-vector.js";
import { takeVector } from "../take.js";
import type { DictVector, ListVector, OpenAttribute, OpenKind, OpenVector, Vector } from "../vector.js";
import type { ArrowField } from "./arrow-field.js";
import { T } from "./arrow-field.js";
import { checkSafe, dateMs, fixedBytes, int32Of, int64Of, timestampOf, wordsOf } from "./arrow-ints.js";
import { attributeType } from "./arrow-shape.js";
import { arrowError } from "./flat-reader.js";

/** The most rows of one record batch, and items of one list column. */
export const ARROW_ROWS_MAX = 67_108_864;

/** Nodes and buffers of one record batch, taken in order. */
export class RecordReader {
  readonly #nodes: readonly number[];
  readonly #places: readonly number[];
  readonly #body: Uint8Array;
  readonly #dictionaries: ReadonlyMap<number, Vector>;
  #node = 0;
  #buffer = 0;

  constructor(
    nodes: readonly number[],
    places: readonly number[],
    body: Uint8Array,
    dictionaries: ReadonlyMap<number, Vector>,
  ) {
    this.#nodes = nodes;
    this.#places = places;
    this.#body = body;
    this.#dictionaries = dictionaries;
  }

  /** Rows and nulls of the next field. */
  node(): { readonly length: number; readonly nulls: number } {
    const length = this.#nodes[this.#node] ?? -1;
    const nulls = this.#nodes[this.#node + 1] ?? -1;
    this.#node += 2;
    if (length < 0 || length > ARROW_ROWS_MAX)
      throw arrowError(`a column of ${length} rows; at most ${ARROW_ROWS_MAX} are read`);
    return { length, nulls };
  }

  buffer(): Uint8Array {
    const at = this.#places[this.#buffer] ?? -1;
    const size = this.#places[this.#buffer + 1] ?? -1;
    this.#buffer += 2;
    if (at < 0 || size < 0 || at + size > this.#body.length) throw arrowError("a buffer outside of its message");
    return this.#body.subarray(at, at + size);
  }

  dictionary(id: number): Vector | null {
    return this.#dictionaries.get(id) ?? null;
  }
}

type Base = { readonly length: number; readonly validity: Uint8Array | null };

/** The next column, which `f` describes and which is to be of `type` (see `fieldOfArrow`). */
export function readColumn(from: RecordReader, f: ArrowField, type: ColumnType): Vector {
  if (type.kind === "open") return readOpen(from, f);
  if (f.dictionary !== null) return readCodes(from, f, f.dictionary, type);
  const { length, nulls } = from.node();
  if (f.type.id === T.Null) return nullVector(type, length);
  const base: Base = { length, validity: readValidity(from.buffer(), length, nulls) };
  switch (type.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: fixedBytes(from.buffer(), bitmapBytes(length), 1) };
    case "int32":
      return { kind: "int32", ...base, values: int32Of(from.buffer(), f.type, length) };
    case "int":
      return {
        kind: "int64",
        ...base,
        words: checkSafe(int64Of(from.buffer(), f.type, base.validity, length), base.validity, length),
      };
    case "int64":
      return { kind: "int64", ...base, words: int64Of(from.buffer(), f.type, base.validity, length) };
    case "timestamp":
    case "timestampNs": {
      const read = f.type.id === T.Date ? dateMs : timestampOf;
      return { kind: "int64", ...base, words: read(from.buffer(), f.type.unit, base.validity, length) };
    }
    case "float64":
      return { kind: "float64", ...base, values: readFloats(from.buffer(), f.type.unit, length) };
    case "decimal":
      return { kind: "decimal", ...base, words: wordsOf(from.buffer(), length, 4) };
    case "string":
    case "oneOf": {
      const strings = readBytes(from, f, length);
      if (!isUtf8(strings.bytes.subarray(strings.offsets[0], strings.offsets[length])))
        throw arrowError("a string that is not UTF-8");
      return { kind: "utf8", ...base, ...strings };
    }
    case "binary":
      return { kind: "binary", ...base, ...readBytes(from, f, length) };
    case "list":
      return readList(from, f, type.item, base);
    case "struct":
      return {
        kind: "struct",
        ...base,
        children: type.fields.map((field, k) => readChild(from, f, k, field.type, length)),
      };
  }
}

function readValidity(buffer: Uint8Array, length: number, nulls: number): Uint8Array | null {
  return nulls === 0 || length === 0 ? null : validityOrNull(fixedBytes(buffer, bitmapBytes(length), 1), length);
}

function readFloats(buffer: Uint8Array, unit: number, n: number): Float64Array {
  const bytes = fixedBytes(buffer, n, unit === 1 ? 4 : 8);
  if (unit === 1) return Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, n));
  return new Float64Array(bytes.buffer, bytes.byteOffset, n);
}

function readBytes(from: RecordReader, f: ArrowField, n: number): { offsets: Int32Array; bytes: Uint8Array } {
  const fixed = f.type.id === T.FixedSizeBinary;
  const offsets = fixed ? evenOffsets(f.type.width, n) : readOffsets(from.buffer(), f, n);
  const bytes = from.buffer();
  if ((offsets[n] as number) > bytes.length)
    throw arrowError(`values that end at byte ${offsets[n]} of ${bytes.length}`);
  return { offsets, bytes };
}

/** n + 1 ascending offsets of 4 or, in the large types, 8 bytes; an empty column may have none. */
function readOffsets(buffer: Uint8Array, f: ArrowField, n: number): Int32Array {
  if (n === 0 && buffer.length === 0) return new Int32Array(1);
  const large = f.type.id === T.LargeUtf8 || f.type.id === T.LargeBinary || f.type.id === T.LargeList;
  const words = wordsOf(buffer, n + 1, large ? 2 : 1);
  let offsets = words;
  if (large) {
    offsets = new Int32Array(n + 1);
    for (let i = 0; i <= n; i++) {
      if (words[2 * i + 1] !== 0) throw arrowError("a column of more than 2 GiB");
      offsets[i] = words[2 * i] as number;
    }
  }
  let bad = offsets[0] as number;
  for (let i = 0; i < n; i++) bad |= (offsets[i + 1] as number) < (offsets[i] as number) ? -1 : 0;
  if (bad < 0) throw arrowError("offsets that do not ascend");
  return offsets;
}

function evenOffsets(width: number, n: number): Int32Array {
  if (width < 0 || width * n > 0x7fffffff) throw arrowError(`${n} values of ${width} bytes or items each`);
  return Int32Array.from({ length: n + 1 }, (_, i) => i * width);
}

function readList(from: RecordReader, f: ArrowField, item: Field, base: Base): ListVector {
  const n = base.length;
  const offsets = f.type.id === T.FixedSizeList ? evenOffsets(f.type.width, n) : readOffsets(from.buffer(), f, n);
  const child = readColumn(from, f.children[0] as ArrowField, item.type);
  if ((offsets[n] as number) > child.length)
    throw arrowError(`lists that end at item ${offsets[n]} of ${child.length}`);
  return { kind: "list", ...base, offsets, child };
}

function readChild(from: RecordReader, f: ArrowField, k: number, type: ColumnType, length: number): Vector {
  const child = readColumn(from, f.children[k] as ArrowField, type);
  if (child.length !== length) throw arrowError(`a field of ${child.length} rows in a struct of ${length}`);
  return child;
}

function readCodes(
  from: RecordReader,
  f: ArrowField,
  { id, index }: NonNullable<ArrowField["dictionary"]>,
  type: ColumnType,
): Vector {
  const { length, nulls } = from.node();
  const validity = readValidity(from.buffer(), length, nulls);
  const codes = codesOf(from.buffer(), index, validity, length);
  const values = from.dictionary(id);
  const count = values?.length ?? 0;
  let someValid = false;
  for (let i = 0; i < length; i++) {
    const code = codes[i] as number;
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) codes[i] = 0;
    else if (code >>> 0 >= count)
      throw arrowError(`column "${f.name}": code ${code} of a dictionary of ${count} values`);
    else someValid = true;
  }
  if (!someValid || values === null) return nullVector(type, length);
  if (values.kind === "dict")
    return { kind: "dict", length, ...joinedNulls(values, codes, validity, length), dict: values.dict };
  const taken = takeVector(values, codes, length);
  return { ...taken, validity: bothValid(taken.validity, validity) };
}

/** Codes as int32, owned. Of 64-bit ones the high word must be 0 where there is a value. */
function codesOf(buffer: Uint8Array, index: ArrowField["type"], validity: Uint8Array | null, n: number): Int32Array {
  if (index.width !== 64) return int32Of(buffer, index, n).slice();
  const words = wordsOf(buffer, n, 2);
  const codes = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    codes[i] = words[2 * i + 1] === 0 ? (words[2 * i] as number) : -1;
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) codes[i] = 0;
  }
  return codes;
}

/** Codes and validity once the dictionary's own repetitions and nulls (see `dictionaryOf`) are followed. */
function joinedNulls(
  values: DictVector,
  codes: Int32Array,
  validity: Uint8Array | null,
  n: number,
): { codes: Int32Array; validity: Uint8Array | null } {
  const followed = takeVector({ ...values, kind: "int32", values: values.codes }, codes, n);
  return { codes: (followed as { values: Int32Array }).values, validity: bothValid(followed.validity, validity) };
}

function bothValid(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((byte, i) => byte & (b[i] as number));
}

/** The values of a dictionary batch: strings without repetitions, each old code leading to a new one; other values as they are. */
export function dictionaryOf(from: RecordReader, f: ArrowField, type: ColumnType): Vector {
  const values = readColumn(from, { ...f, dictionary: null }, type);
  return values.kind === "utf8" ? dictOf(values) : values;
}

function readOpen(from: RecordReader, f: ArrowField): OpenVector {
  const { length, nulls } = from.node();
  if (readValidity(from.buffer(), length, nulls) !== null)
    throw arrowError(`column "${f.name}": open attributes with null rows`);
  const attributes: OpenAttribute[] = [];
  for (const child of f.children) {
    const name = child.metadata.get("millrace.name");
    const kind = child.metadata.get("millrace.open") as OpenKind | undefined;
    if (name === undefined || kind === undefined || !OPEN_KINDS.has(kind))
      throw arrowError(`column "${f.name}": its child "${child.name}" does not say which attribute it is`);
    const values = readColumn(from, child, attributeType(kind));
    if (values.length !== length) throw arrowError(`a field of ${values.length} rows in a struct of ${length}`);
    const rows = validRows(values);
    if (rows.length > 0)
      attributes.push({ name, kind, rows, values: { ...takeVector(values, rows, rows.length), validity: null } });
  }
  attributes.sort(compareAttributes);
  for (let k = 1; k < attributes.length; k++)
    if (compareAttributes(attributes[k - 1] as OpenAttribute, attributes[k] as OpenAttribute) === 0)
      throw arrowError(`column "${f.name}": the attribute "${attributes[k]?.name}" twice`);
  return { kind: "open", length, validity: null, attributes };
}

const OPEN_KINDS: ReadonlySet<string> = new Set<OpenKind>(["string", "float64", "int64", "bool", "json"]);

function validRows({ length, validity }: Vector): Int32Array {
  const rows = new Int32Array(length);
  let n = 0;
  for (let i = 0; i < length; i++)
    if (validity === null || ((validity[i >> 3] as number) & (1 << (i & 7))) !== 0) rows[n++] = i;
  return rows.subarray(0, n);
}
