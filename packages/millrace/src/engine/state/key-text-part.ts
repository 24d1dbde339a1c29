/** Columns of a key whose word is the number of a text in a pool: strings, and values of any type in a text of their own. */

import { viewOf } from "../../batch/byte-table.js";
import { valueAt } from "../../batch/read.js";
import type { DictVector, Utf8Vector, Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { BytePool } from "./byte-pool.js";
import type { KeyPart } from "./key-part.js";
import { textOfValue } from "./value-text.js";

/** A dictionary with so many values for each row is not worth a table of its values' numbers. */
const MEMO_VALUES_A_ROW = 8;

/** The number of the text in [from, to) of the view. */
type NumberOf = (view: DataView, from: number, to: number) => number;

export class TextPart implements KeyPart {
  readonly width = 1;
  protected pool = new BytePool();
  /** Dictionary -> number + 1 of each of its values that was met; 0: not yet. */
  #memos = new WeakMap<Utf8Vector, Int32Array>();

  get bytes(): number {
    return this.pool.size;
  }

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    const intern: NumberOf = (view, from, to) => this.pool.intern(view, from, to);
    if (vector.kind === "utf8") eachText(vector, n, out, stride, at, intern);
    else if (vector.kind === "dict") eachCode(vector, n, out, stride, at, intern, this.#memoOf(vector, n));
  }

  probe(
    vector: Vector,
    _type: ColumnType,
    n: number,
    out: Int32Array,
    stride: number,
    at: number,
    absent: Uint8Array,
  ): void {
    const find: NumberOf = (view, from, to) => this.pool.find(view, from, to);
    if (vector.kind === "utf8") eachText(vector, n, out, stride, at, find);
    else if (vector.kind === "dict")
      eachCode(vector, n, out, stride, at, find, isMemoWorthIt(vector, n) ? new Int32Array(vector.dict.length) : null);
    for (let i = 0; i < n; i++) if ((out[stride * i + at] as number) < 0) absent[i] = 1;
  }

  value(words: Int32Array, at: number): Value {
    return this.pool.text(words[at] as number);
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    const numbers = firsts.map((at) => words[at] as number);
    return { kind: "utf8", length: firsts.length, validity: null, ...this.pool.vectorParts(numbers) };
  }

  compact(words: Int32Array, firsts: Int32Array): void {
    const kept = new BytePool();
    for (let i = 0; i < firsts.length; i++) {
      const at = firsts[i] as number;
      if (at >= 0) words[at] = this.pool.moveTo(kept, words[at] as number);
    }
    this.pool = kept;
    this.#memos = new WeakMap();
  }

  #memoOf(vector: DictVector, n: number): Int32Array | null {
    let memo = this.#memos.get(vector.dict);
    if (memo === undefined && isMemoWorthIt(vector, n)) {
      memo = new Int32Array(vector.dict.length);
      this.#memos.set(vector.dict, memo);
    }
    return memo ?? null;
  }
}

/**
 * Lists, structs, open attributes and binary, by a text that says their value (`value-text.ts`). They are given back as
 * that text, and taken as it.
 */
export class ValuePart extends TextPart {
  readonly #type: ColumnType;

  constructor(type: ColumnType) {
    super();
    this.#type = type;
  }

  override encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    if (vector.kind === "utf8" || vector.kind === "dict") {
      super.encode(vector, n, out, stride, at);
      return;
    }
    for (let i = 0; i < n; i++)
      if (isValid(vector, i)) out[stride * i + at] = this.pool.internText(textOfValue(valueAt(vector, this.#type, i)));
  }
}

function isMemoWorthIt({ dict }: DictVector, n: number): boolean {
  return dict.length <= MEMO_VALUES_A_ROW * n;
}

function eachText(vector: Utf8Vector, n: number, out: Int32Array, stride: number, at: number, number: NumberOf): void {
  const { offsets } = vector;
  const view = viewOf(vector.bytes);
  for (let i = 0; i < n; i++)
    if (isValid(vector, i)) out[stride * i + at] = number(view, offsets[i] as number, offsets[i + 1] as number);
}

function eachCode(
  vector: DictVector,
  n: number,
  out: Int32Array,
  stride: number,
  at: number,
  number: NumberOf,
  memo: Int32Array | null,
): void {
  const { codes, dict } = vector;
  const view = viewOf(dict.bytes);
  const hasNulls = vector.validity !== null;
  for (let i = 0; i < n; i++) {
    if (hasNulls && !isValid(vector, i)) continue;
    const code = codes[i] as number;
    let known = memo === null ? 0 : (memo[code] as number);
    if (known === 0) {
      known = number(view, dict.offsets[code] as number, dict.offsets[code + 1] as number) + 1;
      if (memo !== null) memo[code] = known;
    }
    out[stride * i + at] = known - 1;
  }
}
