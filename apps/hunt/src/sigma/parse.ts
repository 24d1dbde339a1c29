/**
 * A document becomes a typed rule, a filter, or a correlation. Only shape is checked here; what values and modifiers
 * mean is decided when the rule is compiled.
 *
 *   detection:
 *     sel: { Image|endswith: [a, b], User: c }      a map: every item must hold
 *     alt: [ { … }, { … } ]                         a list of maps: one of them
 *     words: [ foo, bar ]                           a list of scalars: keywords, one of them anywhere in the event
 *     both: { '|all': [ foo, bar ] }                an item without a field: keywords with modifiers
 *     condition: sel and not alt                    or a list of conditions: one of them
 */
import type { SigmaDocument } from "./load.js";
import { isMap } from "./load.js";
import type { NodePath } from "./problem.js";
import { RuleProblem } from "./problem.js";
import type { Scalar } from "./values.js";
import { isScalar } from "./values.js";

export interface LogSource {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
}

export type Detection =
  | { readonly kind: "all" | "any"; readonly of: readonly Detection[] }
  | {
      readonly kind: "item";
      /** Null for keywords. */
      readonly field: string | null;
      readonly modifiers: readonly string[];
      readonly values: readonly Scalar[];
      readonly at: NodePath;
    };

export interface Searches {
  readonly identifiers: ReadonlyMap<string, Detection>;
  /** One of these must hold. */
  readonly conditions: readonly string[];
  readonly conditionAt: NodePath;
}

export interface SigmaRule extends Searches {
  readonly kind: "rule";
  readonly document: SigmaDocument;
  /** The rule's id; without one its name, or file and line. The second rule of an id that documents share is ID#2. */
  readonly id: string;
  /** The id as it is written. */
  readonly writtenId: string;
  readonly name: string | null;
  readonly title: string;
  readonly logsource: LogSource;
  readonly level: string;
  readonly status: string | null;
  readonly description: string | null;
  readonly author: string | null;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
}

export interface SigmaFilter extends Searches {
  readonly kind: "filter";
  readonly document: SigmaDocument;
  readonly title: string;
  readonly logsource: LogSource;
  /** Ids or names of the rules it applies to; "any" means all of its log source. */
  readonly rules: readonly string[] | "any";
}

