/** The console's page, read once from the package that is installed beside this one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PageFiles } from "../server/routes/page.js";

/** Undefined where the console is not installed, or not built: the API works without it. */
export function consoleFiles(folder = installedFolder()): PageFiles | undefined {
  if (folder === null || !existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => /^[a-z][\w.-]*\.[a-z0-9]+$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

function installedFolder(): string | null {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("millrace-console")), "dist", "page");
  } catch {
    return null;
  }
}
