/**
 * Regular expressions in bounded time. JavaScript's engine goes back and tries again, and some patterns make it do so
 * without end; rules come from anywhere. So a pattern that could is run in steps of its own where a text is long enough
 * to matter:
 *
 *   a(b|c)*d      a -> split ─> b ─┐            all places that a match could have come to are kept side by side,
 *                      ├─> c ──────┤            and each character of the text is looked at once:
 *                      └─> d       └─> split    time = length of the text × size of the pattern
 *
 * Only the structure is read here (groups, alternatives, repetitions). What one character may be, and what must stand
 * around a place, is asked of JavaScript itself, so that the meaning is the same. What is not understood (references to
 * groups, look-arounds with several repetitions, the flags u and v) is refused where the pattern repeats anything.
 *
 * Source: Thompson, "Regular expression search algorithm", 1968.
 */

import { MillraceError } from "../../base/errors.js";

/** Instructions of a pattern; repetitions with counts are written out. */
const SIZE_MAX = 4096;
/** So many repetitions may as well be without a bound. */
const MANY = 8;
/** Steps that JavaScript's engine may take at the worst before it is not asked. */
const STEPS_MAX = 1e8;

type Instruction =
  | { readonly kind: "char"; readonly atom: Atom }
  | { readonly kind: "assert"; readonly holds: RegExp }
  | { kind: "split"; to: readonly number[] }
  | { readonly kind: "match" };

export interface BoundedPattern {
  /** Whether the pattern occurs in the text. */
  test(text: string): boolean;
}

/** Null when the pattern can be neither bounded nor run within a bound. It is known to compile. */
export function boundedPattern(source: string, flags: string): BoundedPattern | null {
  const pattern = new RegExp(source, flags);
  const program = new PatternProgram(source, flags);
  if (program.loops === 0 && !program.nested) return pattern;
  if (program.refused) return null;
  const charsMax = program.nested ? 0 : Math.floor(STEPS_MAX ** (1 / (program.loops + 1)));
  return { test: (text) => (text.length <= charsMax ? pattern.test(text) : program.test(text)) };
}

export function unbounded(source: string): MillraceError {
  return new MillraceError("PROGRAM", `the pattern /${source.slice(0, 200)}/ can't be run in bounded time`, {
    hint: "Leave out references to groups, look-arounds that repeat much, the flags u and v, or counts in the thousands.",
  });
}

/** What one place of a pattern takes: asked of JavaScript once for each UTF-16 unit. */
class Atom {
  readonly #pattern: RegExp;
  /** 0: not asked yet, 1: no, 2: yes. */
  #known = new Uint8Array(128);

  constructor(source: string, flags: string) {
    this.#pattern = new RegExp(`^(?:${source})$`, flags.replace(/[my]/g, ""));
  }

