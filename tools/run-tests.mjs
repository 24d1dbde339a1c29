/**
 * Runs built test files with Node's own runner, each in a process of its own, and says what came of it.
 *
 *   - A failure is printed with its path of names, its place, the error and what the test file wrote.
 *   - A skip without a reason, and a test file without tests, are failures.
 *   - Tests say what they exercised by a diagnostic "exercised crashes=3 workers=2"; the sums are printed at the end,
 *     and a sum of zero is a failure: nobody noticed that the thing is no longer tested.
 */
import { availableParallelism } from "node:os";
import { relative, resolve } from "node:path";
import { run } from "node:test";
import { ROOT } from "./source.mjs";

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/** Output of a test file that is shown with its first failure, in characters. */
const OUTPUT_SHOWN = 4000;

/**
 * @param {string[]} files  absolute
 * @param {{ namePattern?: RegExp }} [options]
 * @returns {Promise<Outcome>}
 */
export async function runTests(files, { namePattern } = {}) {
  const outcome = { passed: 0, failed: 0, skipped: 0 };
  /** Names of the tests around the one that is running, by file. @type {Map<string, string[]>} */
  const names = new Map();
  /** What a file has written since its last failure. @type {Map<string, string>} */
  const written = new Map();
  /** @type {Map<string, number>} */
  const exercised = new Map();
  const fail = (/** @type {string} */ file, /** @type {string} */ title, /** @type {string} */ text) => {
    outcome.failed++;
    const output = written.get(file) ?? "";
    written.delete(file);
    console.log(
      `\nFAIL ${title}\n${indented(text)}${output === "" ? "" : `\n  its output:\n${indented(output.slice(-OUTPUT_SHOWN))}`}`,
    );
  };
  const events = run({
    files,
    concurrency: availableParallelism(),
    ...(namePattern === undefined ? {} : { testNamePatterns: [namePattern] }),
  });
  for await (const { type, data } of /** @type {AsyncIterable<{ type: string, data: any }>} */ (events)) {
    const file = data.file ?? "";
    if (type === "test:stdout" || type === "test:stderr") written.set(file, (written.get(file) ?? "") + data.message);
    else if (type === "test:diagnostic") addExercised(exercised, data.message);
    else if (type === "test:start") names.set(file, [...(names.get(file) ?? []).slice(0, data.nesting), data.name]);
    else if (type === "test:pass" || type === "test:fail") {
      const suite = data.details?.type === "suite";
      const path = [...(names.get(file) ?? []).slice(0, data.nesting), data.name];
      const whole = data.nesting === 0 && resolve(data.name) === file;
      const title = `${relative(ROOT, file)}:${data.line ?? 1}  ${whole ? "" : path.join(" > ")}`;
      if (type === "test:fail" && data.todo === undefined) {
        if (data.details?.error?.failureType !== "subtestsFailed") fail(file, title, errorText(data.details?.error));
      } else if (data.skip === true || data.skip === "") fail(file, title, "skipped without a reason");
      else if (whole && namePattern === undefined) fail(file, title, "no tests in this file");
      else if (String(data.skip).startsWith("test name does not match")) continue;
      else if (data.skip !== undefined || data.todo !== undefined) outcome.skipped++;
      else if (!suite && !whole) outcome.passed++;
    }
  }
  if (exercised.size > 0) console.log(`exercised: ${[...exercised].map(([what, n]) => `${what} ${n}`).join(", ")}`);
  for (const [what, n] of exercised) if (n === 0) fail("", `exercised ${what}`, "zero: no test does this any more");
  return outcome;
}

/**
 * @param {Map<string, number>} sums
 * @param {string} message
 */
function addExercised(sums, message) {
  if (!/^exercised(?: [\w-]+=\d+)+$/.test(message)) return;
  for (const part of message.split(" ").slice(1)) {
    const [what, n] = /** @type {[string, string]} */ (part.split("="));
    sums.set(what, (sums.get(what) ?? 0) + Number(n));
  }
}

/** @param {any} error */
function errorText(error) {
  const cause = error?.cause ?? error;
  if (cause === undefined || cause === null) return "failed without an error";
  if (typeof cause !== "object") return String(cause);
  const stack = String(cause.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !line.includes("node:internal"))
    .slice(0, 6)
    .map((line) => line.replace(`file://${ROOT}/`, "").replace(`${ROOT}/`, ""));
  return [`${cause.name ?? "Error"}: ${cause.message ?? String(cause)}`, ...stack].join("\n");
}

/** @param {string} text */
function indented(text) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
