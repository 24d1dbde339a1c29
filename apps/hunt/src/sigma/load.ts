/**
 * YAML text to plain documents that know their lines.
 *
 * Two readers: js-yaml is several times as fast, yaml knows lines and reads everything. Plain text, as rules nearly
 * always are, goes to the first, and to the second as well once a line is asked for or something is wrong with it.
 *
 * Everything is bounded: bytes in a file, documents in a file, expansion of aliases, depth of nesting. A document
 * that breaks a bound, or the syntax, is a problem of its own; the others in the file go on.
 *
 * Older collections share text between the documents of a file by an `action`:
 *   global   is merged under every document that follows (until `reset`)
 *   reset    forgets what global documents said
 *   repeat   is merged over the rule before it, which gives one more rule
 * Rules that share an id in this way are numbered, as they would be one otherwise.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import type { Document } from "yaml";
import { isNode, LineCounter, parseAllDocuments } from "yaml";
import type { NodePath, Problem } from "./problem.js";
import { RuleProblem } from "./problem.js";

export const LIMITS = {
  fileBytesMax: 1_048_576,
  documentsMax: 1_000,
  aliasesMax: 100,
  depthMax: 32,
} as const;

export interface SigmaFile {
  readonly path: string;
  readonly text: string;
}

export interface SigmaDocument {
  readonly path: string;
  /** A map as it stands in the file, or merged from several by `action`. Whole numbers beyond 2^53 are bigint. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Of the rules that share its id by an `action`: which one it is, from 0. */
  readonly copy: number;
  /** The 1-based line of a node; of the nearest node around it when the path leads nowhere. */
  lineOf(at: NodePath): number;
}

export interface LoadedFile {
  readonly documents: readonly SigmaDocument[];
  readonly problems: readonly Problem[];
}

/** Every .yml and .yaml file at or under the path, in name order; reading is the only thing that may throw. */
export function readSigmaFiles(path: string): SigmaFile[] {
  if (!statSync(path).isDirectory()) return [{ path, text: readBounded(path) }];
  const files: SigmaFile[] = [];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) files.push(...readSigmaFiles(child));
    else if (/\.ya?ml$/i.test(entry.name)) files.push({ path: child, text: readBounded(child) });
  }
  return files;
}

/** The documents of one file. */
export function loadDocuments(file: SigmaFile): LoadedFile {
  const problems: Problem[] = [];
  const fail = (line: number, reason: string) => problems.push({ path: file.path, line, reason });
  if (Buffer.byteLength(file.text) > LIMITS.fileBytesMax) {
    fail(1, `the file is larger than ${LIMITS.fileBytesMax} bytes`);
    return { documents: [], problems };
  }
  const plain = plainDocument(file);
  if (plain !== null) return { documents: applyActions([plain], fail), problems };
  const lines = new LineCounter();
  const parsed = parseBounded(file.text, lines);
  if (typeof parsed === "string") {
    fail(1, parsed);
    return { documents: [], problems };
  }
  const documents: SigmaDocument[] = [];
  for (const doc of parsed) {
    const lineOf = (at: NodePath) => lineIn(doc, lines, at);
    try {
      const value = plainValue(doc, lines);
      if (value !== null) documents.push({ path: file.path, value, copy: 0, lineOf });
    } catch (error) {
      if (!(error instanceof YamlProblem)) throw error;
      fail(error.line ?? lineOf([]), error.message);
    }
  }
  return { documents: applyActions(documents, fail), problems };
}

/**
 * Where the two readers could differ, or text is not plain: several documents, directives, complex keys, anchors,
 * aliases and tags, merged maps, tabs before text, numbers in other forms than digits, or too large for a double.
 */
