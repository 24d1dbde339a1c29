/** Events that are in the log already, and the rules named in the module's URL over them. */
import { sigmaRules } from "hunt/dist/rules.js";
import { SecurityEvent } from "hunt/dist/security-event.js";
import { app, stream } from "millrace";

const matches = stream("events", SecurityEvent, { time: (e) => e.line ?? 0 })
  .match(sigmaRules(import.meta.url), (e, rule) => ({ line: e.line, rule: rule.id }))
  .stream("matches");

export default app(import.meta, "history", [matches]);
