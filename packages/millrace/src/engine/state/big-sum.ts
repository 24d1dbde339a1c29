/** Exact sums and means of int64 and decimal columns. */
import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import { int128At } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsBigint, isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import { typeText } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";

export class BigSumAggregator implements Aggregator {
  readonly #type: ColumnType;
  readonly #name: string;
  /** Undefined: no value yet. */
  #sums: (bigint | undefined)[] = [];

  constructor(type: ColumnType, name: string) {
    this.#type = type;
    this.#name = name;
  }

  ensure(): void {}

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const group = groups[i] as number;
      this.#sums[group] = (this.#sums[group] ?? 0n) + unscaledAt(vector, i);
    }
  }

  result(group: number): Value {
    const sum = this.#sums[group];
    if (sum === undefined) return null;
    const limit = this.#type.kind === "decimal" ? 10n ** 38n : 1n << 63n;
    if (sum >= limit || sum < -limit)
      throw new MillraceError("OVERFLOW", `sum "${this.#name}" left the range of ${typeText(this.#type)}`);
    return this.#type.kind === "decimal" ? new Decimal(sum, this.#type.scale) : sum;
  }

  save(group: number): unknown {
    return this.#sums[group]?.toString() ?? null;
  }

  load(group: number, saved: unknown): void {
    this.#sums[group] = saved === null ? undefined : BigInt(saved as string);
  }

  compact(kept: Int32Array): void {
    this.#sums = Array.from(kept, (from) => this.#sums[from]);
  }
}

/** Digits of a mean's quotient beyond the point: far more than a double tells apart. */
const MEAN_DIGITS = 60;

/** The mean of int64 and decimal columns: of the exact sum, rounded once. */
export class BigMeanAggregator implements Aggregator {
  readonly #scale: number;
  #sums: (bigint | undefined)[] = [];
  #counts: number[] = [];

  constructor(type: ColumnType) {
    this.#scale = type.kind === "decimal" ? type.scale : 0;
  }

  ensure(): void {}

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    for (let i = 0; i < vector.length; i++) {
      if (!isValid(vector, i)) continue;
      const group = groups[i] as number;
      this.#sums[group] = (this.#sums[group] ?? 0n) + unscaledAt(vector, i);
      this.#counts[group] = (this.#counts[group] ?? 0) + 1;
    }
  }

  result(group: number): Value {
    const sum = this.#sums[group];
    if (sum === undefined) return null;
    const quotient = (sum * 10n ** BigInt(MEAN_DIGITS)) / BigInt(this.#counts[group] as number);
    return Number(`${quotient}e-${MEAN_DIGITS + this.#scale}`);
  }

  save(group: number): unknown {
    const sum = this.#sums[group];
    return sum === undefined ? null : [sum.toString(), this.#counts[group]];
  }

  load(group: number, saved: unknown): void {
    if (saved === null) return;
    const [sum, count] = saved as [string, number];
    this.#sums[group] = BigInt(sum);
    this.#counts[group] = count;
  }

  compact(kept: Int32Array): void {
    this.#sums = Array.from(kept, (from) => this.#sums[from]);
    this.#counts = Array.from(kept, (from) => this.#counts[from] ?? 0);
  }
}

function unscaledAt(vector: Vector, row: number): bigint {
  return vector.kind === "int64"
    ? int64AsBigint(vector.words, row)
    : vector.kind === "decimal"
      ? int128At(vector.words, row)
      : 0n;
}
