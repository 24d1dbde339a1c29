/** One column of a key as words (`key-layout.ts`): those whose words are the value itself. */
import { bitmapBytes, getBit, setBit } from "../../base/bits.js";
import { Decimal } from "../../base/decimal.js";
import { assert } from "../../base/errors.js";
import { setInt128 } from "../../batch/layout.js";
import { int128At } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsBigint, int64AsNumber } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { TextPart, ValuePart } from "./key-text-part.js";

export interface KeyPart {
  /** Words of a value. */
  readonly width: number;
  /** Memory held beside the words. */
  readonly bytes: number;
  /** Writes the values of the first `n` rows at out[at], out[at + stride], …; what it writes for a null row is unspecified. */
  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void;
  /** As `encode`, of a column of type `type`, remembering nothing; absent[i] = 1 for a value that no encoded one can equal. */
  probe(
    vector: Vector,
    type: ColumnType,
    n: number,
    out: Int32Array,
    stride: number,
    at: number,
    absent: Uint8Array,
  ): void;
  value(words: Int32Array, at: number): Value;
  /** The values at `firsts`, without nulls. */
  vector(words: Int32Array, firsts: Int32Array): Vector;
  /** Forgets what is beside the words of those at `firsts` (-1: none there), and rewrites these. */
  compact(words: Int32Array, firsts: Int32Array): void;
}

const KIND = "a key column of another type";

export function keyPart(type: ColumnType): KeyPart {
  switch (type.kind) {
    case "bool":
      return new BoolPart();
    case "int32":
      return new Int32Part();
    case "int":
    case "timestamp":
    case "int64":
    case "timestampNs":
      return new Int64Part(type);
    case "float64":
      return new DoublePart();
    case "decimal":
      return new DecimalPart(type.scale);
    case "string":
    case "oneOf":
      return new TextPart();
    default:
      return new ValuePart(type);
  }
}

abstract class WordsPart implements KeyPart {
  abstract readonly width: number;
  readonly bytes = 0;
  abstract encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void;
  abstract value(words: Int32Array, at: number): Value;
  abstract vector(words: Int32Array, firsts: Int32Array): Vector;

  probe(
    vector: Vector,
    _type: ColumnType,
    n: number,
    out: Int32Array,
    stride: number,
    at: number,
    _absent: Uint8Array,
  ): void {
    this.encode(vector, n, out, stride, at);
  }

  compact(): void {}
}

class BoolPart extends WordsPart {
  readonly width = 1;

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    assert(vector.kind === "bool", KIND);
    for (let i = 0; i < n; i++) out[stride * i + at] = getBit(vector.bits, i) ? 1 : 0;
  }

  value(words: Int32Array, at: number): Value {
    return words[at] === 1;
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    const bits = new Uint8Array(bitmapBytes(firsts.length));
    for (let i = 0; i < firsts.length; i++) if (words[firsts[i] as number] === 1) setBit(bits, i);
    return { kind: "bool", length: firsts.length, validity: null, bits };
  }
}

class Int32Part extends WordsPart {
  readonly width = 1;

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    assert(vector.kind === "int32", KIND);
    const { values } = vector;
    for (let i = 0; i < n; i++) out[stride * i + at] = values[i] as number;
  }

  value(words: Int32Array, at: number): Value {
    return words[at] as number;
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    return {
      kind: "int32",
      length: firsts.length,
      validity: null,
      values: firsts.map((at) => words[at] as number),
    };
  }
}

/** Whole numbers of any width: an int32 column's meet those of an int64 column. */
class Int64Part extends WordsPart {
  readonly width = 2;
  readonly #exact: boolean;

  constructor({ kind }: ColumnType) {
    super();
    this.#exact = kind === "int64" || kind === "timestampNs";
  }

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    if (vector.kind === "int64") {
      copyPairs(vector.words, n, out, stride, at);
      return;
    }
    assert(vector.kind === "int32", KIND);
    const { values } = vector;
    for (let i = 0; i < n; i++) {
      out[stride * i + at] = values[i] as number;
      out[stride * i + at + 1] = (values[i] as number) >> 31;
    }
  }

  value(words: Int32Array, at: number): Value {
    const pair = words.subarray(at, at + 2);
    return this.#exact ? int64AsBigint(pair, 0) : int64AsNumber(pair, 0);
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    return { kind: "int64", length: firsts.length, validity: null, words: gathered(words, firsts, 2) };
  }
}

