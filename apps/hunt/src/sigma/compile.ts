/**
 * A rule becomes one expression:
 *
 *   any over variants of ( all( route, any over conditions, not what filters suppress ) )
 *
 * Routing tests come first in each `all`, so that an engine can leave out whole rules by channel and event id. Tests
 * of one rule on one field share the field reference, and equal rules give equal expressions.
 */
import type { Expr, FieldTests, TextTests } from "millrace";
import { x } from "millrace";
import type { Condition } from "./condition.js";
import { buildCondition, conditionSize, parseCondition } from "./condition.js";
import type { Variant } from "./logsource.js";
import { variantsOf } from "./logsource.js";
import type { ModifierContext } from "./modifiers.js";
import { applyModifiers } from "./modifiers.js";
import type { Detection, LogSource, Searches, SigmaFilter, SigmaRule } from "./parse.js";
import { RuleProblem } from "./problem.js";
import { compileRegex } from "./regex.js";
import type { SigmaValue, StringValue } from "./values.js";
import { ANY, isAny, literalOf, scalarValue, stringValue } from "./values.js";

/** Values of the placeholders that rules with the modifier `expand` name, without the percent signs. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

export interface CompileOptions {
  readonly placeholders: Placeholders;
}

export interface RuleMeta {
  readonly title: string;
  /** informational, low, medium, high or critical. */
  readonly level: string;
  readonly author: string;
  readonly status: string;
  readonly description: string;
  /** MITRE ATT&CK techniques, as "T1003" or "T1003.001". */
  readonly techniques: readonly string[];
  /** MITRE ATT&CK tactics, as "credential-access". */
  readonly tactics: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly path: string;
  readonly references: readonly string[];
}

export interface CompiledRule {
  readonly id: string;
  readonly meta: RuleMeta;
  readonly when: Expr;
  /** The routing part of `when` alone: where it is false, `when` is false. */
  readonly route: Expr;
  readonly logsource: LogSource;
  /** The names of the rule's variants. */
  readonly variants: readonly string[];
}

/** The most tests a rule may have in one of its variants. */
export const TESTS_MAX = 50_000;
/** The most values that the modifiers of a rule may make on their way, in one of its variants. */
const MODIFIED_VALUES_MAX = 200_000;

/** Compiles a rule under the filters that apply to it; what cannot be compiled is a `RuleProblem`. */
export function compileRule(rule: SigmaRule, filters: readonly SigmaFilter[], options: CompileOptions): CompiledRule {
  const variants = variantsOf(rule.logsource);
  const branches = variants.map((variant) =>
    x.all(
      variant.route,
      compileSearches(rule, variant, options, null),
      ...filters.map((filter) => x.not(compileSearches(filter, variant, options, "suppress"))),
    ),
  );
  const when = x.any(...branches);
  const route = x.any(...variants.map((variant) => variant.route));
  const names = variants.map((variant) => variant.name);
  return { id: rule.id, meta: metaOf(rule), when, route, logsource: rule.logsource, variants: names };
}

/** Compiles a filter by itself: a broken one is its own problem, not that of the rules it names. */
export function checkFilter(filter: SigmaFilter, options: CompileOptions): void {
  for (const variant of variantsOf(filter.logsource)) compileSearches(filter, variant, options, "suppress");
}

/**
 * What a filter suppresses. Both published forms are understood: the specification's condition selects the events to
 * suppress (`condition: selection`), the reference implementation's says what remains (`condition: not selection`).
 * A condition made of negations only is of the second form.
 */
function compileSearches(searches: Searches, variant: Variant, options: CompileOptions, as: "suppress" | null): Expr {
  const shared = { placeholders: options.placeholders, budget: { left: MODIFIED_VALUES_MAX } };
  const identifiers = new Map<string, Expr>();
  for (const [name, detection] of searches.identifiers)
    identifiers.set(name, compileDetection(detection, variant, shared));
  const sizes = new Map([...identifiers].map(([name, expr]) => [name, countTests(expr)]));
  const parsed = searches.conditions.map((text) => locate(searches.conditionAt, () => parseCondition(text)));
  // Measured before it is built: naming one large identifier many times must not cost memory.
  if (parsed.reduce((sum, condition) => sum + conditionSize(condition, sizes), 0) > TESTS_MAX)
    throw new RuleProblem(`the rule has more than ${TESTS_MAX} tests`, searches.conditionAt);
  const exprs = parsed.map((condition) => locate(searches.conditionAt, () => buildCondition(condition, identifiers)));
  const together = x.any(...exprs);
  return as === "suppress" && parsed.every(onlyNegations) ? x.not(together) : together;
}

