/**
 * Modifiers: one function each, applied to every value in the order they are written, left to right.
 *
 *   CommandLine|contains|windash|all: [" -enc ", " -nop "]
 *   value   " -enc "  ->  *" -enc "*  ->  anyOf(*" -enc "*, *" /enc "*, …)
 *
 * Most change a value, or make several variants of it (any of which will do); `all` and `neq` say how the values of
 * the whole item are joined: `all` needs every written value, `neq` negates the joined item (two-valued, so it holds
 * where the field is missing).
 */
import { base64, base64Offsets, UTF16_MARK, utf16 } from "./encodings.js";
import { RuleProblem } from "./problem.js";
import type { SigmaValue, StringValue } from "./values.js";
import { ANY, isAny, joinText, literalOf, stringValue } from "./values.js";
import { expandDashes } from "./windash.js";

export interface ModifierContext {
  /** The field the item is about; null for keywords. */
  readonly field: string | null;
  /** Values of `%name%` for the modifier `expand`; each may use wildcards. */
  readonly placeholders: ReadonlyMap<string, readonly string[]>;
  /** How many more values the modifiers of this rule may make; shared by all its items. */
  readonly budget: { left: number };
}

export interface ModifiedValues {
  readonly values: readonly SigmaValue[];
  /** Every value must match, not just one. */
  readonly all: boolean;
  readonly negated: boolean;
}

/** How many variants one written value may have. */
export const VARIANTS_MAX = 4_096;

/** Applies a chain of modifiers; an unknown one, or one that does not fit a value, is a `RuleProblem`. */
export function applyModifiers(
  names: readonly string[],
  values: readonly SigmaValue[],
  context: ModifierContext,
): ModifiedValues {
  let [all, negated, current] = [false, false, values];
  names.forEach((name, position) => {
    if (name === "all") all = true;
    else if (name === "neq") negated = true;
    else {
      const modifier = Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name] : undefined;
      if (modifier === undefined) throw new RuleProblem(`unknown modifier "${name}"`);
      if (UNMODIFIED_ONLY.has(name) && names.slice(0, position).some((earlier) => !JOINERS.has(earlier)))
        throw new RuleProblem(`"${name}" must come before the other modifiers`);
      current = current.map((value) =>
        spend(
          context,
          mapVariants(value, (variant) => modifier(variant, context, name)),
        ),
      );
    }
  });
  return { values: current, all, negated };
}

function spend(context: ModifierContext, value: SigmaValue): SigmaValue {
  context.budget.left -= value.kind === "anyOf" ? value.of.length : 1;
  if (context.budget.left < 0) throw new RuleProblem("the rule's modifiers make too many variants of its values");
  return value;
}

type Modifier = (value: SigmaValue, context: ModifierContext, name: string) => SigmaValue;

const JOINERS: ReadonlySet<string> = new Set(["all", "neq"]);

/** These read the value as written, so nothing may have changed it. */
const UNMODIFIED_ONLY: ReadonlySet<string> = new Set(["cidr", "exists", "re"]);

