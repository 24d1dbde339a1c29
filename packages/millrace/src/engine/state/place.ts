/**
 * first and last: by event time, then stream, partition, offset, way and number (`engine/rows.ts`). Null values are
 * skipped by aggregates of a column. Those of a whole row take nulls, and share one set of places: the first column's
 * aggregator finds the rows that win, the others take their values of the same rows.
 */
import type { Vector } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { HeldColumn } from "./held-column.js";
import { Places } from "./places.js";

export class PlaceAggregator implements Aggregator {
  readonly fields: readonly Field[];
  readonly #places: Places;
  readonly #leads: boolean;
  readonly #held: HeldColumn;

  /** whole: the places of the whole row that the column is part of; null: it is by itself. */
  constructor(kind: "first" | "last", name: string, type: ColumnType, whole: Places | null) {
    this.#places = whole ?? new Places(kind);
    this.#leads = whole === null || whole.takeLead();
    this.#takesNull = whole !== null;
    this.#held = new HeldColumn(type);
    this.fields = [field(name, type, true), ...(this.#leads ? Places.fields(name) : [])];
  }

  readonly #takesNull: boolean;

  get bytes(): number {
    return this.#held.bytes + (this.#leads ? this.#places.bytes : 0);
  }

  resize(capacity: number, kept: Int32Array | null): void {
    if (this.#leads) this.#places.resize(capacity, kept);
    this.#held.resize(capacity, kept);
  }

  add(rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    if (this.#leads) this.#places.add(rows, this.#takesNull ? null : vector, groups);
    this.#takeWinners(vector, groups);
  }

  result(group: number): Value {
    return this.#held.get(group);
  }

  save(groups: Int32Array): readonly Vector[] {
    return [this.#held.vector(groups), ...(this.#leads ? this.#places.save(groups) : [])];
  }

  merge([values, ...places]: readonly Vector[], groups: Int32Array): void {
    if (this.#leads) this.#places.merge(places, groups);
    this.#takeWinners(values as Vector, groups);
  }

  #takeWinners(vector: Vector, groups: Int32Array): void {
    const { winners, count } = this.#places;
    for (let k = 0; k < count; k++) {
      const row = winners[k] as number;
      this.#held.set(groups[row] as number, vector, row);
    }
  }
}
