/**
 * Scenario files from the command line, for contributors:
 *
 *   node packages/millrace/dist/testing/scenario/main.js [--complete] [--all] [--config NAME] [FILE[:LINE] | FOLDER …]
 *
 * A folder gives all files below it; without any, those of the package. FILE:LINE runs the steps up to that line. --complete writes what was found into the file.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeError, MillraceError } from "../../base/errors.js";
import { CONFIGURATIONS, SLOW_CONFIGURATIONS } from "../configuration.js";
import { exerciseText, noExercise } from "../exercise.js";
import { completed } from "./complete.js";
import { problemText, runAll } from "./run-all.js";
import { readScenario } from "./scenario.js";
import { scenarioFiles } from "./scenario-files.js";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { complete: { type: "boolean" }, all: { type: "boolean" }, config: { type: "string" } },
  });
  const everything = [...CONFIGURATIONS, ...SLOW_CONFIGURATIONS];
  const wanted = values.config;
  const named = wanted === undefined ? [] : everything.filter(({ name }) => name.includes(wanted));
  const configurations = wanted !== undefined ? named : values.all === true ? everything : CONFIGURATIONS;
  if (configurations.length === 0)
    throw new MillraceError("NAME", `no configuration "${wanted}"`, {
      hint: `There are: ${everything.map(({ name }) => name).join("; ")}.`,
    });
  const exercise = noExercise();
  const started = Date.now();
  let failed = 0;
  const targets = positionals.length > 0 ? positionals.flatMap(targetsOf) : scenarioFiles().map(whole);
  for (const { path, untilLine } of targets) {
    if (values.complete === true) {
      const { base, scenario } = await runAll(readScenario(path), []);
      if (base !== null) writeFileSync(path, completed(readFileSync(path, "utf8"), scenario, base.found));
    }
    const scenario = readScenario(path);
    const report = await runAll(scenario, configurations, {
      exercise,
      ...(untilLine === undefined ? {} : { untilLine }),
    });
    if (report.problems.length > 0) failed++;
    const mark = report.problems.length === 0 ? "ok  " : "FAIL";
    console.log(
      `${mark} ${relative(".", path)}: ${scenario.title} [${scenario.tag}]${report.arrival ? " (arrival: not over history)" : ""}`,
    );
    if (report.problems.length > 0) console.log(problemText(report.problems));
  }
  console.log(
    `${targets.length} scenarios, ${failed} failed, ${((Date.now() - started) / 1000).toFixed(1)} s: ${exerciseText(exercise)}`,
  );
  return failed === 0 ? 0 : 1;
}

interface Target {
  readonly path: string;
  readonly untilLine: number | undefined;
}

function targetsOf(text: string): readonly Target[] {
  const path = resolve(text);
  if (existsSync(path)) return statSync(path).isDirectory() ? scenarioFiles(path).map(whole) : [whole(path)];
  const [, file, line] = /^(.+?):(\d+)$/.exec(text) ?? [];
  if (file === undefined || !existsSync(file)) throw new MillraceError("USAGE", `there is no file or folder ${text}`);
  return [{ path: resolve(file), untilLine: Number(line) }];
}

function whole(path: string): Target {
  return { path, untilLine: undefined };
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
