/**
 * What a matcher's rules need of each line of JSON, so that the rest of it need not be decoded (source/line-choice.ts).
 *
 *   route of the line (channel, event id)  ->  the fields that its branches read: long texts under other names are left out
 *   tests on any text of the event         ->  a line is read whole where a keyword may stand in it, as it is written
 *
 * A keyword is looked for by a part of it that JSON writes as it is. What a line may write otherwise and still mean, an
 * escaped letter and the two characters that become ASCII in lower case, is looked for as well: such lines are read
 * whole, too. Routes with keywords too short for that are read whole always.
 */
import { isAscii } from "node:buffer";
import type { Value } from "../../schema/types.js";
import type { LineChoice, LineKind } from "../../source/line-choice.js";
import { BECOME_ASCII, KeywordFilter } from "./keyword-filter.js";
import type { PredicateTable } from "./predicates.js";
import { requiredLiterals } from "./required-literals.js";
import type { Route, Routes } from "./routes.js";

/** Shorter ones would make the search slow for all. */
const KEYWORD_CHARS_MIN = 8;
/** Characters that no writer of JSON escapes. */
const WRITTEN_PLAIN = /[ !#-%()*,.0-9:;=?@A-Z[\]^_a-z{|}~-]+/g;
/** Of \u00XX: what writers do escape, which is no part of a keyword that is looked for. */
const OFTEN_ESCAPED = new Set([0x22, 0x26, 0x27, 0x2b, 0x2f, 0x3c, 0x3e, 0x5c, 0x60]);

export class ScanChoice implements LineChoice {
  readonly by: readonly string[];
  readonly #table: PredicateTable;
  readonly #routes: () => Routes;
  readonly #literals = new Map<number, string | null>();
  /** Looked for in lines: the keywords of all routes met. */
  readonly #looked = new Set<string>();
  #filter = new KeywordFilter([]);
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #ascii = false;
  /** What may stand in a line that is to be read whole, each with where it stands next. */
  readonly #reasons: readonly Reason[] = [
    { at: -1, find: (from) => this.#filter.next(this.#view, from, this.#bytes.length) },
    { at: -1, find: (from) => this.#escape("u0", from) },
    { at: -1, find: (from) => this.#escape("u212", from) },
    ...BECOME_ASCII.map((character) => ({
      at: -1,
      find: (from: number) => (this.#ascii ? -1 : this.#bytes.indexOf(character, from)),
    })),
  ];

  /** `routes` gives the matcher's routes as they are at the time. */
  constructor(table: PredicateTable, routes: () => Routes) {
    this.#table = table;
    this.#routes = routes;
    this.by = routes().names;
  }

  kindOf(values: readonly Value[]): LineKind {
    const route = this.#routes().ofValues((name) => values[this.by.indexOf(name)] ?? null);
    return { asks: route.names, whole: !this.#covers(route) };
  }

  begin(bytes: Buffer, view: DataView, from: number, to: number): void {
    this.#bytes = bytes.subarray(0, to);
    this.#view = view;
    this.#ascii = isAscii(bytes.subarray(from, to));
    for (const reason of this.#reasons) reason.at = -1;
  }

  next(at: number): number {
    if (this.#looked.size === 0) return Number.POSITIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    for (const reason of this.#reasons) {
      if (reason.at < at) reason.at = found(reason.find(at));
      if (reason.at < nearest) nearest = reason.at;
    }
    return nearest;
  }

  /** Whether lines of the route are looked through for its keywords; from now on they are, if that can be. */
  #covers(route: Route): boolean {
    const literals = route.keywords.map((predicate) => this.#literalOf(predicate));
    if (literals.includes(null)) return false;
    const fresh = (literals as string[]).filter((literal) => !this.#looked.has(literal));
    if (fresh.length === 0) return true;
    for (const literal of fresh) this.#looked.add(literal);
    this.#filter = new KeywordFilter([[...this.#looked]]);
    for (const reason of this.#reasons) reason.at = -1;
    return false;
  }

  /** A part of what the predicate requires; null when it has none that can be looked for. */
  #literalOf(predicate: number): string | null {
    let literal = this.#literals.get(predicate);
    if (literal === undefined) {
      const required = requiredLiterals(this.#table.tests[predicate] as PredicateTable["tests"][number]);
      literal = required?.length === 1 ? longestPlain(required[0] as string) : null;
      this.#literals.set(predicate, literal);
    }
    return literal;
  }

  /** The next escape of this beginning that stands for a character which may be in a keyword, or become one. */
  #escape(begin: string, from: number): number {
    const bytes = this.#bytes;
    for (let p = bytes.indexOf(begin, from); p >= 0; p = bytes.indexOf(begin, p + 1)) {
      if (bytes[p - 1] !== 92) continue;
      const code = Number.parseInt(bytes.toString("latin1", p + 1, p + 5), 16);
      if (code === 0x130 || code === 0x212a || (code >= 0x20 && code < 0x7f && !OFTEN_ESCAPED.has(code))) return p;
    }
    return -1;
  }
}

interface Reason {
  at: number;
  readonly find: (from: number) => number;
}

function found(place: number): number {
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

function longestPlain(literal: string): string | null {
  let best = "";
  for (const [run] of literal.matchAll(WRITTEN_PLAIN)) if (run.length > best.length) best = run;
  return best.length < KEYWORD_CHARS_MIN ? null : best;
}
