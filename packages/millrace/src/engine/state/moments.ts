/** sum, mean, variance and stddev of doubles, int32 and int: exact sums of the values and, where needed, of their squares. */

import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import type { AggSpec } from "../../plan/nodes/node.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { ExactSums } from "./exact-sum.js";
import { grown } from "./grown.js";

export class MomentsAggregator implements Aggregator {
  readonly #spec: AggSpec;
  readonly #type: ColumnType;
  readonly #sums = new ExactSums();
  readonly #squares: ExactSums | null;
  #counts = new Float64Array(0);

  constructor(spec: AggSpec, type: ColumnType) {
    this.#spec = spec;
    this.#type = type;
    this.#squares = spec.kind === "variance" || spec.kind === "stddev" ? new ExactSums() : null;
  }

  ensure(capacity: number): void {
    if (capacity <= this.#counts.length) return;
    this.#counts = grown(this.#counts, new Float64Array(capacity));
    this.#sums.ensure(capacity);
    this.#squares?.ensure(capacity);
  }

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    const sums = this.#sums;
    const counts = this.#counts;
    const values = numbersOf(vector, this.#type);
    const hasNulls = vector.validity !== null;
    for (let i = 0; i < vector.length; i++) {
      if (hasNulls && !isValid(vector, i)) continue;
      const group = groups[i] as number;
      counts[group] = (counts[group] as number) + 1;
      sums.add(group, values[i] as number);
    }
    if (this.#squares !== null) this.#addSquares(this.#squares, vector, values, groups);
  }

  result(group: number): Value {
    const n = this.#counts[group] as number;
    if (n === 0) return null;
    switch (this.#spec.kind) {
      case "sum": {
        const sum = this.#sums.value(group);
        if (this.#type.kind !== "float64" && !Number.isSafeInteger(sum))
          throw new MillraceError("OVERFLOW", `sum "${this.#spec.name}" left the range ±(2^53 - 1) of whole numbers`, {
            hint: "Make the column t.int64() (bigint), or sum a t.float64().",
          });
        return sum;
      }
      case "mean":
        return this.#sums.value(group) / n;
      default: {
        const divisor = this.#spec.sample ? n - 1 : n;
        if (divisor === 0) return null;
        const variance = Math.max(0, this.#deviations(group, n)) / divisor;
        return this.#spec.kind === "variance" ? variance : Math.sqrt(variance);
      }
    }
  }

  save(group: number): unknown {
    return [this.#counts[group], this.#sums.save(group), this.#squares?.save(group) ?? null];
  }

  load(group: number, saved: unknown): void {
    const [count, sum, squares] = saved as [number, string, string | null];
    this.#counts[group] = count;
    this.#sums.load(group, sum);
    if (squares !== null) this.#squares?.load(group, squares);
  }

  compact(kept: Int32Array): void {
    for (let j = 0; j < kept.length; j++) this.#counts[j] = this.#counts[kept[j] as number] as number;
    this.#counts.fill(0, kept.length);
    this.#sums.compact(kept);
    this.#squares?.compact(kept);
  }

  #addSquares(squares: ExactSums, vector: Vector, values: ArrayLike<number>, groups: Int32Array): void {
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const x = values[i] as number;
      const group = groups[i] as number;
      const square = x * x;
      squares.add(group, square);
      const error = squareError(x, square);
      if (error !== 0) squares.add(group, error);
    }
  }

  /** Sum of squared deviations from the mean = S2 - S1²/n, in twice the precision of a double: S2 and S1² may agree in all 53 bits. */
  #deviations(group: number, n: number): number {
    const [sum, sumRest] = this.#sums.pair(group);
    const [squares, squaresRest] = (this.#squares as ExactSums).pair(group);
    if (!Number.isFinite(sum) || !Number.isFinite(squares)) return Number.NaN;
    const product = sum * sum;
    const productRest = squareError(sum, product) + 2 * sum * sumRest;
    const quotient = product / n;
    // product = quotient * n + rest, exactly, with rest of quotient * n by the same splitting
    const back = quotient * n;
    const quotientRest = (product - back - multiplyError(quotient, n, back) + productRest) / n;
    return squares - quotient + (squaresRest - quotientRest);
  }
}

function numbersOf(vector: Vector, type: ColumnType): ArrayLike<number> {
  if (vector.kind === "float64" || vector.kind === "int32") return vector.values;
  const values = new Float64Array(vector.length);
  if (vector.kind === "int64" && type.kind !== "int64")
    for (let i = 0; i < vector.length; i++) values[i] = int64AsNumber(vector.words, i);
  else
    for (let i = 0; i < vector.length; i++) {
      const value = isValid(vector, i) ? valueAt(vector, type, i) : 0;
      values[i] = value instanceof Decimal ? value.toNumber() : Number(value);
    }
  return values;
}

const SPLITTER = 134_217_729; // 2^27 + 1

/** x * x - fl(x * x), exactly (Dekker); 0 where the parts would overflow. */
function squareError(x: number, square: number): number {
  return multiplyError(x, x, square);
}

function multiplyError(x: number, y: number, product: number): number {
  const a = SPLITTER * x;
  const b = SPLITTER * y;
  const xh = a - (a - x);
  const yh = b - (b - y);
  const xl = x - xh;
  const yl = y - yh;
  const error = xl * yl - (product - xh * yh - xl * yh - xh * yl);
  return Number.isFinite(error) ? error : 0;
}
