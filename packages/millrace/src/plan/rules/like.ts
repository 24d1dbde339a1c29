/**
 * Wildcard patterns over text, in O(text × literal) time whatever the pattern: no backtracking over `*`.
 *
 *   parts      "a" * "b" ? "c" *            split at *  ->  ["a"] ["b", ?, "c"] []
 *
 *   1. The first segment must sit at the beginning, the last at the end (unless a `*` bounds them).
 *   2. Each segment between takes its leftmost place after the one before: a later place never helps.
 *
 * `?` stands for one code point. Case is folded by `toLowerCase()` on both sides.
 */
import type { PatternPart, Test } from "./expr.js";

/** Literal text, or the number 1 for one arbitrary code point. */
type Piece = string | 1;
type Segment = readonly Piece[];

/** Compiles a pattern once; the function tells whether the whole text fits. */
export function compilePattern(parts: readonly PatternPart[], cased: boolean): (text: string) => boolean {
  const segments = splitSegments(parts, cased);
  const first = segments[0] as Segment;
  const last = segments[segments.length - 1] as Segment;
  const middle = segments.slice(1, -1);
  return (original) => {
    const text = cased ? original : original.toLowerCase();
    let at = placeAt(first, text, 0);
    if (segments.length === 1) return at === text.length;
    for (const segment of middle) at = at < 0 ? -1 : placeFrom(segment, text, at);
    return at >= 0 && endsAfter(last, text, at);
  };
}

/** The cheapest test with the same meaning: eq, contains, startsWith, endsWith, exists (for a lone `*`), or like. */
export function simplifyPattern(parts: readonly PatternPart[], cased: boolean): Test {
  const merged = mergeParts(parts);
  if (merged.length === 0) return { kind: "eq", value: "", cased };
  const [a, b, c] = merged as [PatternPart, PatternPart?, PatternPart?];
  if (merged.length === 1) {
    if (typeof a === "string") return { kind: "eq", value: a, cased };
    if ("any" in a) return { kind: "exists" };
  }
  if (merged.length === 2) {
    if (typeof a === "string" && isAny(b)) return { kind: "startsWith", value: a, cased };
    if (isAny(a) && typeof b === "string") return { kind: "endsWith", value: b, cased };
  }
  if (merged.length === 3 && isAny(a) && typeof b === "string" && isAny(c))
    return { kind: "contains", value: b, cased };
  return { kind: "like", parts: merged, cased };
}

/** Joins neighbouring literals and drops repeated `*`: "a" "b" * * -> "ab" *. */
export function mergeParts(parts: readonly PatternPart[]): PatternPart[] {
  const merged: PatternPart[] = [];
  for (const part of parts) {
    const before = merged[merged.length - 1];
    if (part === "" || (isAny(part) && isAny(before))) continue;
    if (typeof part === "string" && typeof before === "string") merged[merged.length - 1] = before + part;
    else merged.push(part);
  }
  return merged;
}

function isAny(part: PatternPart | undefined): boolean {
  return typeof part === "object" && "any" in part;
}

function splitSegments(parts: readonly PatternPart[], cased: boolean): Segment[] {
  const segments: Piece[][] = [[]];
  for (const part of mergeParts(parts)) {
    if (isAny(part)) segments.push([]);
    else segments[segments.length - 1]?.push(typeof part === "string" ? (cased ? part : part.toLowerCase()) : 1);
  }
  return segments;
}

/** The end of the segment when it stands exactly at `start`, else -1. */
function placeAt(segment: Segment, text: string, start: number): number {
  let at = start;
  for (const piece of segment) {
    if (piece === 1) {
      const point = text.codePointAt(at);
      if (point === undefined) return -1;
      at += point > 0xffff ? 2 : 1;
    } else if (text.startsWith(piece, at)) at += piece.length;
    else return -1;
  }
  return at;
}

/** The end of the segment at its leftmost place from `start` on, else -1. */
function placeFrom(segment: Segment, text: string, start: number): number {
  const head = segment[0];
  for (let at = start; at <= text.length; at++) {
    if (typeof head === "string") {
      at = text.indexOf(head, at);
      if (at < 0) return -1;
    }
    const end = placeAt(segment, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Whether the segment fits at the very end of the text, beginning no earlier than `start`. */
function endsAfter(segment: Segment, text: string, start: number): boolean {
  let at = text.length;
  for (let i = segment.length - 1; i >= 0; i--) {
    const piece = segment[i] as Piece;
    if (piece === 1) at -= isPair(text, at - 2) ? 2 : 1;
    else if (at >= piece.length && text.startsWith(piece, at - piece.length)) at -= piece.length;
    else return false;
    if (at < start) return false;
  }
  return true;
}

function isPair(text: string, at: number): boolean {
  return at >= 0 && (text.codePointAt(at) as number) > 0xffff;
}
