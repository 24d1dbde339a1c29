/**
 * The slow, obvious twin of the CSV decoder, for tests: one character after the other, plain objects, `batchOf`.
 * Comma, no projection.
 */
import { MillraceError } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import { batchOf } from "../batch/build.js";
import type { Schema } from "../schema/column-type.js";
import { checked, reasonOf, valueOfText } from "./exact.js";

export interface CsvTwinResult {
  readonly batch: Batch;
  /** 1-based line a record begins at -> why it is no row. */
  readonly dead: ReadonlyMap<number, string>;
}

export function csvTwin(schema: Schema, text: string, header: boolean): CsvTwinResult {
  const declared = schema.fields.filter((f) => f.type.kind !== "open");
  const open = schema.fields.find((f) => f.type.kind === "open");
  const rows: Record<string, unknown>[] = [];
  const dead = new Map<number, string>();
  let names: string[] | null = header ? null : declared.map((f) => f.name);
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const { fields, next, reason } = recordAt(text, at);
    const begins = line;
    line += text.slice(at, next).split("\n").length - 1;
    if (reason !== null) dead.set(begins, reason);
    else if (/^\r?\n?$/.test(text.slice(at, next))) {
      // blank
    } else if (names === null) names = fields;
    else
      try {
        rows.push(rowOf(schema, names, fields, open?.name));
      } catch (error) {
        dead.set(begins, reasonOf(error));
      }
    at = next;
  }
  return { batch: batchOf(schema, rows), dead };
}

function rowOf(
  schema: Schema,
  names: readonly string[],
  values: readonly string[],
  open: string | undefined,
): Record<string, unknown> {
  if (values.length !== names.length)
    throw new MillraceError("DECODE", `the record has ${values.length} fields, ${names.length} are expected`);
  const given = new Map<string, string>();
  for (const [k, name] of names.entries()) if (!given.has(name)) given.set(name, values[k] as string);
  const row: Record<string, unknown> = {};
  for (const f of schema.fields) {
    if (f.type.kind === "open") continue;
    const chosen = [f.name, ...f.from].find((name) => (given.get(name) ?? "") !== "");
    if (chosen !== undefined) row[f.name] = checked(f, valueOfText(f.type, given.get(chosen) as string));
    else if (!f.nullable && f.default === undefined && f.type.kind === "string") row[f.name] = "";
    else row[f.name] = checked(f, null);
    if (chosen !== undefined) given.delete(chosen);
  }
  if (open !== undefined) row[open] = Object.fromEntries([...given].filter(([, value]) => value !== ""));
  return row;
}

/** The record at `at`; a malformed one is its first line only. */
function recordAt(text: string, at: number): { fields: string[]; next: number; reason: string | null } {
  const fields: string[] = [];
  const bad = (reason: string) => {
    const newline = text.indexOf("\n", at);
    return { fields, next: newline < 0 ? text.length : newline + 1, reason };
  };
  for (let p = at; ; p++) {
    let value = "";
    if (text[p] === '"') {
      for (p++; ; p++) {
        if (p >= text.length) return bad("a quote is opened and never closed");
        if (text[p] === '"') {
          if (text[p + 1] !== '"') break;
          p++;
        }
        value += text[p];
      }
      p++;
      if (text[p] === "\r" && (p + 1 === text.length || text[p + 1] === "\n")) p++;
      if (p < text.length && text[p] !== "," && text[p] !== "\n") return bad("there is text behind a closing quote");
    } else {
      for (; p < text.length && text[p] !== "," && text[p] !== "\n"; p++) value += text[p];
      if (text[p] !== "," && value.endsWith("\r")) value = value.slice(0, -1);
    }
    fields.push(value);
    if (p >= text.length) return { fields, next: text.length, reason: null };
    if (text[p] === "\n") return { fields, next: p + 1, reason: null };
  }
}
