/** The program behind `hunt scan`: the rules over files, for their matches alone. Time does not matter: the line stands in for it. */
import { app, stream } from "millrace";
import { sigmaRules } from "./rules.js";
import { SecurityEvent } from "./security-event.js";

export const events = stream("events", SecurityEvent, { time: (e) => e.line ?? 0 });

export const matches = events
  .match(sigmaRules(import.meta.url), (e, rule) => ({
    file: e.file,
    line: e.line,
    rule: rule.id,
    title: rule.title,
    level: rule.level,
  }))
  .stream("matches");

export default app(import.meta, "hunt-scan", [matches]);
