/**
 * The slow, obvious twin of keyed and windowed aggregates: everything recomputed from the whole input, over plain
 * objects and arrays, with sums as exact fractions. It shares no code with the engine but the values' own types.
 */
import { Decimal } from "../base/decimal.js";
import type { AggKind } from "../plan/nodes/node.js";
import type { Value } from "../schema/types.js";

export type TwinRow = Readonly<Record<string, Value>>;

/** What came into one partition, in order. */
export type TwinEntry = { readonly row: TwinRow } | { readonly mark: number };

export interface TwinAggregate {
  /** Column of the event time. */
  readonly time: string;
  readonly delayMs: number;
  /** Rows that go into the aggregate; null drops one. */
  readonly rows: (row: TwinRow) => TwinRow | null;
  readonly key: readonly string[];
  readonly sizeMs: number | null;
  /** How long late rows are taken in; 0: not at all. */
  readonly correctMs: number;
  readonly aggs: readonly { readonly name: string; readonly kind: AggKind; readonly column: string }[];
}

interface Placed {
  readonly row: TwinRow;
  readonly time: number;
  readonly partition: number;
  readonly offset: number;
}

/** The rows of the view once every window is closed, in no order. */
export function twinRows(partitions: readonly (readonly TwinEntry[])[], spec: TwinAggregate): TwinRow[] {
  const groups = new Map<string, Placed[]>();
  for (const placed of partitions.flatMap((entries, partition) => taken(entries, partition, spec))) {
    const id = JSON.stringify([
      ...spec.key.map((name) => identity(placed.row[name] ?? null)),
      windowStart(placed.time, spec),
    ]);
    groups.set(id, [...(groups.get(id) ?? []), placed]);
  }
  return [...groups.values()].map((rows) => {
    const { row, time } = rows[0] as Placed;
    const key = Object.fromEntries(spec.key.map((name) => [name, withoutMinusZero(row[name] ?? null)]));
    const start = windowStart(time, spec);
    const window = spec.sizeMs === null ? {} : { windowStart: start, windowEnd: start + spec.sizeMs };
    return {
      ...key,
      ...window,
      ...Object.fromEntries(spec.aggs.map(({ name, kind, column }) => [name, aggregate(kind, column, rows)])),
    };
  });
}

/** Rows of a partition that count, each judged by the watermark at its place. */
function taken(entries: readonly TwinEntry[], partition: number, spec: TwinAggregate): Placed[] {
  let high = Number.NEGATIVE_INFINITY;
  let mark = Number.NEGATIVE_INFINITY;
  return entries.flatMap((entry, offset) => {
    if ("mark" in entry) {
      mark = Math.max(mark, entry.mark);
      return [];
    }
    const time = entry.row[spec.time] as number;
    const watermark = Math.max(high - spec.delayMs, mark);
    high = Math.max(high, time);
    const row = spec.rows(entry.row);
    const end = windowStart(time, spec) + (spec.sizeMs ?? 0);
    const late = spec.sizeMs !== null && time < watermark && !(spec.correctMs > 0 && end + spec.correctMs > watermark);
    return row === null || late ? [] : [{ row, time, partition, offset }];
  });
}

function windowStart(time: number, { sizeMs }: TwinAggregate): number {
  return sizeMs === null ? 0 : Math.floor(time / sizeMs) * sizeMs;
}

function aggregate(kind: AggKind, column: string, rows: readonly Placed[]): Value {
  const present = rows.filter(({ row }) => (row[column] ?? null) !== null);
  const values = present.map(({ row }) => row[column] as Exclude<Value, null>);
  if (kind === "count") return rows.length;
  if (kind === "countDistinct") return new Set(values.map(identity)).size;
  if (values.length === 0) return null;
  switch (kind) {
    case "min":
      return withoutMinusZero(values.reduce((a, b) => (less(b, a) ? b : a)));
    case "max":
      return withoutMinusZero(values.reduce((a, b) => (less(a, b) ? b : a)));
    case "first":
      return present.reduce((a, b) => (before(b, a) ? b : a)).row[column] as Value;
    case "last":
      return present.reduce((a, b) => (before(a, b) ? b : a)).row[column] as Value;
    case "sum":
      return sum(values);
    case "mean":
      return fractionNumber(over(exactSum(values), values.length));
    default: {
      const variance = exactVariance(values);
      return kind === "variance" ? fractionNumber(variance) : rootNumber(variance);
    }
  }
}

function before(a: Placed, b: Placed): boolean {
  if (a.time !== b.time) return a.time < b.time;
  return a.partition !== b.partition ? a.partition < b.partition : a.offset < b.offset;
}

function less(a: Value, b: Value): boolean {
  return a instanceof Decimal ? a.cmp(b as Decimal) < 0 : (a as number) < (b as number);
}

function identity(value: Value): string {
  return value === null ? "null" : `${typeof value} ${value === 0 ? "0" : String(value)}`;
}

function withoutMinusZero(value: Value): Value {
  return value === 0 ? 0 : value;
}

/** numerator / denominator; the denominator is positive. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function sum(values: readonly Value[]): Value {
  const exact = exactSum(values);
  if (typeof values[0] === "bigint") return exact.numerator / exact.denominator;
  if (values[0] instanceof Decimal) {
    const scale = Math.max(...values.map((value) => (value as Decimal).scale));
    return new Decimal((exact.numerator * 10n ** BigInt(scale)) / exact.denominator, scale);
  }
  return fractionNumber(exact);
}

function exactSum(values: readonly Value[]): Fraction {
  return values.map(fractionOf).reduce(plus);
}

function exactVariance(values: readonly Value[]): Fraction {
  const count = BigInt(values.length);
  const total = exactSum(values);
  const squares = values
    .map(fractionOf)
    .map((x) => times(x, x))
    .reduce(plus);
  const scaled = plus(
    times(squares, { numerator: count, denominator: 1n }),
    times(times(total, total), { numerator: -1n, denominator: 1n }),
  );
  return times(scaled, { numerator: 1n, denominator: count * count });
}

function fractionOf(value: Value): Fraction {
  if (typeof value === "bigint") return { numerator: value, denominator: 1n };
  if (value instanceof Decimal) return { numerator: value.unscaled, denominator: 10n ** BigInt(value.scale) };
  // A double is a whole number of 2^-1074.
  let [number, power] = [value as number, 0];
  while (!Number.isInteger(number)) [number, power] = [number * 2, power + 1];
  return { numerator: BigInt(number), denominator: 2n ** BigInt(power) };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

function times(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

function over(a: Fraction, n: number): Fraction {
  return { numerator: a.numerator, denominator: a.denominator * BigInt(n) };
}

/** The nearest double: decimal text with more digits than any tie between doubles has, read by the runtime. */
export function fractionNumber({ numerator, denominator }: Fraction): number {
  const digits = 1100n;
  const quotient = (numerator * 10n ** digits) / denominator;
  return Number(`${quotient}e-${digits}`) + 0;
}

/** The double nearest to the root, by digits again. */
function rootNumber({ numerator, denominator }: Fraction): number {
  const digits = 700n;
  const square = (numerator * 10n ** (2n * digits)) / denominator;
  let low = 0n;
  let high = 1n << BigInt(square.toString(2).length);
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle * middle <= square) low = middle;
    else high = middle - 1n;
  }
  return Number(`${low}e-${digits}`);
}
