/**
 * The project's files, and a view of their code with comments and texts blanked out.
 *
 *     const a = "Date.now()"; // why      ->      const a = "          ";
 *
 * Blanked code has the same length and the same lines, so a place found in it is a place in the file. It is a scanner,
 * not a parser: what it knows is where comments, strings, templates and regular expressions begin and end.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folders that hold nothing written by hand. */
const SKIPPED = new Set(["node_modules", "dist", ".git", ".millrace", "data"]);

/** @typedef {{ path: string, text: string }} SourceFile  The path is relative to the root, with slashes. */

/**
 * All files below a folder, by path, except what is made by tools.
 * @param {string} [folder]
 * @returns {string[]} paths relative to the root, with slashes
 */
export function listFiles(folder = ROOT) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) || isResults(path) ? [] : listFiles(path);
      return entry.isFile() ? [relative(ROOT, path).split(sep).join("/")] : [];
    })
    .sort();
}

/** Tests, and what only tests import: conformance suites, child processes of tests, fixtures. @param {string} path */
export function isTest(path) {
  return /\.(?:test|fuzz|conformance|fixture)\b[^/]*$/.test(path) || /\/(?:fixtures|test)\//.test(path);
}

/** @param {string} path  relative to the root */
export function readText(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

/** @param {string} path */
export function readJson(path) {
  return JSON.parse(readText(path));
}

/**
 * The line (from 1) of a place in a text.
 * @param {string} text
 * @param {number} index
 */
export function lineAt(text, index) {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Names behind which a slash begins a regular expression, not a division. */
const BEFORE_REGEX =
  /(?:^|[=([{,;:!&|?+\-*%~^<>}]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/;

/**
 * The code with comments, and the insides of strings, templates and regular expressions, as blanks.
 * @param {string} text
 */
export function blanked(text) {
  const out = text.split("");
  /** Braces open in each template substitution we are inside of. @type {number[]} */
  const templates = [];
  let at = 0;
  /** @param {number} from @param {number} to */
  const blank = (from, to) => {
    for (let k = from; k < to && k < out.length; k++) if (out[k] !== "\n") out[k] = " ";
  };
  const template = () => {
    const from = at;
    while (at < text.length && text[at] !== "`" && !(text[at] === "$" && text[at + 1] === "{"))
      at += text[at] === "\\" ? 2 : 1;
    blank(from, at);
    if (text[at] === "$") {
      templates.push(0);
      at += 2;
    } else at++;
  };
  while (at < text.length) {
    const c = text[at];
    const next = text[at + 1];
    const from = at;
    if (c === "/" && next === "/") {
      at = endOf(text, "\n", at);
      blank(from, at);
    } else if (c === "/" && next === "*") {
      at = endOf(text, "*/", at + 2) + 2;
      blank(from, at);
    } else if (c === '"' || c === "'") {
      at++;
      while (at < text.length && text[at] !== c && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
      blank(from + 1, at);
      at++;
    } else if (c === "`") {
      at++;
      template();
    } else if (c === "/" && BEFORE_REGEX.test(out.slice(Math.max(0, at - 40), at).join(""))) {
      at = endOfRegex(text, at);
      blank(from + 1, at);
    } else if (templates.length > 0 && (c === "{" || c === "}")) {
      const open = templates.pop() ?? 0;
      at++;
      if (c === "{") templates.push(open + 1);
      else if (open > 0) templates.push(open - 1);
      else template();
    } else at++;
  }
  return out.join("");
}

/**
 * @param {string} text
 * @param {string} what
 * @param {number} from
 */
function endOf(text, what, from) {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found;
}

/**
 * @param {string} text
 * @param {number} from  the opening slash
 */
function endOfRegex(text, from) {
  let inClass = false;
  for (let at = from + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === "/" && !inClass) return at;
  }
  return from + 1;
}

/** @typedef {{ specifier: string, line: number, typeOnly: boolean }} Import */

const IMPORT =
  /(?<![.\w$])(?:import|export)\b(?<clause>[^;"'`()=]*?)\bfrom\s*(?<quote>["'])|(?<![.\w$])import\s*(?:\(\s*)?(?<quote2>["'])/g;

/**
 * What a module imports and re-exports: static, type-only, for effect, and `import("a literal")`, in types too.
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(text) {
  const code = blanked(text);
  return [...code.matchAll(IMPORT)].map((match) => {
    const begin = match.index + match[0].length;
    const end = text.indexOf(/** @type {string} */ (match.groups?.quote ?? match.groups?.quote2), begin);
    return {
      specifier: text.slice(begin, end),
      line: lineAt(text, match.index),
      typeOnly: /^\s*type\b/.test(match.groups?.clause ?? ""),
    };
  });
}

/** @param {string} path */
function isResults(path) {
  return path === join(ROOT, "bench", "results");
}
