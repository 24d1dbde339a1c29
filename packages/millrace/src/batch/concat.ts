/**
 * Joining batches of one schema end to end. Dictionaries are merged by value; where one part has a dictionary and
 * another plain strings, the form that most rows have is taken for all. The result owns its buffers, a dictionary that
 * all parts share aside.
 */
import { bitmapBytes } from "../base/bits.js";
import { assert, MillraceError } from "../base/errors.js";
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { appendBits } from "./bit-range.js";
import { compactDict, plainOf } from "./dict.js";
import { sliceVector } from "./slice.js";
import { stringsOf } from "./strings.js";
import { COLUMN_BYTES_MAX, takeVector } from "./take.js";
import type { BinaryVector, DictVector, ListVector, OpenAttribute, OpenVector, Utf8Vector, Vector } from "./vector.js";

/** All rows of `batches`, at least one, in their order; they have the same schema. A single batch is returned as it is. `LIMIT` when a column would pass 2 GiB. */
export function concatBatches(batches: readonly Batch[]): Batch {
  const first = batches[0];
  assert(first !== undefined, "concatBatches needs a batch");
  if (batches.length === 1) return first;
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const columns = first.columns.map((_, k) => concatVectors(batches.map((batch) => batch.columns[k] as Vector)));
  return makeBatch(first.schema, columns, length);
}

/** All rows of `vectors`, at least one, in their order; they are of one column type. A single vector is returned as it is. */
export function concatVectors(vectors: readonly Vector[]): Vector {
  const first = vectors[0];
  assert(first !== undefined, "concatVectors needs a vector");
  if (vectors.length === 1) return first;
  const base = { length: vectors.reduce((sum, vector) => sum + vector.length, 0), validity: joinedValidity(vectors) };
  switch (first.kind) {
    case "bool":
      return { kind: "bool", ...base, bits: joinedBits(same(vectors, "bool"), base.length) };
    case "int32":
      return {
        kind: "int32",
        ...base,
        values: joinedInts(same(vectors, "int32").map((v) => v.values.subarray(0, v.length))),
      };
    case "float64":
      return {
        kind: "float64",
        ...base,
        values: joinedFloats(same(vectors, "float64").map((v) => v.values.subarray(0, v.length))),
      };
    case "int64":
      return {
        kind: "int64",
        ...base,
        words: joinedInts(same(vectors, "int64").map((v) => v.words.subarray(0, 2 * v.length))),
      };
    case "decimal":
      return {
        kind: "decimal",
        ...base,
        words: joinedInts(same(vectors, "decimal").map((v) => v.words.subarray(0, 4 * v.length))),
      };
    case "utf8":
    case "dict":
      return { ...joinedStrings(vectors), ...base };
    case "binary":
      return { kind: "binary", ...base, ...joinedBytes(same(vectors, "binary")) };
    case "list":
      return { kind: "list", ...base, ...joinedLists(same(vectors, "list")) };
    case "struct": {
      const structs = same(vectors, "struct");
      const children = first.children.map((_, k) => concatVectors(structs.map((v) => v.children[k] as Vector)));
      return { kind: "struct", ...base, children };
    }
    case "open":
      return { kind: "open", ...base, attributes: joinedAttributes(same(vectors, "open")) };
  }
}

function same<K extends Vector["kind"]>(vectors: readonly Vector[], kind: K): Extract<Vector, { kind: K }>[] {
  for (const vector of vectors) assert(vector.kind === kind, `a ${vector.kind} vector among ${kind} vectors`);
  return vectors as Extract<Vector, { kind: K }>[];
}

function joinedValidity(vectors: readonly Vector[]): Uint8Array | null {
  if (vectors.every((vector) => vector.validity === null)) return null;
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  const bits = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const { validity, length: rows } of vectors) {
    appendBits(bits, at, validity, rows);
    at += rows;
  }
  return bits;
}

function joinedBits(vectors: readonly Extract<Vector, { kind: "bool" }>[], length: number): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const vector of vectors) {
    appendBits(bits, at, vector.bits, vector.length);
    at += vector.length;
  }
  return bits;
}