/** Values of placeholders, `vars` as in a pipeline of pySigma. */
export interface SigmaValues {
  readonly kind: "values";
  readonly document: SigmaDocument;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

export interface SigmaCorrelation {
  readonly kind: "correlation";
  readonly document: SigmaDocument;
  readonly title: string;
}

export const LEVELS: readonly string[] = ["informational", "low", "medium", "high", "critical"];

/** What the document is. Anything malformed is a `RuleProblem` with the path of the node. */
export function parseDocument(document: SigmaDocument): SigmaRule | SigmaFilter | SigmaCorrelation | SigmaValues {
  const value = document.value;
  const title = text(value.title) ?? "";
  if (value.correlation !== undefined) return { kind: "correlation", document, title };
  if (value.filter !== undefined) return parseFilter(document, title);
  if (value.detection === undefined && value.vars !== undefined) return parseValues(document);
  if (value.detection === undefined)
    throw new RuleProblem("neither detection, filter, correlation nor vars: not a Sigma rule");
  if (title === "") throw new RuleProblem("the title is missing");
  const name = text(value.name);
  const writtenId = text(value.id) ?? name ?? `${document.path}:${document.lineOf([])}`;
  const level = text(value.level) ?? "medium";
  if (!LEVELS.includes(level)) throw new RuleProblem(`level "${level}" is not one of ${LEVELS.join(", ")}`, ["level"]);
  return {
    kind: "rule",
    document,
    id: document.copy === 0 ? writtenId : `${writtenId}#${document.copy + 1}`,
    writtenId,
    name,
    title,
    logsource: parseLogSource(value.logsource),
    level,
    status: text(value.status),
    description: text(value.description),
    author: text(value.author),
    tags: texts(value.tags, "tags"),
    references: texts(value.references, "references"),
    falsepositives: texts(value.falsepositives, "falsepositives"),
    ...parseSearches(value.detection, "detection", RESERVED),
  };
}

/** `timeframe` belongs to the deprecated aggregations; alone it says nothing. */
const RESERVED: ReadonlySet<string> = new Set(["condition", "timeframe"]);
const RESERVED_IN_FILTER: ReadonlySet<string> = new Set(["condition", "rules"]);

function parseFilter(document: SigmaDocument, title: string): SigmaFilter {
  const filter = document.value.filter;
  if (!isMap(filter)) throw new RuleProblem("filter must be a map", ["filter"]);
  const listed = filter.rules;
  const any = typeof listed === "string" && listed.toLowerCase() === "any";
  const rules = any ? "any" : texts(listed, "filter", "rules");
  if (rules.length === 0) throw new RuleProblem("a filter must list the rules it applies to", ["filter", "rules"]);
  const logsource = parseLogSource(document.value.logsource);
  return { kind: "filter", document, title, logsource, rules, ...parseSearches(filter, "filter", RESERVED_IN_FILTER) };
}

/** `vars: { admins: [root, adm_*] }`. Of a pipeline's transformations only the one that puts the values in is done. */
function parseValues(document: SigmaDocument): SigmaValues {
  const { vars, transformations = [] } = document.value;
  if (!isMap(vars)) throw new RuleProblem("vars must be a map of names to values", ["vars"]);
  const others = (Array.isArray(transformations) ? transformations : [transformations]).filter(
    (one) => !isMap(one) || one.type !== "value_placeholders",
  );
  if (others.length > 0)
    throw new RuleProblem("of a pipeline only vars and value_placeholders are read", ["transformations"]);
  const values = new Map(Object.entries(vars).map(([name, value]) => [name, texts(value, "vars", name)]));
  return { kind: "values", document, values };
}

function parseLogSource(value: unknown): LogSource {
  if (!isMap(value)) throw new RuleProblem("logsource must be a map", ["logsource"]);
  const part = (key: string) => text(value[key])?.toLowerCase() ?? null;
  const logsource = { product: part("product"), category: part("category"), service: part("service") };
  if (logsource.product === null && logsource.category === null && logsource.service === null)
    throw new RuleProblem("logsource needs a product, a category or a service", ["logsource"]);
  return logsource;
}

function parseSearches(value: unknown, key: string, reserved: ReadonlySet<string>): Searches {
  if (!isMap(value)) throw new RuleProblem(`${key} must be a map`, [key]);
  const conditionAt = [key, "condition"];
  const conditions = typeof value.condition === "string" ? [value.condition] : value.condition;
  if (conditions === undefined) throw new RuleProblem("the condition is missing", [key]);
  if (!Array.isArray(conditions) || conditions.length === 0 || !conditions.every((c) => typeof c === "string"))
    throw new RuleProblem("the condition must be text or a list of texts", conditionAt);
  const identifiers = new Map<string, Detection>();
  for (const [name, definition] of Object.entries(value))
    if (!reserved.has(name)) identifiers.set(name, parseDetection(definition, [key, name]));
  if (identifiers.size === 0) throw new RuleProblem(`${key} has no search identifier`, [key]);
  return { identifiers, conditions, conditionAt };
}

function parseDetection(value: unknown, at: NodePath): Detection {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RuleProblem("an empty list matches nothing", at);
    if (value.every(isScalar)) return { kind: "item", field: null, modifiers: [], values: value, at };
    return { kind: "any", of: value.map((item, i) => parseDetection(item, [...at, i])) };
  }
  if (isMap(value)) {
    const items = Object.entries(value).map(([key, item]) => parseItem(key, item, [...at, key]));
    if (items.length === 0) throw new RuleProblem("an empty map matches everything", at);
    return items.length === 1 ? (items[0] as Detection) : { kind: "all", of: items };
  }
  if (isScalar(value)) return { kind: "item", field: null, modifiers: [], values: [value], at };
  throw new RuleProblem("a search identifier is a map or a list", at);
}

function parseItem(key: string, value: unknown, at: NodePath): Detection {
  const [field, ...modifiers] = key.split("|") as [string, ...string[]];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw new RuleProblem(`"${key}" has an empty list of values`, at);
  if (!values.every(isScalar))
    throw new RuleProblem(`"${key}" has a value that is neither text, number, boolean nor null`, at);
  return { kind: "item", field: field === "" ? null : field, modifiers, values, at };
}

function text(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function texts(value: unknown, ...at: string[]): string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item, i) => {
    if (item === null || item === "") return [];
    const one = text(item);
    if (one === null) throw new RuleProblem(`${at.join(".")} must be a list of texts`, [...at, i]);
    return [one];
  });
}
