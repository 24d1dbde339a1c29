/**
 * House rules that no linter knows; their limits and exceptions, each with its reason, are in tidy.json.
 *
 *   size      files and functions that fit the mind
 *   names     kebab-case, and no drawer for everything
 *   ambient   clock, chance, timers, environment and network come in as parameters
 *   errors    failures have a code, and every code is in docs/ERRORS.md
 *   words     nothing unfinished, nothing of one machine
 *   docs      links and `folder/file.ts` lead somewhere; examples marked `ts run` are compiled by check-types.mjs
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { functionsOf } from "./functions.mjs";
import { blanked, isTest, lineAt, listFiles, ROOT, readJson, readText } from "./source.mjs";

const rules = readJson("tools/tidy.json");
/** @type {{ rule: string, text: string }[]} */
const problems = [];
/** @type {string[]} */
const warnings = [];
/** Exceptions that were needed. @type {Set<object>} */
const used = new Set();

const files = listFiles();
const isText = (/** @type {string} */ path) =>
  /\.(?:ts|tsx|mts|js|mjs|json|md|yml|yaml|css|html|scn|txt|sh)$/.test(path) || path === ".ci/run";
const codeRoots = rules.code.map((/** @type {string} */ root) => new RegExp(`^${root.replace("*", "[^/]+")}`));
const code = files.filter(
  (path) => /\.(?:ts|tsx|mjs)$/.test(path) && codeRoots.some((/** @type {RegExp} */ root) => root.test(path)),
);

for (const path of code) checkCode(path, readText(path));
for (const path of files) if (isText(path) && path !== "package-lock.json") checkWords(path, readText(path));
for (const path of files.filter((name) => name.endsWith(".md"))) {
  checkLinks(path, readText(path));
  checkPaths(path, readText(path));
}
checkErrorCodes();
checkExceptions();

