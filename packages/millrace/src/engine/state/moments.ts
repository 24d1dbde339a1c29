/**
 * sum, mean, variance and stddev: worked out of exact sums of the values and, where needed, of their squares, and rounded
 * once, when they are read.
 *
 *   mean       S / n
 *   variance   (n Q - S^2) / (n n), or / (n (n - 1)) of a sample, with Q the sum of squares; stddev its root
 */
import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import { sumType } from "../../plan/aggregates.js";
import type { AggSpec } from "../../plan/nodes/node.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field, typeText } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import type { ExactSum } from "./exact-sum.js";
import { nearestQuotient, nearestRoot } from "./nearest.js";
import { regrouped } from "./regrouped.js";
import type { Sums } from "./sums.js";
import { DoubleSums, makeSums } from "./sums.js";

export class MomentsAggregator implements Aggregator {
  readonly fields: readonly Field[];
  readonly #spec: AggSpec;
  readonly #type: ColumnType;
  readonly #sums: Sums;
  readonly #squares: Sums | null;
  #counts = new Float64Array(0);

  constructor(spec: AggSpec, type: ColumnType) {
    const { kind, name } = spec;
    this.#spec = spec;
    this.#type = type;
    this.#sums = makeSums(`${name}/sum`, type, false);
    this.#squares = kind === "variance" || kind === "stddev" ? makeSums(`${name}/squares`, type, true) : null;
    this.fields = [field(`${name}/count`, { kind: "float64" }), ...this.#sums.fields, ...(this.#squares?.fields ?? [])];
  }

  get bytes(): number {
    return this.#counts.byteLength + this.#sums.bytes + (this.#squares?.bytes ?? 0);
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#counts = regrouped(this.#counts, new Float64Array(capacity), kept);
    this.#sums.resize(capacity, kept);
    this.#squares?.resize(capacity, kept);
  }

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    const counts = this.#counts;
    const hasNulls = vector.validity !== null;
    for (let i = 0; i < vector.length; i++) {
      if (hasNulls && !isValid(vector, i)) continue;
      const group = groups[i] as number;
      counts[group] = (counts[group] as number) + 1;
    }
    this.#sums.add(vector, groups);
    this.#squares?.add(vector, groups);
  }

  result(group: number): Value {
    const n = this.#counts[group] as number;
    if (n === 0) return null;
    if (this.#spec.kind === "sum") return this.#sum(group);
    if (this.#spec.kind === "mean") return this.#mean(this.#sums.exact(group), n);
    if (this.#spec.sample && n === 1) return null;
    return this.#spread(group, BigInt(n));
  }

  save(groups: Int32Array): readonly Vector[] {
    const values = Float64Array.from(groups, (group) => this.#counts[group] as number);
    return [
      { kind: "float64", length: groups.length, validity: null, values },
      ...this.#sums.save(groups),
      ...(this.#squares?.save(groups) ?? []),
    ];
  }

  merge(columns: readonly Vector[], groups: Int32Array): void {
    const [counts, ...sums] = columns;
    if (counts?.kind !== "float64") return;
    for (let i = 0; i < counts.length; i++) {
      const group = groups[i] as number;
      this.#counts[group] = (this.#counts[group] as number) + (counts.values[i] as number);
    }
    const split = this.#sums.fields.length;
    this.#sums.merge(sums.slice(0, split), groups);
    this.#squares?.merge(sums.slice(split), groups);
  }

  #sum(group: number): Value {
    if (this.#sums instanceof DoubleSums) {
      const sum = this.#sums.value(group);
      if (this.#type.kind === "float64" || Number.isSafeInteger(sum)) return sum;
      throw new MillraceError("OVERFLOW", `sum "${this.#spec.name}" left the range ±(2^53 - 1) of whole numbers`, {
        hint: "Make the column t.int64() (bigint), or sum a t.float64().",
      });
    }
    const { units } = this.#sums.exact(group) as { units: bigint };
    const type = sumType(this.#type);
    const limit = type.kind === "decimal" ? 10n ** BigInt(type.precision) : 1n << 63n;
    if (units >= limit || units < (type.kind === "decimal" ? 1n - limit : -limit))
      throw new MillraceError("OVERFLOW", `sum "${this.#spec.name}" left the range of ${typeText(type)}`);
    return type.kind === "decimal" ? new Decimal(units, type.scale) : units;
  }

  #mean(sum: ExactSum, n: number): number {
    if (sum.special !== null) return sum.special;
    return nearestQuotient(sum.units, BigInt(n) * this.#unit(), sum.power);
  }

  #spread(group: number, n: bigint): number {
    const sum = this.#sums.exact(group);
    const squares = (this.#squares as Sums).exact(group);
    if (sum.special !== null || squares.special !== null) return Number.NaN;
    // Brought to one power of two: 2 * the sum's, or the squares' where that is less.
    const power = Math.min(2 * sum.power, squares.power);
    const above =
      n * (squares.units << BigInt(squares.power - power)) - ((sum.units * sum.units) << BigInt(2 * sum.power - power));
    const below = n * (this.#spec.sample ? n - 1n : n) * this.#unit() ** 2n;
    return this.#spec.kind === "variance" ? nearestQuotient(above, below, power) : nearestRoot(above, below, power);
  }

  /** Units in 1. */
  #unit(): bigint {
    return this.#type.kind === "decimal" ? 10n ** BigInt(this.#type.scale) : 1n;
  }
}
