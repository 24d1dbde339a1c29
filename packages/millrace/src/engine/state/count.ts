/** count and countDistinct. */
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { grown } from "./grown.js";

export class CountAggregator implements Aggregator {
  #counts = new Float64Array(0);

  ensure(capacity: number): void {
    if (capacity > this.#counts.length) this.#counts = grown(this.#counts, new Float64Array(capacity));
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

  save(group: number): unknown {
    return this.#counts[group];
  }

  load(group: number, saved: unknown): void {
    this.#counts[group] = saved as number;
  }

  compact(kept: Int32Array): void {
    for (let j = 0; j < kept.length; j++) this.#counts[j] = this.#counts[kept[j] as number] as number;
    this.#counts.fill(0, kept.length);
  }
}

/** Exact: keeps every distinct value. */
export class DistinctAggregator implements Aggregator {
  readonly #type: ColumnType;
  #sets: (Set<string> | undefined)[] = [];

  constructor(type: ColumnType) {
    this.#type = type;
  }

  ensure(): void {}

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const value = valueAt(vector, this.#type, i);
      const group = groups[i] as number;
      let set = this.#sets[group];
      if (set === undefined) {
        set = new Set();
        this.#sets[group] = set;
      }
      set.add(value === 0 ? "0" : String(value));
    }
  }

  result(group: number): Value {
    return this.#sets[group]?.size ?? 0;
  }

  save(group: number): unknown {
    return [...(this.#sets[group] ?? [])].sort();
  }

  load(group: number, saved: unknown): void {
    this.#sets[group] = new Set(saved as string[]);
  }

  compact(kept: Int32Array): void {
    this.#sets = Array.from(kept, (from) => this.#sets[from]);
  }
}
