/** Writes what a run found into the scenario's text. */
import type { Scenario } from "./scenario.js";

/** found: for the line of each `expect` and `counter`, its rows or its number. */
export function completed(text: string, scenario: Scenario, found: ReadonlyMap<number, readonly string[]>): string {
  const lines = text.split("\n");
  // From the end, so that line numbers further up stay true.
  for (const step of [...scenario.steps].reverse()) {
    const actual = found.get(step.line);
    if (actual === undefined) continue;
    if (step.kind === "counter") lines[step.line - 1] = `counter ${step.name} ${actual[0]}`;
    if (step.kind !== "expect") continue;
    const last = step.rows.at(-1)?.line ?? step.line;
    lines.splice(step.line, last - step.line, ...actual.map((row) => `  ${row}`));
  }
  return lines.join("\n");
}