const MODIFIERS: Readonly<Record<string, Modifier>> = {
  contains: wildcards("contains"),
  startswith: wildcards("startsWith"),
  endswith: wildcards("endsWith"),
  cased: (value, _context, name) => {
    if (value.kind === "string" || value.kind === "field") return { ...value, cased: true };
    throw misfit(name, value);
  },
  exists: (value, context, name) => {
    if (context.field === null) throw new RuleProblem(`"exists" needs a field`);
    const wanted = value.kind === "boolean" ? value.value : value.kind === "string" ? asBoolean(value.written) : null;
    if (wanted === null) throw misfit(name, value);
    return { kind: "exists", value: wanted };
  },
  windash: (value, _context, name) => {
    const parts = expandDashes(asString(value, name).parts, VARIANTS_MAX);
    return anyOf(parts.map((variant) => ({ ...(value as StringValue), parts: variant })));
  },
  re: (value, _context, name) => {
    const pattern = value.kind === "string" ? value.written : value.kind === "number" ? String(value.value) : null;
    if (pattern === null) throw misfit(name, value);
    return { kind: "regex", pattern, flags: "", how: "contains" };
  },
  i: regexFlag("i"),
  m: regexFlag("m"),
  s: regexFlag("s"),
  base64: (value, _context, name) => stringOf(base64(asBytes(value, name)), value),
  base64offset: (value, _context, name) =>
    anyOf(base64Offsets(asBytes(value, name)).map((variant) => stringOf(variant, value))),
  utf16le: wide("le", ""),
  wide: wide("le", ""),
  utf16be: wide("be", ""),
  utf16: wide("le", UTF16_MARK),
  lt: compare("lt"),
  lte: compare("lte"),
  gt: compare("gt"),
  gte: compare("gte"),
  minute: timePart("minute"),
  hour: timePart("hour"),
  day: timePart("day"),
  week: timePart("week"),
  month: timePart("month"),
  year: timePart("year"),
  cidr: (value, _context, name) => ({ kind: "cidr", network: asLiteral(value, name) }),
  expand,
  fieldref: (value, context, name) => {
    if (context.field === null) throw new RuleProblem(`"fieldref" needs a field`);
    const { how, literal } = relationOf(asString(value, name), name);
    return { kind: "field", name: literal, how, cased: (value as StringValue).cased };
  },
};

export const MODIFIER_NAMES: readonly string[] = ["all", "neq", ...Object.keys(MODIFIERS)].sort();

function wildcards(how: "contains" | "startsWith" | "endsWith"): Modifier {
  return (original, _context, name) => {
    if (original.kind === "field") return { ...original, how };
    if (original.kind === "regex") return { ...original, how };
    const value = original.kind === "number" ? stringValue(String(original.value)) : asString(original, name);
    const parts = [...value.parts];
    if (how !== "startsWith" && !isAny(parts[0])) parts.unshift(ANY);
    if (how !== "endsWith" && !isAny(parts[parts.length - 1])) parts.push(ANY);
    return { ...value, parts };
  };
}

function regexFlag(flag: "i" | "m" | "s"): Modifier {
  return (value, _context, name) => {
    if (value.kind !== "regex") throw new RuleProblem(`"${name}" only follows "re"`);
    return { ...value, flags: value.flags + flag };
  };
}

function wide(order: "le" | "be", mark: string): Modifier {
  return (value, _context, name) => {
    const text = asString(value, name);
    if (text.bytes) throw new RuleProblem(`"${name}" applied to text that is already encoded`);
    const parts = text.parts.map((part) => (typeof part === "string" ? utf16(part, order) : part));
    return { ...text, parts: mark === "" ? parts : [mark, ...parts], bytes: true };
  };
}

function compare(how: "lt" | "lte" | "gt" | "gte"): Modifier {
  return (value, _context, name) => {
    if (value.kind === "timePart") return { ...value, how };
    return { kind: "compare", how, value: asNumber(value, name) };
  };
}

function timePart(part: "minute" | "hour" | "day" | "week" | "month" | "year"): Modifier {
  return (value, _context, name) => {
    if (value.kind === "compare") return { kind: "timePart", part, how: value.how, value: value.value };
    return { kind: "timePart", part, how: "eq", value: asNumber(value, name) };
  };
}

/** Puts the configured values in the place of each `%name%`; `\%` is a plain percent sign. */
function expand(value: SigmaValue, context: ModifierContext, name: string): SigmaValue {
  if (value.kind === "regex") return expandPattern(value, context);
  const text = asString(value, name);
  let variants: StringValue[] = [{ ...text, parts: [] }];
  const append = (pieces: readonly StringValue["parts"][]) => {
    if (variants.length * pieces.length > VARIANTS_MAX) throw new RuleProblem(`more than ${VARIANTS_MAX} variants`);
    variants = variants.flatMap((variant) =>
      pieces.map((piece) => ({ ...variant, parts: joinText([...variant.parts, ...piece]) })),
    );
  };
  for (const part of text.parts) {
    if (typeof part !== "string") append([[part]]);
    else
      for (const [token, placeholder] of part.matchAll(/\\%|%(\w+)%|[^\\%]+|[\s\S]/g)) {
        if (placeholder === undefined) append([[token === "\\%" ? "%" : token]]);
        else append(placeholderValues(placeholder, context).map((text) => stringValue(text).parts));
      }
  }
  return anyOf(variants);
}

