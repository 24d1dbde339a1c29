/**
 * Regular expressions of rules are PCRE; they run as JavaScript's. Where the two differ, the pattern is rewritten so
 * that it means in JavaScript what PCRE would have made of it; what has no counterpart is rejected with its name.
 *
 *   PCRE                   JavaScript
 *   (?i)… at the start     the flag (also m, s; a scoped or later (?i) is rejected)
 *   .                      [^\n], or [\s\S] under s       $    (?=\n?(?![\s\S])), under m (?![^\n])
 *   ^ under m              (?<![^\n])                     \A \Z \z   assertions
 *   (?P<n>…) (?P=n)        (?<n>…) \k<n>                  \h \R \e \a \x{…} \Q…\E   spelt out
 *   []…] and [[:alpha:]]   \] and ranges
 *
 * Rejected: atomic groups and possessive quantifiers, conditionals, recursion, \G \K \X \C \p, the x flag.
 *
 * The length of a pattern is bounded here, that of the value where it is tested. A pattern that could go back and try
 * again without end is run by the engine in bounded time, or refused.
 */
import { RuleProblem } from "./problem.js";

export const REGEX_CHARS_MAX = 4_096;

export interface CompiledRegex {
  readonly source: string;
  /** Of `i`; m and s are written into the source. */
  readonly flags: string;
}

/**
 * Translates and checks a pattern. `flags` are those of the modifiers: any of i, m and s. A pattern matches anywhere
 * in a value unless `how` ties it to the beginning or the end.
 */
export function compileRegex(
  pattern: string,
  flags: string,
  how: "contains" | "startsWith" | "endsWith" = "contains",
): CompiledRegex {
  if (pattern.length > REGEX_CHARS_MAX)
    throw new RuleProblem(`the regular expression is longer than ${REGEX_CHARS_MAX} characters`);
  const leading = /^(?:\(\?[imsxnJU]+\))+/.exec(pattern);
  const inline = leading === null ? "" : leading[0].replace(/[()?]/g, "");
  const unknown = /[^ims]/.exec(inline);
  if (unknown !== null) throw unsupported(`the flag (?${unknown[0]})`);
  const all = new Set(flags + inline);
  const body = translate(pattern.slice(leading?.[0].length ?? 0), { multiline: all.has("m"), dotAll: all.has("s") });
  const source = how === "contains" ? body : how === "startsWith" ? `^(?:${body})` : `(?:${body})${END}`;
  const kept = all.has("i") ? "i" : "";
  try {
    new RegExp(source, kept);
  } catch (error) {
    throw new RuleProblem(`not a regular expression: ${(error as Error).message}`);
  }
  return { source, flags: kept };
}

interface Mode {
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const END = "(?![\\s\\S])";
/** One token: an escape, a class, a group opener, a quantifier, or a character. */
const TOKEN =
  /\\Q[\s\S]*?(?:\\E|$)|\\x\{[0-9a-fA-F]{1,6}\}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?[a-z]+:\]|[^\]\\])*\]|\(\?(?:<[=!]|P?<\w+>|P=\w+\)|P>|[:=!>#|&+(RC]|[-\w^]*[:)]?)|(?:[*+?]|\{\d+(?:,\d*)?\})[+?]?|[\s\S]/gu;

function translate(pattern: string, mode: Mode): string {
  let source = "";
  for (const [token] of pattern.matchAll(TOKEN)) source += translateToken(token, mode);
  return source;
}

function translateToken(token: string, mode: Mode): string {
  if (token.startsWith("\\")) return translateEscape(token);
  if (token.startsWith("(?")) return translateGroup(token);
  if (token.length > 1 && token.startsWith("[")) return translateClass(token);
  if (/^(?:[*+?]|\{\d+(?:,\d*)?\})\+$/.test(token)) throw unsupported(`the possessive quantifier ${token}`);
  if (token === ".") return mode.dotAll ? "[\\s\\S]" : "[^\\n]";
  if (token === "^") return mode.multiline ? "(?<![^\\n])" : "^";
  if (token === "$") return mode.multiline ? "(?![^\\n])" : `(?=\\n?${END})`;
  return token;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\A": "(?<![\\s\\S])",
  "\\Z": `(?=\\n?${END})`,
  "\\z": END,
  "\\h": "[ \\t\\xa0]",
  "\\H": "[^ \\t\\xa0]",
  "\\v": "[\\n\\x0b\\f\\r\\x85\\u2028\\u2029]",
  "\\V": "[^\\n\\x0b\\f\\r\\x85\\u2028\\u2029]",
  "\\N": "[^\\n]",
  "\\R": "(?:\\r\\n|[\\n\\v\\f\\r\\x85\\u2028\\u2029])",
  "\\e": "\\x1b",
  "\\a": "\\x07",
  "\\E": "",
};

function translateEscape(token: string): string {
  if (token.startsWith("\\Q")) return escapeLiteral(token.slice(2).replace(/\\E$/, ""));
  if (token.startsWith("\\x{")) return codePoint(token);
  const known = Object.hasOwn(ESCAPES, token) ? ESCAPES[token] : undefined;
  if (known !== undefined) return known;
  if (/^\\[GKXCpPglLuUo]$/.test(token)) throw unsupported(token);
  // What PCRE takes for a literal must not become a JavaScript escape.
  return token;
}

function translateGroup(token: string): string {
  const named = /^\(\?P?<(\w+)>$/.exec(token);
  if (named !== null) return `(?<${named[1]}>`;
  const back = /^\(\?P=(\w+)\)$/.exec(token);
  if (back !== null) return `\\k<${back[1]}>`;
  if (/^\(\?(?:[:=!]|<[=!])$/.test(token)) return token;
  if (token === "(?>") throw unsupported("the atomic group (?>");
  if (/^\(\?[-a-z^]+[:)]$/i.test(token)) throw unsupported(`the flags ${token} after the beginning of the pattern`);
  throw unsupported(`the group ${token}`);
}

const POSIX: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9a-fA-F",
  word: "\\w",
  cntrl: "\\x00-\\x1f\\x7f",
  print: " -~",
  graph: "!-~",
  ascii: "\\x00-\\x7f",
};

function translateClass(token: string): string {
  const negated = token.startsWith("[^");
  const body = token.slice(negated ? 2 : 1, -1);
  const inner = body.replace(
    /^\]|\\x\{[0-9a-fA-F]{1,6}\}|\\[\s\S]|\[:(\^?)([a-z]+):\]/g,
    (part, not?: string, name?: string) => {
      if (part === "]") return "\\]";
      if (part.startsWith("\\x{")) return codePoint(part);
      if (part === "\\h") return " \\t\\xa0";
      if (part === "\\v") return (ESCAPES[part] as string).slice(1, -1);
      if (part === "\\e" || part === "\\a") return ESCAPES[part] as string;
      if (/^\\[pPXNRHVLuUQE]$/.test(part)) throw unsupported(`${part} inside [ ]`);
      if (name === undefined) return part;
      const ranges = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
      if (ranges === undefined || not === "^") throw unsupported(`the class ${part}`);
      return ranges;
    },
  );
  return `[${negated ? "^" : ""}${inner}]`;
}

function codePoint(token: string): string {
  const value = Number.parseInt(token.slice(3, -1), 16);
  if (value > 0xffff) throw unsupported(`${token} (beyond U+FFFF)`);
  return `\\u${value.toString(16).padStart(4, "0")}`;
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function unsupported(what: string): RuleProblem {
  return new RuleProblem(`${what} is not supported in regular expressions`);
}
