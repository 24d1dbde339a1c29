/** Reads the files of rule sets, once, for all workers: the texts travel, the functions that compile them do not. */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../base/errors.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { RuleFile } from "../../plan/rules/rule-set.js";
import { findFiles } from "../../source/glob.js";

/** A larger rule file is refused. */
export const RULE_FILE_BYTES_MAX = 1 << 20;

/** Rule set name -> its files. Paths are relative to the app's module. */
export async function openRules(
  sets: readonly RulesNode[],
  appUrl: string,
): Promise<Readonly<Record<string, readonly RuleFile[]>>> {
  const base = dirname(fileURLToPath(appUrl));
  const files: Record<string, readonly RuleFile[]> = {};
  for (const { name, source } of sets) {
    const found = await Promise.all(
      source.from.map((from) => findFiles(resolve(base, from), (path) => /\.ya?ml$/i.test(path))),
    );
    const failed = found.flatMap((each) => each.failed)[0];
    if (failed !== undefined) throw failed.error;
    files[name] = await Promise.all(found.flatMap((each) => each.files).map(readRule));
  }
  return files;
}

async function readRule(path: string): Promise<RuleFile> {
  const { size } = await stat(path);
  if (size > RULE_FILE_BYTES_MAX)
    throw new MillraceError("LIMIT", `the rule file ${path} has ${size} bytes; at most ${RULE_FILE_BYTES_MAX}`);
  return { path, text: await readFile(path, "utf8") };
}
