/** One value or none for each group, in a column: numbers and times in typed arrays, other values as they are. */
import { vectorOf } from "../../batch/layout.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { own } from "./own-value.js";
import { regrouped, regroupedValues } from "./regrouped.js";

/** About what a value that is not a number takes. */
const VALUE_BYTES = 48;

export class HeldColumn {
  readonly type: ColumnType;
  /** Whether `has`, `number` and `setNumber` are for it. */
  readonly numeric: boolean;
  #numbers = new Float64Array(0);
  /** 1: the number is there. */
  #has = new Uint8Array(0);
  #values: (Value | undefined)[] = [];

  constructor(type: ColumnType) {
    this.type = type;
    this.numeric = ["int32", "int", "timestamp", "float64"].includes(type.kind);
  }

  get bytes(): number {
    return this.#numbers.byteLength + this.#has.byteLength + this.#values.length * VALUE_BYTES;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    if (this.numeric) {
      this.#numbers = regrouped(this.#numbers, new Float64Array(capacity), kept);
      this.#has = regrouped(this.#has, new Uint8Array(capacity), kept);
    } else this.#values = regroupedValues(this.#values, kept);
  }

  /** Null where there is none. */
  get(group: number): Value {
    if (!this.numeric) return this.#values[group] ?? null;
    return this.#has[group] === 1 ? (this.#numbers[group] as number) : null;
  }

  set(group: number, vector: Vector, row: number): void {
    if (!this.numeric) {
      this.#values[group] = own(vector, row, valueAt(vector, this.type, row));
      return;
    }
    this.#has[group] = isValid(vector, row) ? 1 : 0;
    this.#numbers[group] = numberAt(vector, row);
  }

  has(group: number): boolean {
    return this.#has[group] === 1;
  }

  number(group: number): number {
    return this.#numbers[group] as number;
  }

  /** Sets a number that the column's type holds. */
  setNumber(group: number, value: number): void {
    this.#has[group] = 1;
    this.#numbers[group] = value;
  }

  /** The values of `groups`; null where there is none. */
  vector(groups: Int32Array): Vector {
    return vectorOf(
      this.type,
      Array.from(groups, (group) => this.get(group)),
    );
  }
}

/** A number column's value; unspecified for null. */
export function numberAt(vector: Vector, row: number): number {
  if (vector.kind === "int64") return int64AsNumber(vector.words, row);
  return vector.kind === "float64" || vector.kind === "int32" ? (vector.values[row] as number) : Number.NaN;
}
