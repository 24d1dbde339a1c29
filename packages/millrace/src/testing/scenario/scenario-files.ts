/** Where the scenarios are. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../tests/scenarios/", import.meta.url));

/** All scenario files below a folder, by path; those of this package where none is given. */
export function scenarioFiles(folder = FOLDER): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".scn"))
    .map((name) => join(folder, name))
    .sort();
}
