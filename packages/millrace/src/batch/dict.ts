/** Dictionaries of string columns: when to have one, leaving out what no row uses, and writing the strings out. */
import { stringsOf } from "./strings.js";
import { takeVector } from "./take.js";
import type { DictVector, Utf8Vector } from "./vector.js";

/** The first values of a column differ more than the whole: so many may be distinct before that counts. */
const TRIAL = 4096;

/**
 * Whether a string column is better off without a dictionary: asked while it grows, when a value is new. Below the trial
 * it never is: a dictionary of distinct values costs a code a row, the lack of one all that a dictionary saves.
 */
export function outgrown(distinct: number, rows: number): boolean {
  return distinct > TRIAL && distinct > rows / 2;
}

/**
 * The same rows over a dictionary of only the values used, in the order of first appearance, when the dictionary has
 * more than `entriesMax`; else the vector itself. Nulls get code 0, and a dictionary of a vector with rows is never empty.
 */
export function compactDict(vector: DictVector, entriesMax: number): DictVector {
  return vector.dict.length > entriesMax ? compacted(vector) : vector;
}

/** As `compactDict`, but whenever some value is not used. */
export function exactDict(vector: DictVector): DictVector {
  const { codes, dict, length, validity } = vector;
  if (dict.length > length) return compacted(vector);
  const used = new Uint8Array(dict.length);
  if (validity === null) for (let i = 0; i < length; i++) used[codes[i] as number] = 1;
  else
    for (let i = 0; i < length; i++)
      if (((validity[i >> 3] as number) & (1 << (i & 7))) !== 0) used[codes[i] as number] = 1;
  for (let code = 0; code < used.length; code++) if (used[code] === 0) return compacted(vector);
  return vector;
}

/** Every row's string written out; nulls are "" or whatever the dictionary had for them. Its buffers are owned. */
export function plainOf(vector: DictVector): Utf8Vector {
  const plain = takeVector(vector.dict, vector.codes, vector.length) as Utf8Vector;
  return { ...plain, validity: vector.validity };
}

/** Plain strings as a dictionary, in the order of first appearance; nulls get code 0. */
export function dictOf(vector: Utf8Vector): DictVector {
  const { length, validity } = vector;
  const each: DictVector = {
    kind: "dict",
    length,
    validity,
    codes: Int32Array.from({ length }, (_, i) => i),
    dict: { ...vector, validity: null },
  };
  const strings = stringsOf(vector);
  const first = new Map<string, number>();
  for (let i = 0; i < length; i++) {
    const text = strings[i] as string;
    const row = first.get(text);
    if (row === undefined) first.set(text, i);
    else each.codes[i] = row;
  }
  return compacted(each);
}

function compacted(vector: DictVector): DictVector {
  const { length, validity } = vector;
  const fresh = new Int32Array(length);
  const kept = new Int32Array(Math.min(length, vector.dict.length) || 1);
  // Clearing a table of the whole dictionary would cost more than hashing a few rows.
  const used = 8 * length < vector.dict.length ? byMap(vector, fresh, kept) : byTable(vector, fresh, kept);
  const dict = used === 0 && length > 0 ? EMPTY_TEXT : (takeVector(vector.dict, kept, used) as Utf8Vector);
  return { kind: "dict", length, validity, codes: fresh, dict };
}

/** One entry, "": what the codes of an all-null column point at. */
const EMPTY_TEXT: Utf8Vector = {
  kind: "utf8",
  length: 1,
  validity: null,
  offsets: new Int32Array(2),
  bytes: new Uint8Array(0),
};

function byTable({ codes, dict, length, validity }: DictVector, fresh: Int32Array, kept: Int32Array): number {
  const codeOf = new Int32Array(dict.length).fill(-1);
  let used = 0;
  for (let i = 0; i < length; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    const old = codes[i] as number;
    let code = codeOf[old] as number;
    if (code < 0) {
      code = used++;
      codeOf[old] = code;
      kept[code] = old;
    }
    fresh[i] = code;
  }
  return used;
}

function byMap({ codes, length, validity }: DictVector, fresh: Int32Array, kept: Int32Array): number {
  const codeOf = new Map<number, number>();
  for (let i = 0; i < length; i++) {
    if (validity !== null && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    const old = codes[i] as number;
    let code = codeOf.get(old);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(old, code);
      kept[code] = old;
    }
    fresh[i] = code;
  }
  return codeOf.size;
}