  takes(unit: number): boolean {
    if (unit >= this.#known.length) {
      const known = new Uint8Array(65_536);
      known.set(this.#known);
      this.#known = known;
    }
    if (this.#known[unit] === 0) this.#known[unit] = this.#pattern.test(String.fromCharCode(unit)) ? 2 : 1;
    return this.#known[unit] === 2;
  }
}

/** One structural piece: a character, what stands around a place, a group's opening, anything else. */
const ATOM = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|[^kpPc0-9])|\[(?:\\[\s\S]|[^\]\\])*\]|[^\\()[|^$*+?]/y;
const ASSERT = /\^|\$|\\[bB]/y;
const AROUND = /\(\?(?:=|!|<=|<!)/y;
const OPEN = /\((?:\?:|\?<\w+>|(?!\?))/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;

class PatternProgram {
  /** Repetitions without a bound, or with one that may as well be none. */
  loops = 0;
  /** A repetition of something whose own length varies: JavaScript may need more than any power of the length. */
  nested = false;
  refused = false;
  readonly #source: string;
  readonly #flags: string;
  #at = 0;
  readonly #program: Instruction[] = [];

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
    if (/[uv]/.test(flags)) this.refused = true;
    this.#alternatives();
    if (this.#at < source.length) this.refused = true;
    this.#program.push({ kind: "match" });
    if (this.refused) {
      // Not read to its end: whatever repeats may do so without a bound.
      this.loops = /[*+]|\{\d/.test(source) ? 1 : 0;
      this.nested = false;
    }
  }

  test(text: string): boolean {
    const program = this.#program;
    const stamps = new Int32Array(program.length).fill(-1);
    let places: number[] = [];
    let next: number[] = [];
    for (let at = 0; at <= text.length; at++) {
      if (this.#follow(0, text, at, places, stamps)) return true;
      if (at === text.length) return false;
      const unit = text.charCodeAt(at);
      for (const place of places) {
        const instruction = program[place] as Instruction;
        if (instruction.kind === "char" && instruction.atom.takes(unit))
          if (this.#follow(place + 1, text, at + 1, next, stamps)) return true;
      }
      [places, next] = [next, places];
      next.length = 0;
    }
    return false;
  }

  /** Adds the places that are reached from one without a character; true when one of them is the end. */
  #follow(from: number, text: string, at: number, places: number[], stamps: Int32Array): boolean {
    const open = [from];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (stamps[place] === at) continue;
      stamps[place] = at;
      const instruction = this.#program[place] as Instruction;
      if (instruction.kind === "match") return true;
      if (instruction.kind === "char") places.push(place);
      else if (instruction.kind === "split") open.push(...instruction.to);
      else {
        instruction.holds.lastIndex = at;
        if (instruction.holds.test(text)) open.push(place + 1);
      }
    }
    return false;
  }

  /** Writes alternatives up to the end or an unmatched ")"; whether what they take varies in length. */
  #alternatives(): boolean {
    const begin = this.#program.length;
    let varies = this.#sequence();
    while (this.#source[this.#at] === "|" && !this.refused) {
      this.#at++;
      varies = true;
      // What is there becomes the first way: | split | first way | jump | second way |
      const first = this.#program.splice(begin);
      this.#program.push({ kind: "split", to: [begin + 1, begin + first.length + 2] });
      this.#append(first, 1);
      const jump: Instruction = { kind: "split", to: [] };
      this.#program.push(jump);
      this.#sequence();
      jump.to = [this.#program.length];
    }
    return varies;
  }

  #sequence(): boolean {
    let varies = false;
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at] as string) && !this.refused) {
      const begin = this.#program.length;
      const { loops } = this;
      const inner = this.#piece();
      const quantifier = this.#take(QUANTIFIER);
      if (quantifier === null) varies ||= inner;
      else varies = this.#repeat(begin, inner, this.loops - loops, quantifier) || varies;
      if (this.#program.length > SIZE_MAX) this.refused = true;
    }
    return varies;
  }

  /** Writes one piece; whether what it takes varies in length. */
  #piece(): boolean {
    const atom = this.#take(ATOM);
    if (atom !== null && atom[0] !== "\\b" && atom[0] !== "\\B") {
      this.#program.push({ kind: "char", atom: new Atom(atom[0], this.#flags) });
      return false;
    }
    if (atom !== null) this.#at -= 2;
    const assert = this.#take(ASSERT);
    if (assert !== null) this.#assert(assert[0]);
    else if (this.#take(OPEN) !== null) {
      const varies = this.#alternatives();
      if (this.#source[this.#at++] !== ")") this.refused = true;
      return varies;
    } else if (this.#lookAround() === false) this.refused = true;
    return false;
  }

  #assert(source: string): void {
    this.#program.push({ kind: "assert", holds: new RegExp(source, `${this.#flags.replace(/[gy]/g, "")}y`) });
  }

  /** A look-around is taken as a whole: it may repeat one thing without a bound, as in (?!.*x), but no more. */
  #lookAround(): boolean {
    const begin = this.#at;
    const open = this.#take(AROUND);
    if (open === null) return false;
    const length = this.#program.length;
    const { loops, nested } = this;
    this.#alternatives();
    this.#program.length = length;
    if (this.#source[this.#at++] !== ")" || this.refused || this.loops > loops + 1 || this.nested !== nested)
      return false;
    this.#assert(this.#source.slice(begin, this.#at));
    return true;
  }

  /** Writes what stands from `begin` on as often as the quantifier says. */
  #repeat(begin: number, varies: boolean, loops: number, quantifier: RegExpExecArray): boolean {
    const [, sign, count, comma, bound] = quantifier;
    const least = sign === undefined ? Number(count) : sign === "+" ? 1 : 0;
    const endless = sign === undefined ? comma !== "" && bound === "" : sign !== "?";
    const most = endless ? Number.POSITIVE_INFINITY : sign === "?" ? 1 : comma === "" ? least : Number(bound);
    if (most > MANY) this.loops++;
    if (most > MANY && varies) this.nested = true;
    else this.loops += loops * (Math.min(most, MANY) - 1);
    const body = this.#program.splice(begin);
    const copies = endless ? Math.max(least, 1) : most;
    if ((body.length + 1) * copies > SIZE_MAX) {
      this.refused = true;
      return true;
    }
    for (let copy = 0; copy < copies; copy++) {
      const at = this.#program.length;
      if (copy >= least) this.#program.push({ kind: "split", to: [at + 1, at + body.length + 1] });
      this.#append(body, this.#program.length - begin);
      // The last copy of an endless one leads back to its own beginning.
      if (!endless || copy < copies - 1) continue;
      const end = this.#program.length;
      this.#program.push({ kind: "split", to: [copy >= least ? at + 1 : at, end + 1] });
      if (copy >= least) this.#program[at] = { kind: "split", to: [at + 1, end + 1] };
    }
    return varies || least !== most;
  }

  /** Copies instructions, their jumps moved. */
  #append(body: readonly Instruction[], by: number): void {
    for (const each of body)
      this.#program.push(each.kind === "split" ? { kind: "split", to: each.to.map((to) => to + by) } : each);
  }

  #take(piece: RegExp): RegExpExecArray | null {
    piece.lastIndex = this.#at;
    const match = piece.exec(this.#source);
    if (match !== null) this.#at += match[0].length;
    return match;
  }
}
