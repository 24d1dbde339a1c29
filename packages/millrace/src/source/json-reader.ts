/** Reads one JSON line: puts values into the open column, notes candidates of declared columns. See ndjson.ts. */

import { equalBytes } from "../batch/byte-table.js";
import { OPEN_DEPTH_MAX } from "../batch/layout.js";
import type { Candidates } from "./candidates.js";
import type { Block } from "./feed.js";
import type { Edge } from "./json-names.js";
import { EdgePool, JsonName } from "./json-names.js";
import { JsonScanner } from "./json-scanner.js";
import { jsonStringOf } from "./json-text.js";
import type { ChosenLines } from "./line-choice.js";
import type { AttributeBuilder, OpenColumnBuilder, OpenName } from "./open-column.js";
import type { Targets } from "./targets.js";

/** What `JsonReader.read` says of a line in which a name occurs twice. */
export const REPEATED = "a name occurs twice";
/** Members of one line, in all its objects. */
export const JSON_MEMBERS_MAX = 10_000;
/** More names than this are forgotten at the end of a batch. */
const NAMES_MAX = 8192;
/** Longer values are not compared with the one before. */
const PREDICT_BYTES_MAX = 512;
const MISSES_MAX = 6;

export class JsonReader {
  readonly scanner = new JsonScanner();
  /** Values under names that nobody keeps, since the last batch. */
  unknown = 0;
  /** Number of this reading. */
  stamp = 0;
  readonly #targets: Targets;
  readonly #open: OpenColumnBuilder;
  readonly #candidates: Candidates;
  readonly #chosen: ChosenLines | null;
  /** The line is read with all its attributes. */
  #whole = false;
  #root: JsonName;
  #pool = new EdgePool();
  #names = 0;
  #block = 0;
  #batch = 0;
  #row = 0;
  #members = 0;
  #repeated = false;
  /** What `#next` found: where the value begins, or where the object ends (-1: an error). */
  #at = 0;
  /** Where the last open value went. */
  #attribute: AttributeBuilder | null = null;

  constructor(targets: Targets, open: OpenColumnBuilder, candidates: Candidates, chosen: ChosenLines | null) {
    this.#targets = targets;
    this.#open = open;
    this.#candidates = candidates;
    this.#chosen = chosen;
    this.#root = rootName();
  }

  /** Other bytes from now on, or the same moved. */
  begin(block: Block): void {
    this.#block++;
    this.scanner.reset(block);
  }

  nextBatch(): void {
    this.#batch++;
    this.unknown = 0;
    if (this.#names > NAMES_MAX) {
      this.#names = 0;
      this.#root = rootName();
      this.#pool = new EdgePool();
      this.#open.clear();
      this.#candidates.open.fill(null);
    }
    this.#chosen?.nextBatch();
  }

