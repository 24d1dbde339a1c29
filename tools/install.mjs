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

/**
 * Installs what the lock file says where that is needed. Throws when it cannot.
 *
 * `npm ci` refuses a lock file that lacks packages for other platforms, as npm writes it where the registry does not
 * offer those. Then `npm install --no-save` installs the same locked versions; that they are the same is checked.
 */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log("installing packages …");
  const started = Date.now();
  const attempts = [npm(["ci"]), ...(isInstalled() ? [] : [npm(["install", "--no-save"])])];
  if (!isInstalled()) throw new Error(`packages could not be installed\n${attempts.join("\n")}`);
  console.log(`installed in ${seconds(started)}`);
}

/** Runs npm, the one that started this where there is one; returns what it said. @param {string[]} args */
function npm(args) {
  const path = process.env.npm_execpath;
  const all = [...args, "--no-audit", "--no-fund", "--loglevel=error"];
  /** @type {import("node:child_process").SpawnSyncOptionsWithStringEncoding} */
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  const result =
    path?.endsWith(".js") === true
      ? spawnSync(process.execPath, [path, ...all], options)
      : spawnSync("npm", all, { ...options, shell: process.platform === "win32" });
  return `npm ${args.join(" ")}: ${result.error?.message ?? `exit ${result.status}`}\n${result.stderr ?? ""}`;
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
