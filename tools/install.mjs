/** What has to be there before anything runs: packages as the lock file says, and the built output. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, readJson } from "./source.mjs";

const HIDDEN_LOCK = join(ROOT, "node_modules", ".package-lock.json");

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} LockEntry */

/** Whether node_modules holds what package-lock.json asks for. */
export function isInstalled() {
  if (!existsSync(HIDDEN_LOCK)) return false;
  /** @type {Record<string, LockEntry>} */
  const installed = JSON.parse(readFileSync(HIDDEN_LOCK, "utf8")).packages;
  /** @type {Record<string, LockEntry>} */
  const wanted = readJson("package-lock.json").packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version;
  });
}

/** Runs `npm ci` where it is needed. Throws when it fails. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log("installing packages (npm ci) …");
  const started = Date.now();
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } =
    npm === undefined
      ? spawnSync("npm", args, { cwd: ROOT, stdio: "inherit", shell: process.platform === "win32" })
      : spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm ci failed${error === undefined ? "" : `: ${error.message}`}`);
  console.log(`installed in ${seconds(started)}`);
}

/**
 * Builds what changed. Says nothing when all is well.
 * @returns {{ ok: boolean, output: string }}
 */
export function build() {
  return runTool("typescript", "tsc", ["-b", "--pretty", "false"]);
}

/**
 * Runs a command of an installed package with this Node.
 * @param {string} packageName
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 */
export function runTool(packageName, command, args, cwd = ROOT) {
  const folder = join("node_modules", packageName);
  const { bin } = readJson(`${folder}/package.json`);
  const script = join(ROOT, folder, typeof bin === "string" ? bin : bin[command]);
  const result = spawnSync(process.execPath, [script, ...args], { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trimEnd() };
}

/** @param {number} startedMs */
export function seconds(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
}
