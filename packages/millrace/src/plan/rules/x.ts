/**
 * `x`, the builder of rule expressions:
 *
 *   x.all(x.field("EventID").eq(10), x.not(x.field("SourceImage").endsWith("\\svchost.exe")))
 *
 * Every constructor simplifies as it builds, so that equal rules get equal shapes:
 *   1. `all` in `all` and `any` in `any` are flattened;
 *   2. constants are folded: all() = true, any() = false, not(not e) = e;
 *   3. a single operand stands for itself.
 * The order of operands is kept: an author puts the cheapest and most selective test first.
 */
import { MillraceError } from "../../base/errors.js";
import { boundedPattern, unbounded } from "./bounded-pattern.js";
import type { Expr, FieldRef, PatternPart, Test, TimePart } from "./expr.js";
import { parseNetwork } from "./ip.js";
import { simplifyPattern } from "./like.js";

export interface CaseOption {
  /** Compare upper and lower case as different; without it case is ignored. */
  readonly cased?: boolean;
}

/** Tests that make sense for text, of one field or of all texts of a row. */
export interface TextTests {
  eq(value: string | number | bigint | boolean, options?: CaseOption): Expr;
  contains(value: string, options?: CaseOption): Expr;
  startsWith(value: string, options?: CaseOption): Expr;
  endsWith(value: string, options?: CaseOption): Expr;
  /** The whole value fits the pattern. A pattern that needs no wildcard in the middle becomes the simpler test. */
  like(parts: readonly PatternPart[], options?: CaseOption): Expr;
  /**
   * The pattern occurs somewhere in the value; case counts unless the `i` flag is set. `g` and `y` are ignored. Throws
   * `PROGRAM` for a pattern that repeats something and can't be run in bounded time.
   */
  matches(pattern: RegExp): Expr;
  /** The escape hatch: a test as data. */
  test(test: Test): Expr;
}

/** Tests on one field, given by its names in order of preference. */
export interface FieldTests extends TextTests {
  /** The value is an address inside an IPv4 or IPv6 network such as `10.0.0.0/8`; throws `PROGRAM` if it is none. */
  cidr(network: string): Expr;
  lt(value: number): Expr;
  lte(value: number): Expr;
  gt(value: number): Expr;
  gte(value: number): Expr;
  /** The field is present: not null. An empty string is present. */
  exists(): Expr;
  /** The field is missing, or null. */
  absent(): Expr;
  eqField(names: readonly string[], options?: CaseOption): Expr;
  containsField(names: readonly string[], options?: CaseOption): Expr;
  startsWithField(names: readonly string[], options?: CaseOption): Expr;
  endsWithField(names: readonly string[], options?: CaseOption): Expr;
  /** A part of a timestamp's UTC calendar; the timestamp is epoch ms or ISO text. */
  timePart(part: TimePart, how: "eq" | "lt" | "lte" | "gt" | "gte", value: number): Expr;
}

/** Thousands of rules make tens of thousands of tests: the methods are shared, not made for each field. */
class TextTestBuilder implements TextTests {
  readonly #make: (test: Test) => Expr;

  constructor(make: (test: Test) => Expr) {
    this.#make = make;
  }

  eq(value: string | number | bigint | boolean, { cased = false }: CaseOption = {}): Expr {
    return this.#make({ kind: "eq", value, cased });
  }

  contains(value: string, { cased = false }: CaseOption = {}): Expr {
    return this.#make({ kind: "contains", value, cased });
  }

  startsWith(value: string, { cased = false }: CaseOption = {}): Expr {
    return this.#make({ kind: "startsWith", value, cased });
  }

  endsWith(value: string, { cased = false }: CaseOption = {}): Expr {
    return this.#make({ kind: "endsWith", value, cased });
  }

  like(parts: readonly PatternPart[], { cased = false }: CaseOption = {}): Expr {
    return this.#make(simplifyPattern(parts, cased));
  }

