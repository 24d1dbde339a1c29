/** min and max. Numbers by value (-0 = 0, NaN is skipped), strings by UTF-16 code units, as JavaScript compares them. */
import { Decimal } from "../../base/decimal.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { HeldColumn, numberAt } from "./held-column.js";

export class ExtremeAggregator implements Aggregator {
  readonly fields: readonly Field[];
  readonly #sign: 1 | -1;
  readonly #held: HeldColumn;

  constructor(kind: "min" | "max", name: string, type: ColumnType) {
    this.fields = [field(name, type, true)];
    this.#sign = kind === "min" ? 1 : -1;
    this.#held = new HeldColumn(type);
  }

  get bytes(): number {
    return this.#held.bytes;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#held.resize(capacity, kept);
  }

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    if (this.#held.numeric) this.#addNumbers(vector, groups);
    else this.#addValues(vector, groups);
  }

  result(group: number): Value {
    return this.#held.get(group);
  }

  save(groups: Int32Array): readonly Vector[] {
    return [this.#held.vector(groups)];
  }

  merge([values]: readonly Vector[], groups: Int32Array): void {
    if (values === undefined) return;
    if (this.#held.numeric) this.#addNumbers(values, groups);
    else this.#addValues(values, groups);
  }

  #addNumbers(vector: Vector, groups: Int32Array): void {
    const held = this.#held;
    const isMin = this.#sign === 1;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const value = numberAt(vector, i) + 0;
      if (Number.isNaN(value)) continue;
      const group = groups[i] as number;
      const best = held.number(group);
      if (!held.has(group) || (isMin ? value < best : value > best)) held.setNumber(group, value);
    }
  }

  #addValues(vector: Vector, groups: Int32Array): void {
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const group = groups[i] as number;
      const held = this.#held.get(group);
      if (held === null || this.#sign * compare(valueAt(vector, this.#held.type, i), held) < 0)
        this.#held.set(group, vector, i);
    }
  }
}

function compare(a: Value, b: Value): number {
  if (a instanceof Decimal) return a.cmp(b as Decimal);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}
