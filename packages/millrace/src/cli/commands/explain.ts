/** `millrace explain`: the plan of a program, without running it. */
import { outputsOf } from "../../plan/app.js";
import { explainPlan, explainText, planNotes } from "../../plan/explain.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { parse } from "../arguments.js";
import { loadProgram } from "../program-file.js";

export const EXPLAIN_HELP = `millrace explain APP [--format text|json]
  Shows the plan: columns read, how each lambda runs, the state that is kept.`;

export async function explainCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { format: { type: "string" }, verbose: { type: "boolean" } });
  const format = parsed.oneOf("format", ["text", "json"], "text");
  for (const word of parsed.words.slice(1)) parsed.unexpected(word);
  const app = await loadProgram(parsed.words[0], "explain");
  const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) });
  const explained = explainPlan(plan);
  process.stdout.write(format === "json" ? `${JSON.stringify(explained, null, 2)}\n` : explainText(explained));
  for (const note of planNotes(plan)) process.stderr.write(`note: ${note}\n`);
  return 0;
}
