/** Builds the console's page where its sources have changed since it was built last. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { runTool } from "./install.mjs";
import { ROOT } from "./source.mjs";

const HOME = join(ROOT, "packages", "console");
/** Of which sources the page was made. */
const STAMP = join(HOME, "dist", "page.stamp");

/** Says nothing when all is well. @returns {{ ok: boolean, output: string }} */
export function buildConsole() {
  const hash = sourcesHash();
  const built = existsSync(join(HOME, "dist", "page", "index.html"));
  if (built && existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return { ok: true, output: "" };
  const result = runTool("vite", "vite", ["build", "--logLevel", "warn"], HOME);
  if (result.ok) writeFileSync(STAMP, hash);
  return result;
}

/** Everything the page is made of: its own files, and the versions of packages. */
function sourcesHash() {
  const files = ["src", "public"].flatMap((folder) =>
    readdirSync(join(HOME, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  files.push(...["index.html", "vite.config.ts", "package.json"].map((name) => join(HOME, name)));
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json")));
  for (const file of files.sort()) hash.update(`${relative(HOME, file)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}