for (const warning of warnings) console.log(`warning: ${warning}`);
for (const { rule, text } of problems) console.log(`${rule}: ${text}`);
console.log(`tidy: ${files.length} files, ${warnings.length} warnings, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/**
 * @param {string} path
 * @param {string} text
 */
function checkCode(path, text) {
  const test = isTest(path);
  const lines = text.split("\n").length - 1;
  checkSize(path, lines, test);
  checkName(path);
  const plain = blanked(text);
  if (!test)
    for (const { name, line, length } of functionsOf(plain))
      if (length > rules.functionLines.fail && !excepted(rules.functionLines.exceptions, path, name))
        problems.push({
          rule: "size",
          text: `${path}:${line} ${name} has ${length} lines, at most ${rules.functionLines.fail}`,
        });
  const inEngine = rules.engine.some((/** @type {string} */ root) => path.startsWith(root));
  if (!inEngine || test) return;
  for (const [rule, pattern] of Object.entries(rules.ambient.patterns))
    for (const found of plain.matchAll(new RegExp(pattern, "g")))
      if (!excepted(rules.ambient.allowed, path, rule))
        problems.push({ rule: "ambient", text: `${path}:${lineAt(text, found.index)} ${rule}: ${found[0]}` });
  for (const found of plain.matchAll(new RegExp(rules.errors.bare, "g")))
    if (!excepted(rules.errors.allowed, path, ""))
      problems.push({
        rule: "errors",
        text: `${path}:${lineAt(text, found.index)} ${found[0]}…): throw a MillraceError with a code, or assert`,
      });
}

/**
 * @param {string} path
 * @param {number} lines
 * @param {boolean} test
 */
function checkSize(path, lines, test) {
  const most = test ? rules.lines.failTests : rules.lines.fail;
  if (lines > most && !excepted(rules.lines.exceptions, path, ""))
    problems.push({ rule: "size", text: `${path} has ${lines} lines, at most ${most}` });
  else if (lines > rules.lines.warn) warnings.push(`${path} has ${lines} lines: look for the seam`);
}

/** @param {string} path */
function checkName(path) {
  for (const part of path.split("/")) {
    if (!new RegExp(rules.names.file).test(part))
      problems.push({ rule: "names", text: `${path}: "${part}" is not kebab-case` });
    const words = part.split(/[.-]/);
    const drawer = words.find((word) => rules.names.forbidden.includes(word));
    if (drawer !== undefined)
      problems.push({ rule: "names", text: `${path}: "${drawer}" says nothing of what is inside` });
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
function checkWords(path, text) {
  for (const [rule, pattern] of Object.entries(rules.words.patterns))
    for (const found of text.matchAll(new RegExp(pattern, "g")))
      if (!excepted(rules.words.allowed, path, rule))
        problems.push({ rule: "words", text: `${path}:${lineAt(text, found.index)} ${rule}: ${found[0]}` });
}

/**
 * @param {string} path
 * @param {string} text
 */
function checkLinks(path, text) {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, (part) => part.replace(/[^\n]/g, " "));
  for (const found of prose.matchAll(/\]\((?<target>[^)\s]+)\)/g)) {
    const target = found.groups?.target ?? "";
    if (/^[a-z]+:/.test(target)) continue;
    const [file, anchor] = /** @type {[string, string | undefined]} */ (target.split("#"));
    const full = file === "" ? join(ROOT, path) : join(ROOT, dirname(path), file);
    const place = `${path}:${lineAt(text, found.index)}`;
    if (!existsSync(full)) problems.push({ rule: "docs", text: `${place} links to ${target}, which is not there` });
    else if (anchor !== undefined && statSync(full).isFile() && !anchorsOf(full).has(anchor))
      problems.push({ rule: "docs", text: `${place} links to ${target}, and there is no such heading` });
  }
}

/**
 * Files named in the text, by their path from here, from the root, or from the engine's sources.
 * @param {string} path
 * @param {string} text
 */
function checkPaths(path, text) {
  const homes = [dirname(path), ".", ...rules.engine];
  for (const found of text.matchAll(/`(?<name>[\w.-]+\/[\w./-]+\.(?:ts|mjs|json|md|yml))`/g)) {
    const name = found.groups?.name ?? "";
    if (!name.includes("dist/") && !homes.some((home) => existsSync(join(ROOT, home, name))))
      problems.push({ rule: "docs", text: `${path}:${lineAt(text, found.index)} names ${name}, which is not there` });
  }
}

/** Headings as links name them. @param {string} full */
function anchorsOf(full) {
  const headings = readText(full.slice(ROOT.length + 1)).matchAll(/^#+\s+(?<title>.+)$/gm);
  return new Set(
    [...headings].map(({ groups }) =>
      (groups?.title ?? "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}

function checkErrorCodes() {
  const source = readText("packages/millrace/src/base/errors.ts");
  const union = /export type ErrorCode =(?<body>[\s\S]*?);/.exec(source)?.groups?.body ?? "";
  const codes = [...union.matchAll(/\|\s*"(?<code>[A-Z_]+)"/g)].map(({ groups }) => groups?.code ?? "");
  if (codes.length === 0) problems.push({ rule: "errors", text: "no ErrorCode found in base/errors.ts" });
  const page = existsSync(join(ROOT, "docs/ERRORS.md")) ? readText("docs/ERRORS.md") : "";
  const listed = [...page.matchAll(/^## (?<code>[A-Z_]+)$/gm)].map(({ groups }) => groups?.code ?? "");
  for (const name of codes)
    if (!listed.includes(name)) problems.push({ rule: "errors", text: `docs/ERRORS.md has no section ${name}` });
  for (const name of listed)
    if (!codes.includes(name))
      problems.push({ rule: "errors", text: `docs/ERRORS.md has a section ${name}, which is no code` });
}

/**
 * @param {{ path: string, rules?: string[] }[]} exceptions
 * @param {string} path
 * @param {string} rule
 */
function excepted(exceptions, path, rule) {
  const found = exceptions.find(
    (e) => (e.path.endsWith("/") ? path.startsWith(e.path) : path === e.path) && (e.rules?.includes(rule) ?? true),
  );
  if (found !== undefined) used.add(found);
  return found !== undefined;
}

/** An exception for one file that is not needed any more is a rule that has quietly gone. */
function checkExceptions() {
  const all = [
    rules.lines.exceptions,
    rules.functionLines.exceptions,
    rules.ambient.allowed,
    rules.words.allowed,
    rules.errors.allowed,
  ].flat();
  for (const exception of all) {
    if (exception.why === undefined)
      problems.push({ rule: "tidy.json", text: `the exception of ${exception.path} gives no reason` });
    if (!exception.path.endsWith("/") && !used.has(exception))
      problems.push({ rule: "tidy.json", text: `the exception of ${exception.path} is not needed any more` });
  }
}
