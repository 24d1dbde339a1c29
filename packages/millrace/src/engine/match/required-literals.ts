/**
 * Literals without which a pattern cannot hold, so that the pattern is tried only where one of them stands.
 *
 *   \\(venv|python3)\\lib\\        ->  [`\lib\`]: every match contains it
 *   (curl|wget) -O                 ->  one of [`curl`, `wget`] rather than [` -o`]: the set whose shortest is longest
 *
 * A pattern is read as a sequence of pieces. Characters in a row make a literal; anything that may be missing or may
 * be different characters ends it; a group gives the union of what its alternatives require. What is not understood
 * requires nothing, which is always right. Literals are ASCII in lower case: text that a pattern takes, in lower case,
 * has them as they are.
 */
import type { PatternPart, Test } from "../../plan/rules/expr.js";

const ALTERNATIVES_MAX = 64;

export interface Required {
  /** Lower-case literals of which any text that passes has at least one; null when none are known. */
  readonly literals: readonly string[] | null;
  /** No shorter text passes, in UTF-16 units. */
  readonly charsMin: number;
}

const NONE: Required = { literals: null, charsMin: 0 };

/** What a text must have to pass a test of text. */
export function requiredOf(test: Test): Required {
  switch (test.kind) {
    case "eq":
      return typeof test.value === "string" ? { literals: longestRun([test.value]), charsMin: 0 } : NONE;
    case "contains":
    case "startsWith":
    case "endsWith":
      return { literals: longestRun([test.value]), charsMin: 0 };
    case "like":
      return { literals: longestRun(test.parts), charsMin: 0 };
    case "matches":
      return /[uv]/.test(test.flags) ? NONE : new PatternReader(test.source).required();
    default:
      return NONE;
  }
}

export function requiredLiterals(test: Test): readonly string[] | null {
  return requiredOf(test).literals;
}

function longestRun(parts: readonly PatternPart[]): readonly string[] | null {
  let best = "";
  for (const part of parts)
    if (typeof part === "string")
      for (const [run] of part.matchAll(/[\x20-\x7e]+/g)) if (run.length > best.length) best = run;
  return tells(best) ? [best.toLowerCase()] : null;
}

/** Whether a literal is worth looking for: single letters and digits stand nearly everywhere. */
function tells(literal: string): boolean {
  return literal.length > 1 || /[^\w\s\\/.:-]/.test(literal);
}

/** What a piece of a pattern tells. */
interface Piece {
  /** The text it stands for, if it is one. */
  readonly exact: string | null;
  readonly required: readonly string[] | null;
  readonly charsMin: number;
}

const UNKNOWN: Piece = { exact: null, required: null, charsMin: 0 };
/** One character of several. */
const ANYTHING: Piece = { exact: null, required: null, charsMin: 1 };
/** Stands between characters: neither requires nor ends anything. */
const NOTHING: Piece = { exact: "", required: null, charsMin: 0 };

/** Reads the source of a JavaScript pattern that is known to compile, without the flag `u` or `v`. */
class PatternReader {
  readonly #source: string;
  #at = 0;
  /** Something was met that is not understood: where it ends is not known. */
  #lost = false;

  constructor(source: string) {
    this.#source = source;
  }