  /** Reads the object at `start`; null, or why it is none, or `READ_WHOLE`. */
  read(row: number, start: number, end: number, whole = false): string | null {
    const { scanner } = this;
    scanner.end = end;
    this.#whole = whole;
    this.#chosen?.clear();
    this.#row = row;
    this.#members = 0;
    this.#repeated = false;
    this.stamp++;
    if (scanner.bytes[start] !== 123) {
      scanner.fail(start, "a JSON object is expected");
      return this.failure(start);
    }
    const p = this.#object(this.#root, start);
    if (this.#repeated) return REPEATED;
    if (p < 0) return this.failure(start);
    if (p !== end && scanner.blanks(p) < end) return "there is text behind the object";
    return whole || this.#chosen === null ? null : this.#chosen.settle(row, scanner.view);
  }

  failure(start: number): string {
    return `not JSON: ${this.scanner.reason} (byte ${this.scanner.failedAt - start} of the line)`;
  }

  /** Puts a candidate that its column did not take into the open column; false when its escapes are malformed. */
  spill(open: OpenName, row: number, from: number, to: number, escaped: boolean): boolean {
    const { bytes, view } = this.scanner;
    const c = bytes[from] as number;
    if (c === 34) return open.string.addText(row, view, from + 1, to - 1, escaped);
    if (c === 91 || c === 123) return open.addNested(row, bytes, from, to) !== null;
    if (c === 116 || c === 102) open.bool.addBool(row, c === 116);
    else open.addNumber(row, bytes, view, from, to);
    return true;
  }

  #object(scope: JsonName, at: number): number {
    const { scanner } = this;
    const { bytes, view } = scanner;
    scope.start ??= rootName();
    let from = scope.start;
    let p = at;
    for (;;) {
      if (bytes[p] === 125) return p + 1;
      let edge = this.#pool.find(from, view, p);
      let v: number;
      if (edge !== null) {
        v = p + edge.size;
        // The edge was learned where no blank stood before the value.
        if ((bytes[v] as number) <= 32) v = scanner.blanks(v);
      } else {
        edge = this.#next(scope, from, p);
        v = this.#at;
        if (edge === null) return v;
      }
      const { name } = edge;
      if (name.stamp === this.stamp) {
        this.#repeated = true;
        return -1;
      }
      name.stamp = this.stamp;
      if (++this.#members > JSON_MEMBERS_MAX) return scanner.fail(p, `more than ${JSON_MEMBERS_MAX} names`);
      p = this.#value(edge, name, v);
      if (p < 0) return -1;
      from = name;
    }
  }

  /** Returns the end of the value at `v`, or -1. */
  #value(edge: Edge, name: JsonName, v: number): number {
    const { scanner } = this;
    const { view } = scanner;
    if (edge.block === this.#block && !this.#whole && (edge.misses < MISSES_MAX || (++edge.misses & 15) === 0)) {
      if (equalBytes(view, v, view, edge.valueAt, edge.valueSize) && this.#again(edge, name, v)) {
        edge.misses = 0;
        return v + edge.valueSize - 1;
      }
      edge.misses++;
    }
    const c = scanner.bytes[v] as number;
    let end: number;
    this.#attribute = null;
    if (name.role === "open" || (this.#whole && name.role === "skip")) {
      name.open ??= this.#open.name(name.path);
      end = this.#openValue(name, v, c);
      if (this.#attribute === null) return end;
      const attribute = this.#attribute as AttributeBuilder;
      edge.attribute = attribute;
      edge.index = attribute.count - 1;
      edge.batch = this.#batch;
    } else {
      if (c === 110) return scanner.literalEnd(v);
      if (c === 123 && (name.walks || name.candidate >= 0)) return this.#memberObject(name, v);
      scanner.escaped = false;
      end = scanner.valueEnd(v, name.depth);
      if (end < 0) return -1;
      if (name.candidate >= 0) this.#candidates.note(name.candidate, this.stamp, v, end, scanner.escaped);
      else if (!this.#targets.keepsUnknown) this.unknown++;
      edge.escaped = scanner.escaped;
    }
    const size = end - v + 1;
    edge.block = size <= PREDICT_BYTES_MAX ? this.#block : -1;
    edge.valueAt = v;
    edge.valueSize = size;
    return end;
  }

  /** The value is the one before: gives the column that again. False when it cannot. */
  #again(edge: Edge, name: JsonName, v: number): boolean {
    if (name.role === "open") {
      const attribute = edge.attribute as AttributeBuilder;
      if (edge.batch !== this.#batch || attribute.lastRow === this.#row) return false;
      attribute.repeat(this.#row, edge.index);
    } else if (name.candidate >= 0)
      this.#candidates.note(name.candidate, this.stamp, v, v + edge.valueSize - 1, edge.escaped);
    else if (!this.#targets.keepsUnknown) this.unknown++;
    return true;
  }

  #openValue(name: JsonName, v: number, c: number): number {
    const { scanner } = this;
    const open = name.open as OpenName;
    if (c === 34) {
      const quote = scanner.stringEnd(v + 1);
      if (quote < 0) return -1;
      if (this.#chosen !== null && !this.#whole) {
        if (this.#chosen.waits(open, quote - v)) {
          this.#chosen.note(open, v + 1, quote, scanner.escaped);
          return quote + 1;
        }
        if (this.#chosen.count > 0) this.#chosen.drop(open);
      }
      const attribute = open.string;
      if (!attribute.addText(this.#row, scanner.view, v + 1, quote, scanner.escaped))
        return scanner.fail(v, "a string has a malformed escape");
      this.#attribute = attribute;
      return quote + 1;
    }
    if (c === 123 && name.depth < OPEN_DEPTH_MAX) {
      const end = name.walks || this.#whole ? this.#object(name, v) : scanner.valueEnd(v, name.depth);
      // The members went to many places: there is nothing to give once more as a whole.
      this.#attribute = null;
      return end;
    }
    if (c === 123 || c === 91) {
      const end = scanner.valueEnd(v, name.depth);
      if (end < 0) return -1;
      this.#attribute = open.addNested(this.#row, scanner.bytes, v, end);
      return this.#attribute === null ? scanner.fail(v, "a string has a malformed escape") : end;
    }
    if (c === 116 || c === 102) {
      const end = scanner.literalEnd(v);
      if (end < 0) return -1;
      open.bool.addBool(this.#row, c === 116);
      this.#attribute = open.bool;
      return end;
    }
    if (c === 110) return scanner.literalEnd(v);
    const end = scanner.numberEnd(v);
    if (end >= 0) this.#attribute = open.addNumber(this.#row, scanner.bytes, scanner.view, v, end);
    return end;
  }

  /** An object where a declared column, or something inside it, is looked for. */
  #memberObject(name: JsonName, v: number): number {
    const { scanner } = this;
    if (name.candidate < 0) return this.#object(name, v);
    if (this.#candidates.takesObject(name.candidate)) {
      const end = scanner.valueEnd(v, name.depth);
      if (end >= 0) this.#candidates.note(name.candidate, this.stamp, v, end, false);
      return end;
    }
    this.#candidates.noteObject(name.candidate, this.stamp);
    const walks = name.walks || this.#whole;
    return walks && name.depth < OPEN_DEPTH_MAX ? this.#object(name, v) : scanner.valueEnd(v, name.depth);
  }

  /**
   * What follows `from` at `p` for the first time; null at the object's end (`#at` behind it) or at an error (`#at`
   * -1).
   */
  #next(scope: JsonName, from: JsonName, p: number): Edge | null {
    const { scanner } = this;
    const { bytes } = scanner;
    let q = from === scope.start ? scanner.blanks(p + 1) : scanner.blanks(p);
    if (bytes[q] === 125 && q < scanner.end) {
      this.#at = q + 1;
      return null;
    }
    if (from !== scope.start) {
      if (bytes[q] !== 44 || q >= scanner.end) return this.#refuse(q, 'a comma or "}" is expected');
      q = scanner.blanks(q + 1);
    }
    if (bytes[q] !== 34) return this.#refuse(q, "a name in quotes is expected");
    const close = scanner.stringEnd(q + 1);
    const key =
      close < 0
        ? null
        : scanner.escaped
          ? jsonStringOf(scanner.view, q + 1, close)
          : bytes.toString("utf8", q + 1, close);
    if (key === null) return this.#refuse(q, "a name is malformed");
    q = scanner.blanks(close + 1);
    if (bytes[q] !== 58) return this.#refuse(q, "a colon is expected");
    q = scanner.blanks(q + 1);
    this.#at = q;
    return this.#pool.add(from, scope.members.get(key) ?? this.#newName(scope, key), bytes, p, q);
  }

  #newName(scope: JsonName, key: string): JsonName {
    const path = scope.path === "" ? key : `${scope.path}.${key}`;
    const targets = this.#targets;
    const candidate = targets.candidate(path);
    const open = targets.wantsOpen(path) ? this.#open.name(path) : null;
    if (candidate >= 0) this.#candidates.open[candidate] = open;
    const role = candidate >= 0 ? "candidate" : open !== null ? "open" : "skip";
    const name = new JsonName(path, scope.depth + 1, { role, walks: targets.walks(path), open, candidate });
    scope.members.set(key, name);
    this.#names++;
    return name;
  }

  #refuse(at: number, reason: string): null {
    this.scanner.fail(at, reason);
    this.#at = -1;
    return null;
  }
}

function rootName(): JsonName {
  return new JsonName("", -1, { role: "skip", walks: true, open: null, candidate: -1 });
}