function joinedInts(parts: readonly Int32Array[]): Int32Array {
  const out = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function joinedFloats(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function joinedStrings(vectors: readonly Vector[]): Utf8Vector | DictVector {
  const strings = vectors.filter(
    (vector): vector is Utf8Vector | DictVector => vector.kind === "utf8" || vector.kind === "dict",
  );
  assert(strings.length === vectors.length, "strings joined with another kind");
  const rows = strings.reduce((sum, vector) => sum + vector.length, 0);
  const plainRows = strings.reduce((sum, vector) => sum + (vector.kind === "utf8" ? vector.length : 0), 0);
  if (2 * plainRows <= rows) return joinedDicts(strings);
  const plain = strings.map((vector) => (vector.kind === "utf8" ? vector : plainOf(vector)));
  return { kind: "utf8", length: rows, validity: null, ...joinedBytes(plain) };
}

/** One dictionary for all parts; a plain part counts as the dictionary of its rows. */
function joinedDicts(vectors: readonly (Utf8Vector | DictVector)[]): DictVector {
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  const codes = new Int32Array(length);
  const shared = vectors[0]?.kind === "dict" ? vectors[0].dict : null;
  if (vectors.every((vector) => vector.kind === "dict" && vector.dict === shared)) {
    let at = 0;
    for (const vector of vectors) {
      codes.set((vector as DictVector).codes.subarray(0, vector.length), at);
      at += vector.length;
    }
    return { kind: "dict", length, validity: null, codes, dict: shared as Utf8Vector };
  }
  const merge = new DictMerge();
  let at = 0;
  for (const vector of vectors) {
    const part = vector.kind === "dict" ? compactDict(vector, 4 * vector.length + 64) : vector;
    if (part.kind === "utf8") codes.set(merge.codesOf(part), at);
    else {
      const fresh = merge.codesOf(part.dict);
      for (let i = 0; i < part.length; i++) codes[at + i] = fresh[part.codes[i] as number] as number;
    }
    at += vector.length;
  }
  return { kind: "dict", length, validity: null, codes, dict: merge.dict() };
}

/** Gives equal strings of several dictionaries one code. */
class DictMerge {
  readonly #codeOf = new Map<string, number>();
  readonly #parts = new Map<Utf8Vector, Int32Array>();
  /** Row numbers, in the dictionaries laid end to end, of the strings kept. */
  readonly #kept: number[] = [];
  #before = 0;

  /** Old code -> new code. */
  codesOf(dict: Utf8Vector): Int32Array {
    const known = this.#parts.get(dict);
    if (known !== undefined) return known;
    const strings = stringsOf(dict);
    const fresh = new Int32Array(strings.length);
    for (let i = 0; i < strings.length; i++) {
      const text = strings[i] as string;
      let code = this.#codeOf.get(text);
      if (code === undefined) {
        code = this.#codeOf.size;
        this.#codeOf.set(text, code);
        this.#kept.push(this.#before + i);
      }
      fresh[i] = code;
    }
    this.#before += dict.length;
    this.#parts.set(dict, fresh);
    return fresh;
  }

  dict(): Utf8Vector {
    const all: Utf8Vector = {
      kind: "utf8",
      length: this.#before,
      validity: null,
      ...joinedBytes([...this.#parts.keys()]),
    };
    return takeVector(all, Int32Array.from(this.#kept), this.#kept.length) as Utf8Vector;
  }
}

function joinedBytes(vectors: readonly (Utf8Vector | BinaryVector)[]): { offsets: Int32Array; bytes: Uint8Array } {
  const offsets = joinedOffsets(vectors);
  const bytes = new Uint8Array(offsets[offsets.length - 1] as number);
  let at = 0;
  for (const { offsets: from, bytes: source, length } of vectors) {
    const part = source.subarray(from[0] ?? 0, from[length] ?? 0);
    bytes.set(part, at);
    at += part.length;
  }
  return { offsets, bytes };
}

function joinedLists(vectors: readonly ListVector[]): { offsets: Int32Array; child: Vector } {
  const children = vectors.map((v) => sliceVector(v.child, v.offsets[0] ?? 0, v.offsets[v.length] ?? 0));
  return { offsets: joinedOffsets(vectors), child: concatVectors(children) };
}

function joinedOffsets(vectors: readonly { readonly offsets: Int32Array; readonly length: number }[]): Int32Array {
  const out = new Int32Array(vectors.reduce((sum, vector) => sum + vector.length, 0) + 1);
  let row = 0;
  let end = 0;
  for (const { offsets, length } of vectors) {
    const shift = end - (offsets[0] ?? 0);
    for (let i = 1; i <= length; i++) out[row + i] = (offsets[i] as number) + shift;
    row += length;
    end += (offsets[length] ?? 0) - (offsets[0] ?? 0);
  }
  if (end > COLUMN_BYTES_MAX)
    throw new MillraceError("LIMIT", `a column of ${end} bytes or items; at most ${COLUMN_BYTES_MAX} fit one batch`, {
      hint: "Join fewer batches at a time.",
    });
  return out;
}

function joinedAttributes(vectors: readonly OpenVector[]): OpenAttribute[] {
  const parts = new Map<string, { attribute: OpenAttribute; shift: number }[]>();
  let shift = 0;
  for (const vector of vectors) {
    for (const attribute of vector.attributes) {
      const key = `${attribute.kind} ${attribute.name}`;
      const list = parts.get(key);
      if (list === undefined) parts.set(key, [{ attribute, shift }]);
      else list.push({ attribute, shift });
    }
    shift += vector.length;
  }
  return [...parts.values()].map(joinedAttribute).sort(compareAttributes);
}

type NamedKind = Pick<OpenAttribute, "name" | "kind">;

/** The order of an open column's attributes: by name, then kind, in code units. */
export function compareAttributes(a: NamedKind, b: NamedKind): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0;
}

function joinedAttribute(parts: readonly { attribute: OpenAttribute; shift: number }[]): OpenAttribute {
  const { name, kind } = (parts[0] as { attribute: OpenAttribute }).attribute;
  const rows = joinedInts(
    parts.map(({ attribute, shift }) => (shift === 0 ? attribute.rows : attribute.rows.map((row) => row + shift))),
  );
  return { name, kind, rows, values: concatVectors(parts.map(({ attribute }) => attribute.values)) };
}