const NAN_HIGH = 0x7ff80000;

class DoublePart extends WordsPart {
  readonly width = 2;

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    assert(vector.kind === "float64", KIND);
    const { buffer, byteOffset } = vector.values;
    copyPairs(new Int32Array(buffer, byteOffset, 2 * n), n, out, stride, at);
    for (let i = 0; i < n; i++) {
      const value = vector.values[i] as number;
      if (value === 0) out[stride * i + at + 1] = 0;
      else if (Number.isNaN(value)) {
        out[stride * i + at] = 0;
        out[stride * i + at + 1] = NAN_HIGH;
      }
    }
  }

  /** NaN equals nothing, as where it is refused as a key. */
  override probe(
    vector: Vector,
    _type: ColumnType,
    n: number,
    out: Int32Array,
    stride: number,
    at: number,
    absent: Uint8Array,
  ): void {
    this.encode(vector, n, out, stride, at);
    for (let i = 0; i < n; i++) if (out[stride * i + at + 1] === NAN_HIGH && out[stride * i + at] === 0) absent[i] = 1;
  }

  value(words: Int32Array, at: number): Value {
    return new Float64Array(words.slice(at, at + 2).buffer)[0] as number;
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    const pairs = gathered(words, firsts, 2);
    return { kind: "float64", length: firsts.length, validity: null, values: new Float64Array(pairs.buffer) };
  }
}

class DecimalPart extends WordsPart {
  readonly width = 4;
  readonly #scale: number;

  constructor(scale: number) {
    super();
    this.#scale = scale;
  }

  encode(vector: Vector, n: number, out: Int32Array, stride: number, at: number): void {
    assert(vector.kind === "decimal", KIND);
    const { words } = vector;
    for (let i = 0; i < n; i++) for (let k = 0; k < 4; k++) out[stride * i + at + k] = words[4 * i + k] as number;
  }

  /** 1.5 at scale 1 is 1.50 at scale 2; what this scale can't hold equals nothing. */
  override probe(
    vector: Vector,
    type: ColumnType,
    n: number,
    out: Int32Array,
    stride: number,
    at: number,
    absent: Uint8Array,
  ): void {
    assert(vector.kind === "decimal" && type.kind === "decimal", KIND);
    if (type.scale === this.#scale) {
      this.encode(vector, n, out, stride, at);
      return;
    }
    const words = new Int32Array(4);
    for (let i = 0; i < n; i++) {
      const scaled = new Decimal(int128At(vector.words, i), type.scale).rescale(this.#scale);
      if (scaled === null || BigInt.asIntN(128, scaled.unscaled) !== scaled.unscaled) {
        absent[i] = 1;
        continue;
      }
      setInt128(words, 0, scaled.unscaled);
      for (let k = 0; k < 4; k++) out[stride * i + at + k] = words[k] as number;
    }
  }

  value(words: Int32Array, at: number): Value {
    return new Decimal(int128At(words.subarray(at, at + 4), 0), this.#scale);
  }

  vector(words: Int32Array, firsts: Int32Array): Vector {
    return { kind: "decimal", length: firsts.length, validity: null, words: gathered(words, firsts, 4) };
  }
}

function copyPairs(pairs: Int32Array, n: number, out: Int32Array, stride: number, at: number): void {
  for (let i = 0; i < n; i++) {
    out[stride * i + at] = pairs[2 * i] as number;
    out[stride * i + at + 1] = pairs[2 * i + 1] as number;
  }
}

function gathered(words: Int32Array, firsts: Int32Array, width: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(width * firsts.length);
  for (let i = 0; i < firsts.length; i++)
    for (let k = 0; k < width; k++) out[width * i + k] = words[(firsts[i] as number) + k] as number;
  return out;
}
