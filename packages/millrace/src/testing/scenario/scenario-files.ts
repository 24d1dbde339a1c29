/** Where the scenarios are. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../tests/scenarios/", import.meta.url));

/** All scenario files of this package, by path. */
export function scenarioFiles(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".scn"))
    .map((name) => join(FOLDER, name))
    .sort();
}
