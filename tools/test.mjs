/**
 * The one test runner. Installs what is missing, then runs its steps one after the other and ends with the line
 * "N passed, N failed". Every step counts as one test; the last one brings those of the test files.
 *
 *   node tools/test.mjs                    everything, the test run's share of seeds and sizes
 *   node tools/test.mjs --all              everything, whole (tests see MILLRACE_TEST=all)
 *   node tools/test.mjs --only PATTERN     build, then tests whose file, or else whose name, contains PATTERN
 *   node tools/test.mjs STEP …             these steps only: build biome knip layers tidy types unit browser api
 *
 * The step "api" (the HTTP API against its own description) runs by name and with --all.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { ensureBrowser } from "./browser.mjs";
import { buildConsole } from "./console.mjs";
import { build, ensureInstalled, runTool, seconds } from "./install.mjs";
import { runTests } from "./run-tests.mjs";
import { ROOT } from "./source.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Outcome */

const STEPS = ["build", "biome", "knip", "layers", "tidy", "types", "unit", "browser", "api"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: "boolean", default: false }, only: { type: "string" } },
});
for (const name of positionals)
  if (!STEPS.includes(name)) {
    console.error(`no step "${name}"; there are: ${STEPS.join(", ")}`);
    process.exit(2);
  }

const started = Date.now();
if (values.all) process.env.MILLRACE_TEST = "all";
console.log(`node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`);
ensureInstalled();

const wanted =
  values.only !== undefined
    ? ["build", ...(values.only.includes("browser") ? ["browser"] : ["unit"])]
    : positionals.length > 0
      ? positionals
      : STEPS.filter((name) => name !== "api" || values.all);
/** @type {Outcome} */
const total = { passed: 0, failed: 0, skipped: 0 };
let built = true;
for (const name of STEPS) {
  if (!wanted.includes(name)) continue;
  const outcome = await step(name);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  if (name === "build") built = outcome.failed === 0;
}
console.log(`\nall steps in ${seconds(started)}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/**
 * Runs one step and prints its line.
 * @param {string} name
 * @returns {Promise<Outcome>}
 */
async function step(name) {
  const begun = Date.now();
  const { outcome, output } = await ({ unit, browser, api }[name] ?? (() => checked(name)))();
  if (output !== "") console.log(output);
  const tests =
    outcome.passed + outcome.failed + outcome.skipped > 1
      ? ` (${outcome.passed} of ${outcome.passed + outcome.failed})`
      : "";
  console.log(`${outcome.failed === 0 ? "ok  " : "FAIL"} ${name}${tests}, ${seconds(begun)}`);
  return outcome;
}

/** @param {string} name */
function checked(name) {
  const { ok, output } = {
    build: () => [build(), buildConsole()].find(({ ok }) => !ok) ?? { ok: true, output: "" },
    biome: () =>
      runTool("@biomejs/biome", "biome", ["check", "--reporter=summary", "--colors=off", "--error-on-warnings", "."]),
    knip: () => runTool("knip", "knip", ["--no-progress"]),
    layers: () => tool("check-layers.mjs"),
    tidy: () => tool("tidy.mjs"),
    types: () => tool("check-types.mjs"),
  }[/** @type {"build"} */ (name)]();
  return { outcome: { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }, output: ok ? "" : output };
}

/** The test files of all workspaces, as built, and the tools' own. */
async function unit() {
  const files = testFiles();
  if (!built && values.only === undefined)
    return {
      outcome: { passed: 0, failed: 1, skipped: 0 },
      output: `${files.length} test files not run: the build failed`,
    };
  if (!built) console.log("the build failed: running what it wrote, which may be old");
  const { only } = values;
  const matching = only === undefined ? files : files.filter((file) => relative(ROOT, file).includes(only));
  if (files.length === 0) return { outcome: { passed: 0, failed: 1, skipped: 0 }, output: "no test files" };
  if (matching.length > 0) return { outcome: await runTests(matching), output: "" };
  const namePattern = new RegExp(/** @type {string} */ (only).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  const outcome = await runTests(files, { namePattern });
  const none = outcome.passed + outcome.failed === 0;
  return none
    ? { outcome: { ...outcome, failed: 1 }, output: `no test's file or name contains "${only}"` }
    : { outcome, output: "" };
}

/** The console in a real browser. Without one it says so; in CI that is a failure. */
async function browser() {
  const files = builtTests(join(ROOT, "packages", "console"), ".browser.js");
  if (!built) return { outcome: { passed: 0, failed: 1, skipped: 0 }, output: "not run: the build failed" };
  const found = ensureBrowser();
  if ("missing" in found) {
    const failed = (process.env.CI ?? "") === "" ? 0 : 1;
    return { outcome: { passed: 0, failed, skipped: files.length }, output: found.missing };
  }
  process.env.CHROMIUM = found.path;
  const only = values.only?.includes("/") === true ? values.only : "";
  return { outcome: await runTests(files.filter((file) => relative(ROOT, file).includes(only))), output: "" };
}

/** What the description of the HTTP API allows and forbids. Without Python it says so; in CI that is a failure. */
function api() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/schemathesis/run.mjs")], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (status === 0) return { outcome: { passed: 1, failed: 0, skipped: 0 }, output: "" };
  const skipped = status === 3 && (process.env.CI ?? "") === "" ? 1 : 0;
  return { outcome: { passed: 0, failed: 1 - skipped, skipped }, output: `${stdout}${stderr}`.trimEnd() };
}

/** Built tests whose source is still there. */
function testFiles() {
  const homes = ["packages", "apps"].flatMap((folder) =>
    existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)) : [],
  );
  return [
    ...[...homes, join(ROOT, "bench")].flatMap((home) => builtTests(home, ".test.js")),
    ...["tools", "packages/console"].flatMap((folder) =>
      filesBelow(join(ROOT, folder)).filter((path) => path.endsWith(".test.mjs")),
    ),
  ].sort();
}

/** Those whose source is still there. @param {string} home @param {string} ending */
function builtTests(home, ending) {
  return filesBelow(join(home, "dist"))
    .filter((path) => path.endsWith(ending))
    .filter((path) => existsSync(join(home, "src", relative(join(home, "dist"), path).replace(/\.js$/, ".ts"))));
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** @param {string} name */
function tool(name) {
  const result = spawnSync(process.execPath, [join(ROOT, "tools", name)], { encoding: "utf8", maxBuffer: 64 << 20 });
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trimEnd() };
}