const UNUSUAL =
  /^(?:---|\.\.\.|%|[ ]*\?|[ ]*\t|\s*[&*!]\w)|[:\-,[{]\s*(?:[&!*][^\s'"]|[-+]?(?:0[box]|\d+_|\.(?:inf|nan)\b|\d{16}))|<<|\ufeff/im;

/** The one document of a plain text; null when it takes the other reader to say what it is, or what is wrong with it. */
export function plainDocument(file: SigmaFile): SigmaDocument | null {
  if (UNUSUAL.test(file.text)) return null;
  try {
    const value = narrow(load(file.text, { schema: CORE_SCHEMA }), 0);
    if (!isMap(value)) return null;
    let lines: ((at: NodePath) => number) | null = null;
    const lineOf = (at: NodePath): number => {
      lines ??= linesOf(file.text);
      return lines(at);
    };
    return { path: file.path, value, copy: 0, lineOf };
  } catch {
    return null;
  }
}

function linesOf(text: string): (at: NodePath) => number {
  const lines = new LineCounter();
  const [document] = parseBounded(text, lines);
  return (at) => (typeof document === "object" ? lineIn(document, lines, at) : 1);
}

class YamlProblem extends RuleProblem {
  readonly line: number | undefined;
  constructor(reason: string, line?: number) {
    super(reason);
    this.line = line;
  }
}

/** A file over the limit is read no further than needed to see that it is. */
function readBounded(path: string): string {
  const bytes = statSync(path).size;
  return bytes > LIMITS.fileBytesMax ? " ".repeat(LIMITS.fileBytesMax + 1) : readFileSync(path, "utf8");
}

function parseBounded(text: string, lineCounter: LineCounter): readonly Document.Parsed[] | string {
  try {
    const documents = parseAllDocuments(text, { lineCounter, intAsBigInt: true, merge: true, logLevel: "silent" });
    if (!Array.isArray(documents)) return [];
    const list = documents as readonly Document.Parsed[];
    return list.length > LIMITS.documentsMax ? `more than ${LIMITS.documentsMax} documents in one file` : list;
  } catch (error) {
    // The composer recurses: hostile nesting ends in a RangeError.
    return error instanceof RangeError ? "nested too deeply" : `not YAML: ${String(error)}`;
  }
}

function plainValue(doc: Document.Parsed, lines: LineCounter): Record<string, unknown> | null {
  const error = doc.errors[0];
  if (error !== undefined) {
    const reason = error.message.split(/ at line \d+/)[0] as string;
    throw new YamlProblem(`not YAML: ${reason}`, error.linePos?.[0].line ?? lines.linePos(error.pos[0]).line);
  }
  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: LIMITS.aliasesMax });
  } catch (thrown) {
    throw new YamlProblem(thrown instanceof RangeError ? "nested too deeply" : `aliases: ${(thrown as Error).message}`);
  }
  if (value === null || value === undefined) return null;
  const plain = narrow(value, 0);
  if (!isMap(plain)) throw new YamlProblem("a Sigma document is a map with a title and a detection");
  return plain;
}

/** Checks depth, and turns whole numbers that a double holds exactly back into numbers. */
function narrow(value: unknown, depth: number): unknown {
  if (depth > LIMITS.depthMax) throw new YamlProblem(`nested deeper than ${LIMITS.depthMax} levels`);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item) => narrow(item, depth + 1));
  if (!isMap(value)) return value;
  // fromEntries defines, never assigns: a key "__proto__" stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, narrow(item, depth + 1)]));
}

function lineIn(doc: Document.Parsed, lines: LineCounter, at: NodePath): number {
  for (let length = at.length; length >= 0; length--) {
    const node = length === 0 ? doc.contents : doc.getIn(at.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return lines.linePos(doc.range[0]).line;
}

function applyActions(
  documents: readonly SigmaDocument[],
  fail: (line: number, reason: string) => void,
): SigmaDocument[] {
  const rules: SigmaDocument[] = [];
  let shared: Record<string, unknown> = {};
  const copies = new Map<unknown, number>();
  const add = (document: SigmaDocument, under: Readonly<Record<string, unknown>>, own: Record<string, unknown>) => {
    const value = mergeMaps(under, own);
    const id = value.id ?? value.name;
    const copy = own.id === undefined && own.name === undefined ? (copies.get(id) ?? 0) : 0;
    copies.set(id, copy + 1);
    rules.push({ ...document, value, copy });
  };
  for (const document of documents) {
    const { action, ...own } = document.value;
    if (action === "global") shared = mergeMaps(shared, own);
    else if (action === "reset") shared = {};
    else if (action === "repeat") {
      const previous = rules[rules.length - 1];
      if (previous === undefined) fail(document.lineOf([]), "action: repeat has no rule before it");
      else add(document, previous.value, own);
    } else if (action !== undefined) fail(document.lineOf(["action"]), `unknown action "${String(action)}"`);
    else add(document, shared, own);
  }
  return rules;
}

/** Maps merge key by key; anything else in `over` replaces what is under it. */
function mergeMaps(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    const result = isMap(below) && isMap(value) ? mergeMaps(below, value) : value;
    Object.defineProperty(merged, key, { value: result, enumerable: true, configurable: true, writable: true });
  }
  return merged;
}

/** A YAML map as a plain object. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
