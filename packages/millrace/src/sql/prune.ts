/**
 * Bounds on event time, read from DuckDB's optimised plan. The C API has no filter push-down for table functions: a
 * filter stays above the scan, which reads everything. But the plan says what the filter is,
 *
 *   FILTER  ((t2c0 >= '2026-01-01 00:00:00'::TIMESTAMP) AND (t2c4 = 'x'))
 *     MILLRACE_SCAN  Projections: t2c0, t2c4
 *
 * so chunks whose times are all outside can be left out. Column names inside are ours alone, so the text can be read
 * without doubt; what is not a plain comparison of the time column with a constant gives no bound. A table read more
 * than once has the hull of its bounds. The filter still runs: a bound that is too wide costs time only.
 */
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import type { TimeRange } from "./catalog.js";

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, unknown>>;
}

/** By table: the hull of the bounds of all its scans. `timeColumns` maps a table's number to its inner time column. */
export function timeBounds(
  planJson: string,
  scanName: string,
  timeColumns: ReadonlyMap<number, string>,
): Map<number, TimeRange> {
  const bounds = new Map<number, TimeRange>();
  const visit = (node: PlanNode, filter: string): void => {
    const table = node.name.trim().toLowerCase() === scanName ? tableOf(node) : null;
    if (table !== null) {
      const column = timeColumns.get(table);
      const range = column === undefined ? ALL : rangeOf(filter, column);
      const before = bounds.get(table);
      bounds.set(
        table,
        before === undefined ? range : { min: Math.min(before.min, range.min), max: Math.max(before.max, range.max) },
      );
    }
    const expression = node.name.trim() === "FILTER" ? node.extra_info.Expression : undefined;
    // Several expressions come as a list; they are all required.
    const text = Array.isArray(expression)
      ? expression.join(" AND ")
      : typeof expression === "string"
        ? expression
        : "";
    for (const child of node.children) visit(child, text);
  };
  for (const node of JSON.parse(planJson) as PlanNode[]) visit(node, "");
  return bounds;
}

const ALL: TimeRange = { min: TIME_MIN, max: TIME_MAX };

function tableOf(node: PlanNode): number | null {
  const projections = node.extra_info.Projections;
  const first: unknown = Array.isArray(projections) ? projections[0] : projections;
  const match = typeof first === "string" ? /^t(\d+)(?:c\d+)?$/.exec(first.trim()) : null;
  return match === null ? null : Number(match[1]);
}

/** What a conjunction says of the column; exported for tests. */
export function rangeOf(filter: string, column: string): TimeRange {
  let { min, max } = ALL;
  for (const part of conjuncts(filter)) {
    const match = COMPARISON.exec(part);
    if (match === null || match[1] !== column) continue;
    const [, , operator, first, second] = match as unknown as [string, string, string, string, string | undefined];
    const low = floorMs(first);
    if (Number.isNaN(low)) continue;
    // The constant may have microseconds: one millisecond more is safe on either side.
    if (operator === "BETWEEN") {
      const high = floorMs(second ?? "");
      if (Number.isNaN(high)) continue;
      min = Math.max(min, low);
      max = Math.min(max, high + 1);
    } else if (operator === "=") {
      min = Math.max(min, low);
      max = Math.min(max, low + 1);
    } else if (operator.startsWith(">")) min = Math.max(min, low);
    else max = Math.min(max, low + 1);
  }
  return { min, max };
}

const TIME = String.raw`'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)'::TIMESTAMP`;
const COMPARISON = new RegExp(String.raw`^(t\d+c\d+) (>=|>|<=|<|=|BETWEEN) ${TIME}(?: AND ${TIME})?$`);

function floorMs(text: string): number {
  return Date.parse(`${text.replace(" ", "T").replace(/(\.\d{3})\d+$/, "$1")}Z`);
}

/** The operands of the outermost ANDs, without their parentheses; everything in one piece where it is not one. */
function conjuncts(text: string): string[] {
  const inner = stripped(text.trim());
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < inner.length; i++) {
    const c = inner[i];
    if (c === "'") i = endOfString(inner, i);
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (depth === 0 && inner.startsWith(" OR ", i)) return [inner];
    else if (depth === 0 && inner.startsWith(" AND ", i) && inner[i - 1] === ")" && inner[i + 5] === "(") {
      parts.push(inner.slice(start, i));
      start = i + 5;
    }
  }
  parts.push(inner.slice(start));
  return parts.length === 1 ? parts : parts.flatMap(conjuncts);
}

/** Without the parentheses around the whole. */
function stripped(text: string): string {
  if (!text.startsWith("(")) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "'") i = endOfString(text, i);
    else if (c === "(") depth++;
    else if (c === ")" && --depth === 0) return i === text.length - 1 ? stripped(text.slice(1, -1)) : text;
  }
  return text;
}

/** Position of the closing quote; '' inside stands for one quote. */
function endOfString(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++)
    if (text[i] === "'") {
      if (text[i + 1] !== "'") return i;
      i++;
    }
  return text.length;
}
