/**
 * Why a rule holds for an event, or why it does not: the parts of its condition that decided it, down to the lines of
 * the rule and the values of the event. By the slow evaluator; the verdict itself is the engine's.
 *
 *   condition: selection and not filter       selection false            -> selection, item by item
 *                                             selection and filter true  -> filter, item by item
 */
import type { Expr, RowAccess } from "millrace";
import { evaluate } from "millrace";
import type { Placeholders } from "../sigma/compile.js";
import { compileDetection } from "../sigma/compile.js";
import type { Condition } from "../sigma/condition.js";
import { parseCondition, selectNames } from "../sigma/condition.js";
import type { Variant } from "../sigma/logsource.js";
import { variantsOf } from "../sigma/logsource.js";
import type { Detection, Searches, SigmaFilter, SigmaRule } from "../sigma/parse.js";

const VALUES_SHOWN = 4;
const VALUE_CHARS = 160;

/**
 * Lines of text that say why the rule, under its filters, does (`matched`) or does not hold. The filters are those
 * that apply to the rule.
 */
export function explain(
  rule: SigmaRule,
  filters: readonly SigmaFilter[],
  row: RowAccess,
  matched: boolean,
  placeholders: Placeholders,
): readonly string[] {
  const variants = variantsOf(rule.logsource);
  const routed = variants.filter(({ route }) => evaluate(route, row));
  if (routed.length === 0) return outsideLogSource(rule, variants, row);
  const lines: string[] = [];
  for (const variant of routed) {
    const scope = new Scope(rule, variant, row, placeholders);
    if (scope.holds() === matched)
      lines.push(...(variants.length > 1 ? [`as an event of ${variant.name}:`] : []), ...scope.blame(matched));
    else if (!matched)
      lines.push(
        ...filters.map((filter) => `the rule holds; the filter "${filter.title}" (${filter.document.path}) is over it`),
      );
  }
  return lines;
}

/** Whether an event is one that the rule looks at, whatever it makes of it. */
export function inLogSource(rule: SigmaRule, row: RowAccess): boolean {
  return variantsOf(rule.logsource).some(({ route }) => evaluate(route, row));
}

function outsideLogSource(rule: SigmaRule, variants: readonly Variant[], row: RowAccess): string[] {
  const source = Object.entries(rule.logsource).flatMap(([part, value]) =>
    value === null ? [] : [`${part}: ${value}`],
  );
  return [
    `the event is not of the rule's log source (${source.join(", ")})`,
    ...variants.map(({ name, route }) => `  ${name} asks for ${describeRoute(route, row)}`),
  ];
}

/** The tests of a route, each with what the event has instead where it fails. */
function describeRoute(route: Expr, row: RowAccess): string {
  switch (route.op) {
    case "all":
      return route.of
        .filter((operand) => !evaluate(operand, row))
        .map((operand) => describeRoute(operand, row))
        .join(" and ");
    case "any": {
      const texts = [...new Set(route.of.slice(0, VALUES_SHOWN).map((operand) => describeRoute(operand, row)))];
      return texts.length === 1 ? (texts[0] as string) : `one of (${texts.join("; ")}${more(route.of.length)})`;
    }
    case "test": {
      const { names } = route.field;
      const wanted = route.test.kind === "eq" ? show(route.test.value) : `any value`;
      return `${names[0]} ${wanted} where it has ${shownValue(names, row)}`;
    }
    default:
      return "nothing";
  }
}

interface Blamed {
  readonly name: string;
  readonly holds: boolean;
}

/** A rule's searches over one event, in one variant of its log source. */
class Scope {
  readonly #rule: SigmaRule;
  readonly #variant: Variant;
  readonly #row: RowAccess;
  readonly #placeholders: Placeholders;
  readonly #conditions: readonly Condition[];

  constructor(rule: SigmaRule, variant: Variant, row: RowAccess, placeholders: Placeholders) {
    this.#rule = rule;
    this.#variant = variant;
    this.#row = row;
    this.#placeholders = placeholders;
    this.#conditions = rule.conditions.map(parseCondition);
  }

