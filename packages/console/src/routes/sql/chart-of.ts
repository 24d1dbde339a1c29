/** A query's result as a chart: the first column that can be along the bottom, and the numbers above it. */
import type { SqlAnswer } from "millrace/client";
import type { Series } from "../../ui/chart.js";
import { cellText, epochMs } from "../../ui/format.js";

export interface Charted {
  readonly x: readonly number[];
  /** Where the bottom is names, not times or numbers. */
  readonly names: readonly string[] | undefined;
  readonly series: readonly Series[];
}

const NUMBERS =
  /^(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*)$/;
const SERIES_MAX = 6;
const POINTS_MAX = 5000;
const BARS_MAX = 40;

/** Null when nothing in it can be drawn. */
export function chartOf({ columns, rows }: SqlAnswer): Charted | null {
  const numbers = columns.flatMap(({ type }, k) => (NUMBERS.test(type) ? [k] : []));
  const time = columns.findIndex(({ type }) => type.startsWith("TIMESTAMP") || type === "DATE");
  if (numbers.length === 0 || rows.length === 0) return null;
  if (time >= 0) return overTime(columns, rows, time, numbers);
  const name = columns.findIndex((_, k) => !numbers.includes(k));
  const shown = rows.slice(0, BARS_MAX);
  const bottom = name >= 0 ? name : (numbers[0] as number);
  const values = name >= 0 ? numbers : numbers.slice(1);
  if (values.length === 0) return null;
  return {
    x: shown.map((_, k) => k),
    names: shown.map((row) => cellText(row[bottom]).slice(0, 24)),
    series: seriesOf(columns, shown, values.slice(0, 1), true),
  };
}

function overTime(
  columns: SqlAnswer["columns"],
  rows: SqlAnswer["rows"],
  time: number,
  numbers: readonly number[],
): Charted | null {
  const timed = rows
    .slice(0, POINTS_MAX)
    .filter((row) => !Number.isNaN(epochMs(row[time])))
    .sort((a, b) => epochMs(a[time]) - epochMs(b[time]));
  if (timed.length === 0) return null;
  return {
    x: timed.map((row) => epochMs(row[time]) / 1000),
    names: undefined,
    series: seriesOf(columns, timed, numbers.slice(0, SERIES_MAX), false),
  };
}

function seriesOf(
  columns: SqlAnswer["columns"],
  rows: SqlAnswer["rows"],
  at: readonly number[],
  bars: boolean,
): readonly Series[] {
  return at.map((k, n) => ({
    label: columns[k]?.name ?? "",
    color: n + 1,
    // int64 and decimals come as digits: a chart need not be exact.
    values: rows.map((row) => (row[k] === null ? null : Number(row[k]))),
    bars,
    area: !bars && at.length === 1,
  }));
}
