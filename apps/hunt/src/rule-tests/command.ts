/** `hunt test`: every rule on the events beside it, and what to mend. */
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MillraceError } from "millrace";
import { tellLabelled } from "../sigma/labelled.js";
import type { RuleReport } from "./run.js";
import { testRules } from "./run.js";

export const TEST_HELP = `hunt test [RULES…]
  Tries every rule on the events in the file beside it; without folders or files, the project's own rules.

  rules/some-rule.yml
  rules/some-rule.events.ndjson    one line for each event:
      {"match":true,"note":"why it must","event":{…a line of a log, as it came…}}
      {"match":false,"note":"what makes it harmless","event":{…}}

  A rule needs at least one event that must match. Ends with 1 when a rule fails, has no events or can't be used.`;

const OWN = fileURLToPath(new URL("../../rules", import.meta.url));

export async function testCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(`${TEST_HELP}\n`);
    return 0;
  }
  const paths = positionals.length > 0 ? positionals : [relative(".", OWN) || OWN];
  for (const path of paths)
    if (!existsSync(path))
      throw new MillraceError("USAGE", `there is no "${path}"`, { hint: "hunt test rules/, or a rule's file" });
  const { rules, problems } = await testRules(paths);
  const failed = rules.filter(({ failures }) => failures.length > 0);
  const lines = [
    ...problems.map(({ path, line, reason }) => `${path}:${line}: ${reason}`),
    ...rules.flatMap(describe),
    summary(rules, failed.length, problems.length),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (positionals.length > 0)
    for (const line of tellLabelled(rules.map(({ rule }) => rule))) process.stderr.write(`${line}\n`);
  if (rules.length === 0 && problems.length === 0) process.stderr.write("there is no rule in it\n");
  return failed.length === 0 && problems.length === 0 && rules.length > 0 ? 0 : 1;
}

function describe({ rule, failures, doubts }: RuleReport): string[] {
  const lines = doubts.map(
    ({ path, line }) => `${path}:${line}: doubtful: not of the rule's log source, so it could never match`,
  );
  if (failures.length === 0) return lines;
  lines.push(`FAIL ${rule.title} (${rule.document.path})`);
  for (const { at, reason, because } of failures) {
    const note = at === null || at.note === null ? "" : `: ${at.note}`;
    lines.push(at === null ? `  ${reason}` : `  ${at.path}:${at.line} ${reason}${note}`);
    lines.push(...because.map((line) => `      ${line}`));
  }
  return lines;
}

function summary(rules: readonly RuleReport[], failed: number, problems: number): string {
  const events = rules.flatMap(({ cases }) => cases);
  const positive = events.filter(({ match }) => match).length;
  const parts = [
    `${rules.length} rule${rules.length === 1 ? "" : "s"} on ${events.length} events (${positive} that must match, ${events.length - positive} that must not)`,
    `${rules.length - failed} pass`,
    `${failed} fail`,
    ...(problems > 0 ? [`${problems} problems`] : []),
  ];
  return parts.join(", ");
}