  holds(): boolean {
    return this.#conditions.some((condition) => this.#condition(condition));
  }

  /** The search identifiers that made the condition what it is. */
  blame(matched: boolean): string[] {
    const lines: string[] = [];
    for (const [at, condition] of this.#conditions.entries()) {
      if (this.#condition(condition) !== matched) continue;
      lines.push(`condition: ${this.#rule.conditions[at]}`);
      const shown = new Set<string>();
      for (const { name, holds } of this.#blameCondition(condition)) {
        if (shown.has(name)) continue;
        shown.add(name);
        lines.push(`  ${name} ${holds ? "holds" : "does not hold"}`);
        lines.push(...this.#blameDetection(this.#detection(name)).map((line) => `    ${line}`));
      }
    }
    return lines;
  }

  #detection(name: string): Detection {
    return (this.#rule as Searches).identifiers.get(name) as Detection;
  }

  #names(condition: Extract<Condition, { kind: "of" }>): Condition[] {
    const names = selectNames(condition.pattern, [...this.#rule.identifiers.keys()]);
    return names.map((name) => ({ kind: "name", name }));
  }

  #condition(condition: Condition): boolean {
    switch (condition.kind) {
      case "and":
        return condition.of.every((operand) => this.#condition(operand));
      case "or":
        return condition.of.some((operand) => this.#condition(operand));
      case "not":
        return !this.#condition(condition.of);
      case "of":
        return this.#condition({ kind: condition.quantifier === "all" ? "and" : "or", of: this.#names(condition) });
      case "name":
        return this.#evaluate(this.#detection(condition.name));
    }
  }

  #blameCondition(condition: Condition): Blamed[] {
    const holds = this.#condition(condition);
    switch (condition.kind) {
      case "and":
      case "or":
        return condition.of.filter((one) => this.#condition(one) === holds).flatMap((one) => this.#blameCondition(one));
      case "not":
        return this.#blameCondition(condition.of);
      case "of":
        return this.#blameCondition({
          kind: condition.quantifier === "all" ? "and" : "or",
          of: this.#names(condition),
        });
      case "name":
        return [{ name: condition.name, holds }];
    }
  }

  /** The items that decided it, each with its line and the event's value. */
  #blameDetection(detection: Detection): string[] {
    const holds = this.#evaluate(detection);
    if (detection.kind !== "item")
      return detection.of.filter((one) => this.#evaluate(one) === holds).flatMap((one) => this.#blameDetection(one));
    const { field, modifiers, values, at } = detection;
    // Under `all` only the values that are missing are of interest.
    const deciding = values.filter((value) => this.#evaluate({ ...detection, values: [value] }) === holds);
    const listed = (deciding.length > 0 ? deciding : values).slice(0, VALUES_SHOWN).map((value) => show(value));
    const line = this.#rule.document.lineOf(at);
    const key = [field ?? "keywords", ...modifiers].join("|");
    const has = field === null ? "" : `, the event has ${shownValue(this.#variant.namesOf(field), this.#row)}`;
    const more = deciding.length > VALUES_SHOWN ? `, … ${deciding.length} in all` : "";
    return [`line ${line}: ${key}: ${listed.join(", ")}${more}${has}`];
  }

  #evaluate(detection: Detection): boolean {
    const shared = { placeholders: this.#placeholders, budget: { left: Number.POSITIVE_INFINITY } };
    return evaluate(compileDetection(detection, this.#variant, shared), this.#row);
  }
}

function more(count: number): string {
  return count > VALUES_SHOWN ? `; … ${count} in all` : "";
}

function shownValue(names: readonly string[], row: RowAccess): string {
  for (const name of names) {
    const value = row.get(name);
    if (value !== null) return name === names[0] ? show(value) : `${show(value)} (as ${name})`;
  }
  return `no ${names[0]}`;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? `'${value}'` : String(value);
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}
