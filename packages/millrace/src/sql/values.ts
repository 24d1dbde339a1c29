/**
 * Result values as JSON can carry them without loss:
 *
 * integers            number up to ±(2^53 - 1), else their digits as text
 * floats              number; "NaN", "Infinity", "-Infinity" as text
 * DECIMAL             text with all its digits
 * TIMESTAMP[_S|MS|NS] ISO text in UTC, "2026-01-01T00:00:00.000Z", with more digits where there are any
 * DATE, TIME, UUID, INTERVAL, BIT, ENUM   DuckDB's text
 * BLOB                base64
 * LIST, ARRAY         array;  STRUCT object;  MAP array of {key, value};  UNION its value
 */
import type { DuckDBValue } from "@duckdb/node-api";
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
} from "@duckdb/node-api";

export type SqlValue = null | boolean | number | string | SqlValue[] | { [name: string]: SqlValue };

export function jsonValue(value: DuckDBValue): SqlValue {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return value <= 9_007_199_254_740_991n && value >= -9_007_199_254_740_991n ? Number(value) : value.toString();
  }
  if (value === null || value === undefined) return null;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return isoText(value.micros, 1_000_000n, value);
  if (value instanceof DuckDBTimestampNanosecondsValue) return isoText(value.nanos, 1_000_000_000n, value);
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoText(value.millis, 1000n, value);
  if (value instanceof DuckDBTimestampSecondsValue) return isoText(value.seconds, 1n, value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonValue);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, v]) => [name, jsonValue(v)]));
  if (value instanceof DuckDBMapValue)
    return value.entries.map(({ key, value: v }) => ({ key: jsonValue(key), value: jsonValue(v) }));
  if (value instanceof DuckDBUnionValue) return jsonValue(value.value);
  return String(value);
}

/** `units` since 1970, `perSecond` of them a second. What no date can show (infinity) keeps DuckDB's text. */
function isoText(units: bigint, perSecond: bigint, value: object): string {
  const seconds = units / perSecond - (units % perSecond < 0n ? 1n : 0n);
  if (seconds > 8_640_000_000_000n || seconds < -8_640_000_000_000n) return String(value);
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  const digits = perSecond.toString().length - 1;
  const fraction = digits === 0 ? "" : (units - seconds * perSecond).toString().padStart(digits, "0");
  return `${whole}.${fraction.slice(0, 3).padEnd(3, "0")}${fraction.slice(3).replace(/0+$/, "")}Z`;
}