  required(): Required {
    const { required, charsMin } = this.#alternatives();
    if (this.#lost) return NONE;
    return { literals: required?.map((literal) => literal.toLowerCase()) ?? null, charsMin };
  }

  /** Up to the end or to an unmatched ")". */
  #alternatives(): Piece {
    const pieces = [this.#sequence()];
    while (this.#source[this.#at] === "|") {
      this.#at++;
      pieces.push(this.#sequence());
    }
    if (pieces.length === 1) return pieces[0] as Piece;
    const required = pieces.flatMap((piece) => piece.required ?? []);
    const all = pieces.every((piece) => piece.required !== null) && required.length <= ALTERNATIVES_MAX;
    const charsMin = Math.min(...pieces.map((piece) => piece.charsMin));
    return { exact: null, required: all ? required : null, charsMin };
  }

  #sequence(): Piece {
    let best: readonly string[] | null = null;
    let run = "";
    let exact = true;
    let charsMin = 0;
    const close = (): void => {
      if (tells(run)) best = better(best, [run]);
      run = "";
    };
    while (this.#at < this.#source.length && this.#source[this.#at] !== "|" && this.#source[this.#at] !== ")") {
      const piece = this.#piece();
      const [least, most] = this.#quantifier();
      charsMin += least * piece.charsMin;
      if (piece.exact !== null && least > 0) run += piece.exact;
      if (piece.exact === null || least !== 1 || most !== 1) {
        exact = false;
        if (piece.exact !== "") close();
      }
      // What comes behind a repeated piece stands behind its last repetition.
      if (piece.exact !== null && piece.exact !== "" && least > 0 && most > 1) run = piece.exact;
      if (least > 0) best = better(best, piece.required);
    }
    const text = run;
    close();
    return { exact: exact ? text : null, required: best, charsMin };
  }

  #piece(): Piece {
    const char = this.#source[this.#at++] as string;
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return this.#class();
      case "\\":
        return this.#escape();
      case ".":
        return ANYTHING;
      case "^":
      case "$":
        return NOTHING;
      default:
        return literal(char);
    }
  }

  #group(): Piece {
    const opener = /^\?(?::|=|!|<=|<!|<\w+>)/.exec(this.#source.slice(this.#at))?.[0] ?? "";
    if (opener === "" && this.#source[this.#at] === "?") this.#lost = true;
    this.#at += opener.length;
    const inner = this.#alternatives();
    this.#at++;
    return opener.includes("=") || opener.includes("!") ? NOTHING : inner;
  }

  #class(): Piece {
    const from = this.#at;
    for (; this.#at < this.#source.length && this.#source[this.#at] !== "]"; this.#at++)
      if (this.#source[this.#at] === "\\") this.#at++;
    const members = this.#source.slice(from, this.#at++);
    // [.] and [Tt] stand for one character, without case.
    if (/^\\?[^\\\w^]$/.test(members)) return literal(members.slice(-1));
    const [upper, lower] = members;
    const pair = members.length === 2 && upper !== lower && upper?.toLowerCase() === lower?.toLowerCase();
    return pair ? literal(lower as string) : ANYTHING;
  }

  #escape(): Piece {
    const char = this.#source[this.#at++] as string;
    if (char === "b" || char === "B") return NOTHING;
    if (char === "x" || char === "u") {
      const digits = /^[0-9a-fA-F]*/.exec(this.#source.slice(this.#at, this.#at + (char === "x" ? 2 : 4)))?.[0] ?? "";
      this.#at += digits.length;
      return ANYTHING;
    }
    if (char === "c" || char === "k" || /\d/.test(char)) {
      this.#lost = true;
      return UNKNOWN;
    }
    return /\w/.test(char) ? ANYTHING : literal(char);
  }

  /** How often the piece before stands at least and at most. */
  #quantifier(): readonly [number, number] {
    const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at, this.#at + 32));
    if (match === null) return [1, 1];
    this.#at += match[0].length;
    const [, sign, least, comma, most] = match;
    if (sign !== undefined) return [sign === "+" ? 1 : 0, sign === "?" ? 1 : Number.POSITIVE_INFINITY];
    const from = Number(least);
    return [from, comma === "" ? from : most === "" ? Number.POSITIVE_INFINITY : Number(most)];
  }
}

function literal(char: string): Piece {
  return /^[\x20-\x7e]$/.test(char) ? { exact: char, required: null, charsMin: 1 } : ANYTHING;
}

/** The set whose shortest literal is longer. */
function better(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  const shortest = (set: readonly string[]): number => Math.min(...set.map((text) => text.length));
  return shortest(b) > shortest(a) ? b : a;
}
