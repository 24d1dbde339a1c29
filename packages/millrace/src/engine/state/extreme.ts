/** min and max. Numbers by value (-0 = 0, NaN is skipped), strings by UTF-16 code units, as JavaScript compares them. */
import { Decimal } from "../../base/decimal.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { own } from "./own-value.js";
import { loadValue, saveValue } from "./saved-value.js";

export class ExtremeAggregator implements Aggregator {
  readonly #sign: 1 | -1;
  readonly #type: ColumnType;
  #values: (Value | undefined)[] = [];

  constructor(kind: "min" | "max", type: ColumnType) {
    this.#sign = kind === "min" ? 1 : -1;
    this.#type = type;
  }

  ensure(): void {}

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    if (vector.kind === "float64" || vector.kind === "int32") this.#addNumbers(vector, vector.values, groups);
    else this.#addValues(vector, groups);
  }

  result(group: number): Value {
    return this.#values[group] ?? null;
  }

  save(group: number): unknown {
    return saveValue(this.#values[group] ?? null);
  }

  load(group: number, saved: unknown): void {
    const value = loadValue(this.#type, saved);
    this.#values[group] = value === null ? undefined : value;
  }

  compact(kept: Int32Array): void {
    this.#values = Array.from(kept, (from) => this.#values[from]);
  }

  #addNumbers(vector: Vector, numbers: Float64Array | Int32Array, groups: Int32Array): void {
    const values = this.#values as (number | undefined)[];
    const sign = this.#sign;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const value = (numbers[i] as number) + 0;
      const group = groups[i] as number;
      const held = values[group];
      if (held === undefined ? !Number.isNaN(value) : sign * (value - held) < 0) values[group] = value;
    }
  }

  #addValues(vector: Vector, groups: Int32Array): void {
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const value = valueAt(vector, this.#type, i);
      const group = groups[i] as number;
      const held = this.#values[group];
      if (held === undefined || this.#sign * compare(value, held) < 0) this.#values[group] = own(vector, i, value);
    }
  }
}

function compare(a: Value, b: Value): number {
  if (a instanceof Decimal) return a.cmp(b as Decimal);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}
