/**
 * Silences: filters over alerts, declared in files that may change while hunt runs. With `until` they end by themselves,
 * without they suppress what is known to be harmless. See silences/README.md for the form.
 */
import type { Expr, RuleFile, RuleProblem } from "millrace";
import { rules, t, x } from "millrace";
import { LineCounter, parseAllDocuments } from "yaml";

const FIELDS = ["rule", "title", "level", "host", "user", "process", "author"] as const;
const DOCUMENTS_MAX = 1000;

export function silenceRules(folder: string) {
  return rules("silences", {
    from: folder,
    meta: { reason: t.string() },
    // An alert is judged once, by the silences at its place in the log.
    retro: false,
    compile: compileSilences,
  });
}

interface Silence {
  readonly id: string;
  readonly meta: { readonly reason: string };
  readonly when: Expr;
  readonly file: string;
}

export function compileSilences(files: readonly RuleFile[]): { rules: Silence[]; problems: RuleProblem[] } {
  const silences: Silence[] = [];
  const problems: RuleProblem[] = [];
  for (const { path, text } of files) {
    const lines = new LineCounter();
    for (const document of parseAllDocuments(text, { lineCounter: lines }).slice(0, DOCUMENTS_MAX)) {
      const offset = document.errors[0]?.pos[0] ?? document.contents?.range?.[0] ?? 0;
      const { line } = lines.linePos(offset);
      try {
        if (document.errors[0] !== undefined) throw new TypeError(document.errors[0].message.split("\n")[0]);
        silences.push({ ...silenceOf(document.toJS({ maxAliasCount: 0 })), file: path });
      } catch (error) {
        problems.push({ path, line, reason: (error as Error).message });
      }
    }
  }
  return { rules: silences, problems };
}

function silenceOf(value: unknown): Omit<Silence, "file"> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("a silence is a mapping with id, reason and alerts");
  const { id, reason, until, alerts, ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`a silence has no "${other}"; there are id, reason, until, alerts`);
  if (typeof id !== "string" || !/^[\w.-]{1,100}$/.test(id))
    throw new TypeError("id is a name of letters, digits, - _ and .");
  if (typeof reason !== "string" || reason.trim() === "")
    throw new TypeError("reason says why, for those who ask later");
  const tests = testsOf(alerts);
  const end = until === undefined ? [] : [x.field("at").lt(instantOf(until))];
  return { id, meta: { reason }, when: x.all(...tests, ...end) };
}

function testsOf(alerts: unknown): Expr[] {
  if (typeof alerts !== "object" || alerts === null || Array.isArray(alerts) || Object.keys(alerts).length === 0)
    throw new TypeError("alerts names at least one field that must fit; everything is never silenced");
  return Object.entries(alerts).map(([name, wanted]) => {
    if (!FIELDS.includes(name as (typeof FIELDS)[number]))
      throw new TypeError(`alerts have no "${name}"; there are ${FIELDS.join(", ")}`);
    const texts = Array.isArray(wanted) ? (wanted as unknown[]) : [wanted];
    if (texts.length === 0 || !texts.every((text) => typeof text === "string" && text !== ""))
      throw new TypeError(`${name} is a text, or a list of texts`);
    if (texts.some((text) => /^\*+$/.test(text as string)))
      throw new TypeError(`${name}: "*" fits everything; leave it out`);
    return x.any(...texts.map((text) => x.field(name).like(patternOf(text as string))));
  });
}

function patternOf(text: string): (string | { any: true } | { one: true })[] {
  return text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part) => (part === "*" ? { any: true } : part === "?" ? { one: true } : part));
}

function instantOf(until: unknown): number {
  const text = until instanceof Date ? until.toISOString() : String(until);
  const ms = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new TypeError("until is a time with its zone, like 2026-12-01T06:00:00Z");
  return ms;
}
