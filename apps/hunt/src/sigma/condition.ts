/**
 * Conditions: how the search identifiers of a rule are joined.
 *
 *   condition := or          or  := and ("or" and)*         and := not ("and" not)*
 *   not := "not" not | atom  atom := "(" or ")" | ("1" | "any" | "all") "of" ("them" | pattern) | identifier
 *
 * `them` and patterns leave out identifiers that begin with `_`, unless the pattern does so itself. The operators are
 * taken in any case. Aggregations after `|` (count, near, …) are the deprecated form of correlations: rejected.
 */
import type { Expr } from "millrace";
import { testValue, x } from "millrace";
import { RuleProblem } from "./problem.js";
import { parsePattern } from "./values.js";

export const CONDITION_CHARS_MAX = 8_192;
const DEPTH_MAX = 64;

export type Condition =
  | { readonly kind: "and" | "or"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "of"; readonly quantifier: "any" | "all"; readonly pattern: string };

/** Parses one condition; a syntax error is a `RuleProblem` that names the place. */
export function parseCondition(text: string): Condition {
  if (text.length > CONDITION_CHARS_MAX)
    throw new RuleProblem(`the condition is longer than ${CONDITION_CHARS_MAX} characters`);
  const pipe = text.indexOf("|");
  if (pipe >= 0)
    throw new RuleProblem(
      `"${text.slice(pipe).trim().slice(0, 60)}": aggregations in conditions are deprecated and not supported; use a correlation rule`,
    );
  const tokens = new Tokens(text);
  const condition = parseOr(tokens, 0);
  const rest = tokens.peek();
  if (rest !== undefined) throw new RuleProblem(`unexpected "${rest}" in the condition`);
  return condition;
}

/** The condition over the expressions of the rule's search identifiers. */
export function buildCondition(condition: Condition, identifiers: ReadonlyMap<string, Expr>): Expr {
  switch (condition.kind) {
    case "and":
      return x.all(...condition.of.map((operand) => buildCondition(operand, identifiers)));
    case "or":
      return x.any(...condition.of.map((operand) => buildCondition(operand, identifiers)));
    case "not":
      return x.not(buildCondition(condition.of, identifiers));
    case "name": {
      const expr = identifiers.get(condition.name);
      if (expr === undefined)
        throw new RuleProblem(`the condition names "${condition.name}", which the detection does not define`);
      return expr;
    }
    case "of": {
      const selected = selectNames(condition.pattern, [...identifiers.keys()]).map(
        (name) => identifiers.get(name) as Expr,
      );
      if (selected.length === 0) throw new RuleProblem(`"of ${condition.pattern}" fits no search identifier`);
      return condition.quantifier === "all" ? x.all(...selected) : x.any(...selected);
    }
  }
}

/** How many tests the built condition would have: an identifier counts each time it is named. */
export function conditionSize(condition: Condition, sizes: ReadonlyMap<string, number>): number {
  switch (condition.kind) {
    case "and":
    case "or":
      return condition.of.reduce((sum, operand) => sum + conditionSize(operand, sizes), 0);
    case "not":
      return conditionSize(condition.of, sizes);
    case "name":
      return sizes.get(condition.name) ?? 0;
    case "of":
      return selectNames(condition.pattern, [...sizes.keys()]).reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  }
}

/** The names that `them` or a pattern with `*` anywhere stands for. */
export function selectNames(pattern: string, names: readonly string[]): string[] {
  const parts = parsePattern(pattern === "them" ? "*" : pattern);
  const fits = (name: string) => testValue({ kind: "like", parts, cased: true }, name);
  return names.filter((name) => fits(name) && (pattern.startsWith("_") || !name.startsWith("_")));
}

class Tokens {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/[()]|[^\s()]+/g) ?? [];
    if (this.#tokens.length === 0) throw new RuleProblem("the condition is empty");
  }

  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): string | undefined {
    return this.#tokens[this.#at++];
  }

  /** Steps over the keyword if it comes next. */
  skip(keyword: string): boolean {
    if (this.peek()?.toLowerCase() !== keyword) return false;
    this.#at++;
    return true;
  }
}

function parseOr(tokens: Tokens, depth: number): Condition {
  return parseList("or", tokens, () => parseList("and", tokens, () => parseNot(tokens, depth)));
}

function parseList(kind: "and" | "or", tokens: Tokens, parseOperand: () => Condition): Condition {
  const operands = [parseOperand()];
  while (tokens.skip(kind)) operands.push(parseOperand());
  return operands.length === 1 ? (operands[0] as Condition) : { kind, of: operands };
}

function parseNot(tokens: Tokens, depth: number): Condition {
  if (depth > DEPTH_MAX) throw new RuleProblem(`the condition is nested deeper than ${DEPTH_MAX} levels`);
  if (tokens.skip("not")) return { kind: "not", of: parseNot(tokens, depth + 1) };
  if (!tokens.skip("(")) return parseAtom(tokens);
  const inner = parseOr(tokens, depth + 1);
  if (!tokens.skip(")")) throw new RuleProblem('a ")" is missing in the condition');
  return inner;
}

const WORD = /^[\w.*-]+$/;

function parseAtom(tokens: Tokens): Condition {
  const word = tokens.next();
  if (word === undefined) throw new RuleProblem("the condition ends where a search identifier should follow");
  if (!WORD.test(word) || /^(?:and|or|of)$/i.test(word)) throw new RuleProblem(`unexpected "${word}" in the condition`);
  if (tokens.peek()?.toLowerCase() !== "of") {
    if (word.includes("*")) throw new RuleProblem(`"${word}" needs "1 of" or "all of" before it`);
    return { kind: "name", name: word };
  }
  tokens.next();
  const quantifier = word.toLowerCase();
  if (quantifier !== "1" && quantifier !== "any" && quantifier !== "all")
    throw new RuleProblem(`"${word} of" is not supported: only 1, any and all`);
  const pattern = tokens.next();
  if (pattern === undefined || !WORD.test(pattern))
    throw new RuleProblem(`"${word} of" needs a search identifier, a pattern or "them"`);
  const isThem = pattern.toLowerCase() === "them";
  return { kind: "of", quantifier: quantifier === "all" ? "all" : "any", pattern: isThem ? "them" : pattern };
}
