/** The Sigma rules of a scan, the same in every thread. */
import { fileURLToPath } from "node:url";
import { MillraceError } from "millrace";
import { ruleFolders } from "./rules.js";
import type { CompiledRule } from "./sigma/compile.js";
import { readSigmaFiles } from "./sigma/load.js";
import type { Problem } from "./sigma/problem.js";
import { compileSigma } from "./sigma/rule-set.js";

/** Rules of these folders (the project's own where none is named), in order of id, and what is wrong with the others. */
export function scanRules(folders: readonly string[]): {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly Problem[];
} {
  const own = ruleFolders(import.meta.url).map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
  const files = (folders.length > 0 ? folders : own).flatMap(readFolder);
  const { rules, problems, unsupported } = compileSigma(files);
  const ordered = [...rules].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { rules: ordered, problems: [...problems, ...unsupported] };
}

function readFolder(folder: string) {
  try {
    return readSigmaFiles(folder);
  } catch (cause) {
    throw new MillraceError("DISK", `the rules in ${folder} can't be read: ${(cause as Error).message}`, { cause });
  }
}
