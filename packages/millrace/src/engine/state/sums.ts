/**
 * What sum, mean, variance and stddev are made of: for each group an exact sum of values, or of their squares.
 * Doubles, int32 and int add as doubles; int64 and decimal as whole numbers of their own length.
 */
import { bug } from "../../base/errors.js";
import { int128At } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsBigint, int64AsNumber, isValid } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { ExactSum } from "./exact-sum.js";
import { ExactSums } from "./exact-sum.js";
import { bytesOfUnits, nullableBinary, unitsOfBytes } from "./units-column.js";
import { WideSums } from "./wide-sums.js";

export interface Sums {
  readonly fields: readonly Field[];
  readonly bytes: number;
  resize(capacity: number, kept: Int32Array | null): void;
  /** Adds every non-null value, or its square: row i of `vector` to group groups[i]. */
  add(vector: Vector, groups: Int32Array): void;
  exact(group: number): ExactSum;
  save(groups: Int32Array): readonly Vector[];
  merge(columns: readonly Vector[], groups: Int32Array): void;
}

export function makeSums(name: string, type: ColumnType, squares: boolean): Sums {
  switch (type.kind) {
    case "int64":
      return new WordSums(name, squares ? 5 : 3, squares);
    case "decimal":
      return new WordSums(name, squares ? 9 : 5, squares);
    default:
      return new DoubleSums(name, squares);
  }
}

export class DoubleSums implements Sums {
  readonly fields: readonly Field[];
  readonly #sums: ExactSums;
  readonly #squares: boolean;

  constructor(name: string, squares: boolean) {
    this.fields = ExactSums.fields(name);
    this.#sums = new ExactSums(squares);
    this.#squares = squares;
  }

  get bytes(): number {
    return this.#sums.bytes;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#sums.resize(capacity, kept);
  }

  add(vector: Vector, groups: Int32Array): void {
    const values = numbersOf(vector);
    if (!this.#squares) {
      this.#sums.addAll(values, vector, groups);
      return;
    }
    for (let i = 0; i < vector.length; i++)
      if (isValid(vector, i)) this.#sums.addSquare(groups[i] as number, values[i] as number);
  }

  /** Rounded to the nearest double. */
  value(group: number): number {
    return this.#sums.value(group);
  }

  exact(group: number): ExactSum {
    return this.#sums.exact(group);
  }

  save(groups: Int32Array): readonly Vector[] {
    return this.#sums.save(groups);
  }

  merge(columns: readonly Vector[], groups: Int32Array): void {
    this.#sums.merge(columns, groups);
  }
}

/** int64 and decimal: of the unscaled values. */
class WordSums implements Sums {
  readonly fields: readonly Field[];
  readonly #sums: WideSums;
  readonly #squares: boolean;

  constructor(name: string, limbs: number, squares: boolean) {
    this.fields = [field(`${name}/units`, { kind: "binary" })];
    this.#sums = new WideSums(limbs);
    this.#squares = squares;
  }

  get bytes(): number {
    return this.#sums.bytes;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#sums.resize(capacity, kept);
  }

  add(vector: Vector, groups: Int32Array): void {
    if (this.#squares) this.#addSquares(vector, groups);
    else if (vector.kind === "int64") this.#addWords(vector, vector.words, 2, groups);
    else if (vector.kind === "decimal") this.#addWords(vector, vector.words, 4, groups);
    else bug(`a ${vector.kind} vector in a sum of whole numbers`);
  }

  exact(group: number): ExactSum {
    return { special: null, units: this.#sums.value(group), power: 0 };
  }

  save(groups: Int32Array): readonly Vector[] {
    return [nullableBinary(Array.from(groups, (group) => bytesOfUnits(this.#sums.value(group))))];
  }

  merge([units]: readonly Vector[], groups: Int32Array): void {
    if (units?.kind !== "binary") return;
    for (let i = 0; i < units.length; i++) this.#sums.add(groups[i] as number, unitsOfBytes(units, i));
  }

  /** All words but the last are unsigned. */
  #addWords(vector: Vector, words: Int32Array, width: number, groups: Int32Array): void {
    const sums = this.#sums;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const group = groups[i] as number;
      const last = width - 1;
      for (let k = 0; k < last; k++) sums.addWord(group, k, (words[width * i + k] as number) >>> 0);
      sums.addWord(group, last, words[width * i + last] as number);
    }
  }

  #addSquares(vector: Vector, groups: Int32Array): void {
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const value =
        vector.kind === "int64"
          ? int64AsBigint(vector.words, i)
          : vector.kind === "decimal"
            ? int128At(vector.words, i)
            : 0n;
      this.#sums.add(groups[i] as number, value * value);
    }
  }
}

function numbersOf(vector: Vector): ArrayLike<number> {
  if (vector.kind === "float64" || vector.kind === "int32") return vector.values;
  if (vector.kind !== "int64") return bug(`a ${vector.kind} vector in a sum of numbers`);
  const values = new Float64Array(vector.length);
  for (let i = 0; i < vector.length; i++) values[i] = int64AsNumber(vector.words, i);
  return values;
}