  matches(pattern: RegExp): Expr {
    const flags = pattern.flags.replace(/[gy]/g, "");
    if (boundedPattern(pattern.source, flags) === null) throw unbounded(pattern.source);
    return this.#make({ kind: "matches", source: pattern.source, flags });
  }

  test(test: Test): Expr {
    return this.#make(test);
  }
}

class FieldTestBuilder extends TextTestBuilder implements FieldTests {
  constructor(ref: FieldRef) {
    super((test) => ({ op: "test", field: ref, test }));
  }

  cidr(network: string): Expr {
    if (parseNetwork(network) === null)
      throw new MillraceError("PROGRAM", `"${network}" is not an IPv4 or IPv6 network like 10.0.0.0/8`);
    return this.test({ kind: "cidr", network });
  }

  lt(value: number): Expr {
    return this.test({ kind: "lt", value });
  }

  lte(value: number): Expr {
    return this.test({ kind: "lte", value });
  }

  gt(value: number): Expr {
    return this.test({ kind: "gt", value });
  }

  gte(value: number): Expr {
    return this.test({ kind: "gte", value });
  }

  exists(): Expr {
    return this.test({ kind: "exists" });
  }

  absent(): Expr {
    return this.test({ kind: "absent" });
  }

  eqField(names: readonly string[], options: CaseOption = {}): Expr {
    return this.#compare("eq", names, options);
  }

  containsField(names: readonly string[], options: CaseOption = {}): Expr {
    return this.#compare("contains", names, options);
  }

  startsWithField(names: readonly string[], options: CaseOption = {}): Expr {
    return this.#compare("startsWith", names, options);
  }

  endsWithField(names: readonly string[], options: CaseOption = {}): Expr {
    return this.#compare("endsWith", names, options);
  }

  timePart(part: TimePart, how: "eq" | "lt" | "lte" | "gt" | "gte", value: number): Expr {
    return this.test({ kind: "timePart", part, how, value });
  }

  #compare(
    how: "eq" | "contains" | "startsWith" | "endsWith",
    names: readonly string[],
    { cased = false }: CaseOption,
  ): Expr {
    return this.test({ kind: "compareField", other: fieldRef(names), how, cased });
  }
}

function fieldRef(names: readonly string[]): FieldRef {
  if (names.length === 0) throw new MillraceError("PROGRAM", "a field test needs at least one field name");
  return { names };
}

const TRUE: Expr = { op: "always", value: true };
const FALSE: Expr = { op: "always", value: false };

/** `all` folds to false on one false operand, `any` to true on one true operand: the `absorbing` constant. */
function combine(op: "all" | "any", operands: readonly Expr[]): Expr {
  const absorbing = op === "any";
  const flat: Expr[] = [];
  for (const operand of operands) {
    if (operand.op === "always") {
      if (operand.value === absorbing) return absorbing ? TRUE : FALSE;
    } else if (operand.op === op) flat.push(...operand.of);
    else flat.push(operand);
  }
  if (flat.length === 0) return absorbing ? FALSE : TRUE;
  return flat.length === 1 ? (flat[0] as Expr) : { op, of: flat };
}

function not(operand: Expr): Expr {
  if (operand.op === "not") return operand.of;
  if (operand.op === "always") return operand.value ? FALSE : TRUE;
  return { op: "not", of: operand };
}

export const x = {
  /** Tests on the first of these attributes that is present. */
  field: (...names: readonly string[]): FieldTests => new FieldTestBuilder(fieldRef(names)),
  /** Tests that hold when one text of the row passes; no text is absent. */
  anyField: (): TextTests => new TextTestBuilder((test) => (test.kind === "absent" ? FALSE : { op: "anyField", test })),
  all: (...operands: readonly Expr[]): Expr => combine("all", operands),
  any: (...operands: readonly Expr[]): Expr => combine("any", operands),
  /** Two-valued: true where a test fails because its field is absent. */
  not,
  always: (value: boolean): Expr => (value ? TRUE : FALSE),
} as const;