function onlyNegations(condition: Condition): boolean {
  if (condition.kind === "and" || condition.kind === "or") return condition.of.every(onlyNegations);
  return condition.kind === "not";
}

export function compileDetection(detection: Detection, variant: Variant, shared: Omit<ModifierContext, "field">): Expr {
  if (detection.kind !== "item") {
    const operands = detection.of.map((operand) => compileDetection(operand, variant, shared));
    return detection.kind === "all" ? x.all(...operands) : x.any(...operands);
  }
  const { field } = detection;
  return locate(detection.at, () => {
    const { values, all, negated } = applyModifiers(detection.modifiers, detection.values.map(scalarValue), {
      ...shared,
      field,
    });
    const toExpr =
      field === null
        ? keywordTest
        : (value: SigmaValue) => fieldTest(value, x.field(...variant.namesOf(field)), variant);
    const exprs = values.map(toExpr);
    const joined = all ? x.all(...exprs) : x.any(...exprs);
    return negated ? x.not(joined) : joined;
  });
}

function fieldTest(value: SigmaValue, field: FieldTests, variant: Variant): Expr {
  switch (value.kind) {
    case "string":
      return field.like(value.parts, { cased: value.cased });
    case "number":
    case "boolean":
      return field.eq(value.value);
    case "null":
      return field.absent();
    case "regex":
      return regexTest(value, field);
    case "cidr":
      return cidrTest(value.network, field);
    case "compare":
      return field[value.how](value.value);
    case "timePart":
      return field.timePart(value.part, value.how, value.value);
    case "exists":
      return value.value ? field.exists() : field.absent();
    case "field":
      return field[`${value.how}Field`](variant.namesOf(value.name), { cased: value.cased });
    case "anyOf":
      return x.any(...value.of.map((one) => fieldTest(one, field, variant)));
  }
}

/** A keyword stands anywhere in one of the event's texts. */
function keywordTest(value: SigmaValue): Expr {
  switch (value.kind) {
    case "string":
      return x.anyField().like(anywhere(value), { cased: value.cased });
    case "number":
      return x.anyField().like(anywhere(stringValue(String(value.value))));
    case "regex":
      return regexTest(value, x.anyField());
    case "anyOf":
      return x.any(...value.of.map(keywordTest));
    default:
      throw new RuleProblem(`a keyword must be text, not ${value.kind === "null" ? "null" : `a ${value.kind} value`}`);
  }
}

function anywhere(value: StringValue): StringValue["parts"] {
  if (literalOf(value) === "") throw new RuleProblem("an empty keyword is in every event");
  const first = isAny(value.parts[0]) ? [] : [ANY];
  const last = isAny(value.parts[value.parts.length - 1]) ? [] : [ANY];
  return [...first, ...value.parts, ...last];
}

function regexTest(value: Extract<SigmaValue, { kind: "regex" }>, tests: TextTests): Expr {
  const { source, flags } = compileRegex(value.pattern, value.flags, value.how);
  return acceptable(() => tests.matches(new RegExp(source, flags)));
}

function cidrTest(network: string, field: FieldTests): Expr {
  return acceptable(() => field.cidr(network));
}

/** What the engine does not accept is the rule's problem. */
function acceptable(make: () => Expr): Expr {
  try {
    return make();
  } catch (error) {
    throw new RuleProblem((error as Error).message);
  }
}

const TACTIC = /^attack\.([a-z]+(?:[-_][a-z]+)*)$/;

function metaOf(rule: SigmaRule): RuleMeta {
  const tags = rule.tags.map((tag) => tag.toLowerCase());
  return {
    title: rule.title,
    level: rule.level,
    author: rule.author ?? "",
    status: rule.status ?? "",
    description: rule.description ?? "",
    techniques: tags.filter((tag) => /^attack\.t\d{4}(?:\.\d{3})?$/.test(tag)).map((tag) => tag.slice(7).toUpperCase()),
    tactics: tags.flatMap((tag) => TACTIC.exec(tag)?.[1]?.replaceAll("_", "-") ?? []),
    tags: rule.tags,
    falsepositives: rule.falsepositives,
    path: rule.document.path,
    references: rule.references,
  };
}

function countTests(expr: Expr): number {
  switch (expr.op) {
    case "all":
    case "any":
      return expr.of.reduce((sum, operand) => sum + countTests(operand), 0);
    case "not":
      return countTests(expr.of);
    default:
      return 1;
  }
}

/** Says where in the document a problem arose, unless it says so itself. */
function locate<T>(at: readonly (string | number)[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RuleProblem && error.at.length === 0) throw new RuleProblem(error.message, at);
    throw error;
  }
}
