/** count: rows, whatever is in them. */
import type { Vector } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { regrouped } from "./regrouped.js";

export class CountAggregator implements Aggregator {
  readonly fields: readonly Field[];
  #counts = new Float64Array(0);

  constructor(name: string) {
    this.fields = [field(name, { kind: "float64" })];
  }

  get bytes(): number {
    return this.#counts.byteLength;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#counts = regrouped(this.#counts, new Float64Array(capacity), kept);
  }

  add(rows: Rows, _column: Vector | null, groups: Int32Array): void {
    const counts = this.#counts;
    const n = rows.batch.length;
    for (let i = 0; i < n; i++) {
      const group = groups[i] as number;
      counts[group] = (counts[group] as number) + 1;
    }
  }

  result(group: number): Value {
    return this.#counts[group] as number;
  }

  save(groups: Int32Array): readonly Vector[] {
    const values = new Float64Array(groups.length);
    for (let i = 0; i < groups.length; i++) values[i] = this.#counts[groups[i] as number] as number;
    return [{ kind: "float64", length: groups.length, validity: null, values }];
  }

  merge([counts]: readonly Vector[], groups: Int32Array): void {
    if (counts?.kind !== "float64") return;
    for (let i = 0; i < counts.length; i++) {
      const group = groups[i] as number;
      this.#counts[group] = (this.#counts[group] as number) + (counts.values[i] as number);
    }
  }
}
