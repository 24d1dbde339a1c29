/**
 * The program of a scenario as a module that worker threads can import: scenario-app.js?file=<path of the scenario>.
 * Its default export is the app.
 */
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import { Decimal } from "../../base/decimal.js";
import { MillraceError } from "../../base/errors.js";
import type { App, Node } from "../../plan/api.js";
import { app } from "../../plan/app.js";
import { rules, stream, table, tumble, union } from "../../plan/define.js";
import { evaluate, testValue } from "../../plan/rules/evaluate.js";
import { x } from "../../plan/rules/x.js";
import { event, t } from "../../schema/builder.js";
import { files, http } from "../../source/spec.js";
import type { Scenario } from "./scenario.js";
import { readScenario } from "./scenario.js";

/** What a scenario's program finds in scope: the names of the package's surface, and `here`, the scenario's folder. */
const NAMES = {
  app,
  Decimal,
  evaluate,
  event,
  files,
  http,
  MillraceError,
  rules,
  stream,
  t,
  table,
  testValue,
  tumble,
  union,
  x,
};

/** Runs the program; throws what the program throws. */
function appOf(scenario: Scenario, url: string): App {
  const { path, program } = scenario;
  const first = program[0]?.line ?? 1;
  const lines: string[] = [];
  for (const { text, line } of program) {
    while (lines.length < line - first) lines.push("");
    lines.push(text.replace(/^\s*outputs\s+(.+?);?$/, "return [$1];"));
  }
  const scope = { ...NAMES, here: dirname(path) };
  // Compiled under the scenario's own name, so that messages say its file and line.
  const run = compileFunction(`"use strict"; ${lines.join("\n")}`, Object.keys(scope), {
    filename: path,
    lineOffset: first - 1,
  });
  const outputs = run(...Object.values(scope)) as readonly Node[] | undefined;
  if (outputs === undefined)
    throw new MillraceError("DECODE", 'the program ends with "outputs NAME, …"', { at: `${path}:${first}` });
  return app({ url }, "scenario", outputs);
}

const file = new URL(import.meta.url).searchParams.get("file");
if (file === null) throw new MillraceError("REQUEST", "scenario-app is imported with ?file=<scenario>");

export default appOf(readScenario(file), import.meta.url);
