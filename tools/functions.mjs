/** Functions in blanked code (see source.mjs), with their length in lines. */
import { lineAt } from "./source.mjs";

/** What opens a block without being a function. */
const CONTROL = new Set(["if", "for", "while", "switch", "catch", "with", "await"]);

/**
 * @param {string} code  blanked
 * @returns {{ name: string, line: number, length: number }[]}
 */
export function functionsOf(code) {
  const found = [];
  /** @type {number[]} */
  const open = [];
  for (let at = 0; at < code.length; at++) {
    if (code[at] === "{") open.push(at);
    if (code[at] !== "}") continue;
    const begin = open.pop();
    if (begin === undefined) continue;
    const name = nameBefore(code, begin);
    if (name === null) continue;
    const line = lineAt(code, begin);
    found.push({ name, line, length: lineAt(code, at) - line + 1 });
  }
  return found;
}

/**
 * The function whose body begins at `brace`, or null where that brace begins something else.
 * @param {string} code
 * @param {number} brace
 */
function nameBefore(code, brace) {
  const before = code.slice(Math.max(0, brace - 2000), brace).trimEnd();
  if (before.endsWith("=>"))
    return (
      /(?<name>[\w$#]+)\s*[:=]\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)[^=;{}]*=>$/.exec(before)?.groups?.name ??
      "a function"
    );
  const typed = /\)\s*:\s*[^=;{}()]+$/.exec(before);
  const head = typed === null ? before : before.slice(0, typed.index + 1);
  if (!head.endsWith(")")) return null;
  const paren = openingOf(head);
  const name = /(?<name>[\w$#]+)\s*(?:<[^<>()]*>)?\s*$/.exec(head.slice(0, paren))?.groups?.name;
  return name === undefined || CONTROL.has(name) ? null : name;
}

/** Where the parenthesis opens that the text ends with. @param {string} text */
function openingOf(text) {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    if (text[at] === "(" && --depth === 0) return at;
  }
  return 0;
}