/** In a regular expression the values of a placeholder are expressions themselves, joined by `|`. */
function expandPattern(value: Extract<SigmaValue, { kind: "regex" }>, context: ModifierContext): SigmaValue {
  const pattern = value.pattern.replace(/\\%|%(\w+)%/g, (token, placeholder?: string) =>
    placeholder === undefined ? token : `(?:${placeholderValues(placeholder, context).join("|")})`,
  );
  return { ...value, pattern };
}

function placeholderValues(name: string, context: ModifierContext): readonly string[] {
  const values = context.placeholders.get(name);
  if (values === undefined || values.length === 0)
    throw new RuleProblem(
      `the placeholder %${name}% has no value; a file among the rules may give it one: vars: { ${name}: [value, …] }`,
    );
  return values;
}

/** A pattern `*text*` says "contains", whichever of contains and fieldref was written first. */
function relationOf(value: StringValue, name: string) {
  const parts = [...value.parts];
  const front = isAny(parts[0]);
  if (front) parts.shift();
  const back = isAny(parts[parts.length - 1]);
  if (back) parts.pop();
  const literal = literalOf({ ...value, parts });
  if (literal === null || literal === "") throw new RuleProblem(`"${name}" needs the name of a field`);
  const how = front && back ? "contains" : front ? "endsWith" : back ? "startsWith" : "eq";
  return { how, literal } as const;
}

function mapVariants(value: SigmaValue, change: (value: SigmaValue) => SigmaValue): SigmaValue {
  return value.kind === "anyOf" ? anyOf(value.of.map((variant) => mapVariants(variant, change))) : change(value);
}

function anyOf(values: readonly SigmaValue[]): SigmaValue {
  const flat = values.flatMap((value) => (value.kind === "anyOf" ? value.of : [value]));
  if (flat.length > VARIANTS_MAX) throw new RuleProblem(`more than ${VARIANTS_MAX} variants of one value`);
  return flat.length === 1 ? (flat[0] as SigmaValue) : { kind: "anyOf", of: flat };
}

function stringOf(text: string, like: SigmaValue): StringValue {
  return {
    kind: "string",
    parts: text === "" ? [] : [text],
    written: text,
    cased: (like as StringValue).cased,
    bytes: false,
  };
}

function asString(value: SigmaValue, name: string): StringValue {
  if (value.kind === "string") return value;
  throw misfit(name, value);
}

function asLiteral(value: SigmaValue, name: string): string {
  const literal = literalOf(asString(value, name));
  if (literal === null) throw new RuleProblem(`"${name}" cannot be applied to a value with wildcards`);
  return literal;
}

function asBytes(value: SigmaValue, name: string): Buffer {
  const literal = value.kind === "number" ? String(value.value) : asLiteral(value, name);
  return Buffer.from(literal, value.kind === "string" && value.bytes ? "latin1" : "utf8");
}

function asNumber(value: SigmaValue, name: string): number {
  const text = value.kind === "string" ? value.written.trim() : value.kind === "number" ? String(value.value) : "";
  if (!/^[+-]?\d+(?:\.\d+)?$/.test(text)) throw misfit(name, value);
  return Number(text);
}

function asBoolean(text: string): boolean | null {
  if (/^(?:true|yes)$/i.test(text)) return true;
  return /^(?:false|no)$/i.test(text) ? false : null;
}

function misfit(name: string, value: SigmaValue): RuleProblem {
  const shown = value.kind === "string" ? `"${value.written.slice(0, 60)}"` : `a ${value.kind} value`;
  return new RuleProblem(`"${name}" cannot be applied to ${shown}`);
}
