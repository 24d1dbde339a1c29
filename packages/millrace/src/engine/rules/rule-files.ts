/** The files of a rule set, as they are on disk. Paths are told relative to the program's folder, with forward slashes. */
import { readFile, stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../base/errors.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import { findFiles } from "../../source/glob.js";

/** A larger rule file is refused. */
export const RULE_FILE_BYTES_MAX = 1 << 20;

/** Path -> text. Throws where a folder or file can't be read, so that what can't be seen is not taken for removed. */
export async function readRuleFiles(set: RulesNode, appUrl: string): Promise<Map<string, string>> {
  const base = ruleFolder(appUrl);
  const found = await Promise.all(
    set.source.from.map((from) => findFiles(resolve(base, from), (path) => /\.ya?ml$/i.test(path))),
  );
  // A pattern that matches nothing (its error has no cause) is a set without rules, for now.
  const failed = found.flatMap((each) => each.failed).find(({ error }) => error.cause !== undefined);
  if (failed !== undefined) throw failed.error;
  const paths = found.flatMap((each) => each.files);
  const texts = await Promise.all(paths.map(readRule));
  return new Map(paths.map((path, k) => [relative(base, path).split(sep).join("/"), texts[k] as string]));
}

/** The folder that rule paths are relative to. */
export function ruleFolder(appUrl: string): string {
  return dirname(fileURLToPath(appUrl));
}

async function readRule(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > RULE_FILE_BYTES_MAX)
    throw new MillraceError("LIMIT", `the rule file ${path} has ${size} bytes; at most ${RULE_FILE_BYTES_MAX}`);
  return readFile(path, "utf8");
}
