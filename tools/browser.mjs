/** A browser for the tests that need one: the system's Chromium, installed from the system's packages where that may be. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** @returns {{ path: string } | { missing: string }} */
export function ensureBrowser() {
  const found = findBrowser();
  if (found !== null) return { path: found };
  const wanted = "the browser tests need Chromium (or CHROMIUM=path of one)";
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return { missing: `${wanted}; it is not installed, and this user may not install packages` };
  console.log("installing chromium …");
  const install = () => spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], OPTIONS);
  let result = install();
  // The list of packages may be missing or old.
  if (result.status !== 0 && spawnSync("apt-get", ["update"], OPTIONS).status === 0) result = install();
  const installed = findBrowser();
  if (installed !== null) return { path: installed };
  const said = (result.error?.message ?? `${result.stderr}`.trim().split("\n").at(-1)) || `exit ${result.status}`;
  return { missing: `${wanted}; apt-get install chromium: ${said}` };
}

/** @type {import("node:child_process").SpawnSyncOptionsWithStringEncoding} */
const OPTIONS = {
  encoding: "utf8",
  stdio: ["ignore", "ignore", "pipe"],
  env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  timeout: 600_000,
};

/** @returns {string | null} */
function findBrowser() {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== "") return existsSync(CHROMIUM) ? CHROMIUM : null;
  for (const folder of PATH.split(delimiter))
    for (const name of NAMES) if (folder !== "" && existsSync(join(folder, name))) return join(folder, name);
  return null;
}
