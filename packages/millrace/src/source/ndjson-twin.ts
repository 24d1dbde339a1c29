/**
 * The slow, obvious twin of the NDJSON decoder, for tests: `JSON.parse` (through exact.ts, which keeps digits) a line,
 * plain objects, `batchOf`. It says the same of every line, except that
 *   - a name met as "a.b" and as b inside a keeps one value here, one of each kind there;
 *   - the text of lists in the open column is `JSON.stringify`'s here, as written (without blanks) there;
 *   - reasons for lines that are not JSON read differently;
 *   - limits (depth, names, line length) are the decoder's only.
 */

import { isUtf8 } from "node:buffer";
import { MillraceError } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import { batchOf } from "../batch/build.js";
import { OPEN_DEPTH_MAX, vectorOf } from "../batch/layout.js";
import type { OpenEntry } from "../batch/open.js";
import { OpenVectorRow, OwnOpenRow } from "../batch/open.js";
import { jsonText } from "../batch/open-json.js";
import type { OpenVector } from "../batch/vector.js";
import type { Field, Schema } from "../schema/column-type.js";
import { checked, isObject, parseExact, plain, reasonOf } from "./exact.js";

export interface TwinResult {
  readonly batch: Batch;
  /** 1-based line -> why it is no row. */
  readonly dead: ReadonlyMap<number, string>;
  readonly blank: number;
  readonly lines: number;
}

export function ndjsonTwin(schema: Schema, input: Uint8Array, file = ""): TwinResult {
  const rows: Record<string, unknown>[] = [];
  const dead = new Map<number, string>();
  const lines = linesOf(Buffer.from(input));
  let blank = 0;
  let position = 0;
  for (const [index, bytes] of lines.entries()) {
    try {
      const marked = index === 0 && bytes.subarray(0, 3).toString("hex") === "efbbbf";
      const text = (marked ? bytes.subarray(3) : bytes).toString();
      if (!isUtf8(bytes)) dead.set(index + 1, "the line is not valid UTF-8");
      else if (/^[ \t\r]*$/.test(text)) blank++;
      else rows.push(rowOf(schema, parseExact(text), { $line: index + 1, $file: file, $position: position }));
    } catch (error) {
      dead.set(index + 1, reasonOf(error));
    }
    position += bytes.length + 1;
  }
  return { batch: batchOf(schema, rows), dead, blank, lines: lines.length };
}

/** Lines without their newline; what stands behind the last newline is a line when it is not empty. */
export function linesOf(input: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < input.length; ) {
    const newline = input.indexOf(10, from);
    const to = newline < 0 ? input.length : newline;
    lines.push(input.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

interface Met {
  /** Candidates of declared columns by path, and everything else. */
  readonly candidates: Map<string, unknown>;
  readonly objects: Set<string>;
  readonly rest: Map<string, unknown>;
}

function rowOf(schema: Schema, value: unknown, special: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!isObject(value)) throw new MillraceError("DECODE", "a JSON object is expected");
  const fields = schema.fields.filter((f) => f.type.kind !== "open");
  const open = schema.fields.find((f) => f.type.kind === "open");
  const met: Met = { candidates: new Map(), objects: new Set(), rest: new Map() };
  walk(fields, value, "", 0, met);
  const row: Record<string, unknown> = {};
  for (const f of fields) {
    const [chosen, ...others] = [f.name, ...f.from].filter((name) => met.candidates.has(name) || name in special);
    if (chosen !== undefined)
      row[f.name] = checked(f, met.candidates.has(chosen) ? met.candidates.get(chosen) : special[chosen]);
    else if ([f.name, ...f.from].some((name) => met.objects.has(name))) checked(f, {});
    else row[f.name] = checked(f, null);
    for (const name of others) if (met.candidates.has(name)) met.rest.set(name, met.candidates.get(name));
  }
  if (open !== undefined) row[open.name] = new OwnOpenRow([...met.rest].flatMap(attributesOf));
  return row;
}

/** An object that is left is nested too deeply for names. */
function attributesOf([name, value]: [string, unknown]): readonly OpenEntry[] {
  if (isObject(value)) return [{ name, kind: "json", value: jsonText(plain(value)) }];
  return new OpenVectorRow(vectorOf({ kind: "open" }, [{ [name]: plain(value) }]) as OpenVector, 0).entries();
}

function walk(
  fields: readonly Field[],
  object: Record<string, unknown>,
  prefix: string,
  depth: number,
  met: Met,
): void {
  for (const [key, value] of Object.entries(object)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (value === null) continue;
    const f = fields.find((candidate) => candidate.name === path || candidate.from.includes(path));
    const walked = isObject(value) && depth < OPEN_DEPTH_MAX;
    if (f === undefined) {
      if (walked) walk(fields, value, path, depth + 1, met);
      else met.rest.set(path, value);
    } else if (!isObject(value) || f.type.kind === "struct") met.candidates.set(path, value);
    else {
      met.objects.add(path);
      if (walked) walk(fields, value, path, depth + 1, met);
    }
  }
}
