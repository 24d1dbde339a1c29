/** The files of a rule set, as they are on disk. A path is relative to the folder that all of the set's files are below. */
import { lstat, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../base/errors.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import { findFiles, globMatcher } from "../../source/glob.js";

/** A larger rule file is refused. */
export const RULE_FILE_BYTES_MAX = 1 << 20;

const RULE_FILE = /\.ya?ml$/i;

/** Path -> text. Throws where a folder or file can't be read, so that what can't be seen is not taken for removed. */
export async function readRuleFiles(set: RulesNode, appUrl: string): Promise<Map<string, string>> {
  const sources = ruleSources(set, appUrl);
  const found = await Promise.all(sources.map((from) => findFiles(from, (path) => RULE_FILE.test(path))));
  // A pattern that matches nothing (its error has no cause) is a set without rules, for now.
  const failed = found.flatMap((each) => each.failed).find(({ error }) => error.cause !== undefined);
  if (failed !== undefined) throw failed.error;
  const paths = found.flatMap((each) => each.files);
  const texts = await Promise.all(paths.map(readRule));
  const base = commonFolder(sources);
  return new Map(paths.map((path, k) => [relative(base, path).split(sep).join("/"), texts[k] as string]));
}

/**
 * Writes a file of the set, or removes it (null): whole or not at all. Throws `REQUEST` for a path that the set would not
 * read, or that leads out of its folders by a link.
 */
export async function writeRuleFile(set: RulesNode, appUrl: string, file: string, text: string | null): Promise<void> {
  const path = await ownPath(set, appUrl, file);
  if (text === null) return rm(path, { force: true });
  const draft = `${path}.${process.pid}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new MillraceError("DISK", `the rule file ${file} can't be written: ${(cause as Error).message}`, { cause });
  }
}

/** The absolute path of a file that the set reads, or would. */
async function ownPath(set: RulesNode, appUrl: string, file: string): Promise<string> {
  const sources = ruleSources(set, appUrl);
  const path = resolve(commonFolder(sources), file);
  const refused = (why: string): MillraceError =>
    new MillraceError("REQUEST", `"${file}" can't be a file of the rules "${set.name}": ${why}`, {
      hint: `They are read from ${set.source.from.join(", ")}.`,
    });
  if (!RULE_FILE.test(path) || !/^[\w ./-]{1,200}$/.test(file)) throw refused("it is not a name ending in .yml");
  const root = sources.map((from) => rootOf(from, path)).find((found) => found !== null);
  if (root === undefined || root === null) throw refused("it is in none of their folders");
  await mkdir(dirname(path), { recursive: true });
  const [folder, inside] = [await realpath(root), await realpath(dirname(path))];
  if (inside !== folder && !inside.startsWith(folder + sep)) throw refused("its folder is a link to elsewhere");
  const link = await lstat(path).catch(() => null);
  if (link?.isSymbolicLink() === true) throw refused("it is a link");
  return path;
}

/** The folder named in full of a source that would find the path; null where it would not. */
function rootOf(from: string, path: string): string | null {
  const inside = /[*?{]/.test(from) ? globMatcher(from)(path) : path.startsWith(from + sep);
  return inside ? folderOf(from) : null;
}

/** Folders that hold the set's files, absolute. */
export function ruleFolders(set: RulesNode, appUrl: string): readonly string[] {
  return ruleSources(set, appUrl).map(folderOf);
}

/** Paths, folders and patterns, absolute. */
function ruleSources({ source }: RulesNode, appUrl: string): readonly string[] {
  return source.from.map((from) => resolve(dirname(fileURLToPath(appUrl)), from));
}

/** The last folder that is named in full: of a pattern, or of a single file. */
function folderOf(from: string): string {
  if (/[*?{]/.test(from)) return dirname(from.replace(/[*?{].*$/, "x"));
  return RULE_FILE.test(from) ? dirname(from) : from;
}

function commonFolder(sources: readonly string[]): string {
  const [first = [], ...others] = sources.map((from) => folderOf(from).split(sep));
  const length = Math.min(
    ...others.map((parts) => first.findIndex((part, k) => parts[k] !== part)).filter((k) => k >= 0),
    first.length,
  );
  return first.slice(0, length).join(sep) || sep;
}

async function readRule(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > RULE_FILE_BYTES_MAX)
    throw new MillraceError("LIMIT", `the rule file ${path} has ${size} bytes; at most ${RULE_FILE_BYTES_MAX}`);
  return readFile(path, "utf8");
}
