/** The Sigma rules of a scan, the same in every thread. */
import { fileURLToPath } from "node:url";
import { MillraceError } from "millrace";
import { ruleFolders } from "./rules.js";
import type { CompiledRule } from "./sigma/compile.js";
import { tellLabelled } from "./sigma/labelled.js";
import { readSigmaFiles } from "./sigma/load.js";
import type { Problem } from "./sigma/problem.js";
import { compileSigma, readSigma } from "./sigma/rule-set.js";

/** Rules of these folders (the project's own where none is named), in order of id, and what is wrong with the others. */
export function scanRules(folders: readonly string[]): {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly Problem[];
} {
  const own = ruleFolders(import.meta.url).map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
  const { rules, problems, unsupported } = compileSigma((folders.length > 0 ? folders : own).flatMap(readFolder));
  const ordered = [...rules].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { rules: ordered, problems: [...problems, ...unsupported] };
}

/** What to say of rules that can't match: of folders without any, and of rules that wait for labelled events. */
export function silentRules(folders: readonly string[]): readonly string[] {
  const empty = folders.filter((folder) => readFolder(folder).length === 0);
  return [
    ...empty.map((folder) => `there is no rule in ${folder} yet; ${RULE_FILES}`),
    ...tellLabelled(readSigma(folders.flatMap(readFolder)).rules),
  ];
}

export const RULE_FILES = "Sigma rules are in files that end in .yml or .yaml.";

function readFolder(folder: string) {
  try {
    return readSigmaFiles(folder);
  } catch (cause) {
    throw new MillraceError("DISK", `the rules in ${folder} can't be read: ${(cause as Error).message}`, { cause });
  }
}
