/**
 * From a parsed lambda to an expression, where its body lies in the analysable subset; else why not, and where.
 *
 *   1. Arguments become rows and the parameter object; destructured names become columns or `let` bindings.
 *   2. Statements become one expression: `const` → let, `if (c) return a; return b` → c ? a : b.
 *   3. Expressions are translated one to one (`lower-expression.ts`).
 */
import type { AnyNode, Pattern, Statement } from "acorn";
import type { Expression, LetBinding, LocalName } from "./expression.js";
import { letIn, UNDEFINED } from "./expression.js";
import { lowerExpression, lowerTest } from "./lower-expression.js";
import type { LambdaNode, Place, Source } from "./parse.js";
import { placeOf, textOf } from "./parse.js";
import { keyName } from "./reads.js";
import type { Binding, Scopes } from "./scope.js";

/** What stopped the analysis. */
export interface Unrecognised extends Place {
  /** The construct as written. */
  readonly text: string;
  readonly reason: string;
}

export interface LowerInput {
  readonly source: Source;
  readonly scopes: Scopes;
  /** Row arguments; the parameter object, if any, comes after them. */
  readonly arity: number;
  readonly params: object | undefined;
}

/** Thrown inside the lowering only; never leaves `lowerLambda`. */
class Stop {
  readonly why: Unrecognised;

  constructor(why: Unrecognised) {
    this.why = why;
  }
}

/** The lambda's value as an expression, or what stopped it. */
export function lowerLambda(input: LowerInput): { expression: Expression } | { why: Unrecognised } {
  const lowering = new Lowering(input);
  try {
    return { expression: lowering.root(input.source.node) };
  } catch (stop) {
    if (stop instanceof Stop) return { why: stop.why };
    throw stop;
  }
}

export class Lowering {
  readonly input: LowerInput;
  /** What each name stands for: substituted where that is free of cost and effects, else a local. */
  readonly #meaning = new Map<Binding, Expression>();
  #locals = 0;

  constructor(input: LowerInput) {
    this.input = input;
  }

  stop(node: AnyNode, reason: string): never {
    const { source } = this.input;
    throw new Stop({ text: textOf(source, node), reason, ...placeOf(source, node) });
  }

  meaningOf(node: AnyNode): Expression | undefined {
    const binding = this.input.scopes.bindingOf.get(node);
    return binding === undefined ? undefined : this.#meaning.get(binding);
  }

  root(lambda: LambdaNode): Expression {
    const bindings: LetBinding[] = [];
    lambda.params.forEach((pattern, i) => {
      const { arity, params } = this.input;
      if (i < arity) this.bind(pattern, { kind: "row", row: i }, bindings);
      else this.bind(pattern, i === arity && params !== undefined ? { kind: "param", path: [] } : UNDEFINED, bindings);
    });
    return letIn(bindings, this.#body(lambda));
  }

  /** A function written in place. Its parameters are plain locals or object patterns over them. */
  nested(lambda: LambdaNode): Expression {
    const bindings: LetBinding[] = [];
    const params = lambda.params.map((pattern): LocalName => {
      const local = this.#fresh(pattern.type === "Identifier" ? pattern.name : "item");
      if (pattern.type === "RestElement" || pattern.type === "AssignmentPattern")
        this.stop(pattern, "a parameter of this form");
      this.bind(pattern, { kind: "local", ...local }, bindings);
      return local;
    });
    return { kind: "function", params, body: letIn(bindings, this.#body(lambda)) };
  }

  /** Gives the names of `pattern` their meaning, adding to `bindings` what must be evaluated once. */
  bind(pattern: Pattern, value: Expression, bindings: LetBinding[]): void {
    switch (pattern.type) {
      case "Identifier": {
        const binding = this.input.scopes.bindingOf.get(pattern) as Binding;
        if (binding.reassigned) this.stop(pattern, `\`${pattern.name}\` is assigned more than once`);
        this.#meaning.set(binding, isFree(value) ? value : this.#bindLocal(pattern.name, value, bindings));
        return;
      }
      case "AssignmentPattern": {
        const fallback = lowerExpression(this, pattern.right);
        const given = defaulted(value, fallback);
        if (given !== undefined) {
          this.bind(pattern.left, given, bindings);
          return;
        }
        const once = isFree(value) ? value : this.#bindLocal("value", value, bindings);
        const missing: Expression = { kind: "binary", operator: "===", left: once, right: UNDEFINED };
        this.bind(pattern.left, { kind: "conditional", test: missing, whenTrue: fallback, whenFalse: once }, bindings);
        return;
      }
      case "ObjectPattern": {
        if (pattern.properties.length === 0) this.stop(pattern, "an empty pattern");
        const once = isFree(value) || value.kind === "param" ? value : this.#bindLocal("value", value, bindings);
        for (const property of pattern.properties) {
          if (property.type === "RestElement") this.stop(property, "the rest of a row depends on all its columns");
          const name = keyName(property);
          if (name === undefined) this.stop(property, "a computed name");
          this.bind(property.value, memberOf(once, name), bindings);
        }
        return;
      }
      case "ArrayPattern": {
        // Of a string the pattern gives whole characters, of a list its items: only the second is a plain index.
        if (!isSurelyList(value)) this.stop(pattern, "a list pattern over something that may not be a list");
        const once = this.#bindLocal("items", value, bindings);
        pattern.elements.forEach((element, i) => {
          if (element?.type === "RestElement") this.stop(element, "the rest of a list");
          if (element !== null)
            this.bind(
              element,
              { kind: "index", object: once, index: { kind: "literal", value: i }, optional: false },
              bindings,
            );
        });
        return;
      }
      default:
        this.stop(pattern, "a pattern of this form");
    }
  }

  #bindLocal(name: string, value: Expression, bindings: LetBinding[]): Expression {
    const local = this.#fresh(name);
    bindings.push({ ...local, value });
    return { kind: "local", ...local };
  }

  #fresh(name: string): LocalName {
    return { id: this.#locals++, name };
  }

  #body(lambda: LambdaNode): Expression {
    if (lambda.body.type !== "BlockStatement") return lowerExpression(this, lambda.body);
    return this.#statements(lambda.body.body);
  }

  #statements(statements: readonly Statement[]): Expression {
    const [first, ...rest] = statements;
    switch (first?.type) {
      case undefined:
        return UNDEFINED;
      case "EmptyStatement":
        return this.#statements(rest);
      case "ReturnStatement":
        return first.argument ? lowerExpression(this, first.argument) : UNDEFINED;
      case "BlockStatement":
        return this.#statements([...first.body, ...rest]);
      case "VariableDeclaration": {
        if (first.kind !== "const" && first.kind !== "let") this.stop(first, `a \`${first.kind}\` declaration`);
        const bindings: LetBinding[] = [];
        for (const { id, init } of first.declarations) {
          if (!init) this.stop(first, "a variable without a value");
          this.bind(id, lowerExpression(this, init), bindings);
        }
        return letIn(bindings, this.#statements(rest));
      }
      case "IfStatement": {
        if (!alwaysReturns(first.consequent)) this.stop(first, "an `if` that does not return");
        const test = lowerTest(this, first.test);
        const whenTrue = this.#statements([first.consequent]);
        const whenFalse = this.#statements(first.alternate ? [first.alternate, ...rest] : rest);
        return { kind: "conditional", test, whenTrue, whenFalse };
      }
      case "ExpressionStatement":
        if (first.directive !== undefined) return this.#statements(rest);
        return this.stop(first, "a statement that computes nothing that is returned");
      default:
        return this.stop(first as AnyNode, `a \`${first?.type.replace("Statement", "").toLowerCase()}\` statement`);
    }
  }
}

/** A member read with its meaning: a column of a row, a deeper parameter, or a property of a value. */
export function memberOf(object: Expression, name: string, optional = false): Expression {
  if (object.kind === "row") return { kind: "column", row: object.row, name, optional };
  if (object.kind === "param" && !optional) return { kind: "param", path: [...object.path, name] };
  return { kind: "member", object, name, optional };
}

/** Cannot throw, costs nothing, and is the same each time: may be written where the name stood. */
function isFree(value: Expression): boolean {
  switch (value.kind) {
    case "row":
    case "local":
    case "literal":
      return true;
    case "column":
      // The second row of an outer join may be missing, and then reading it throws where it is written.
      return value.row === 0;
    case "param":
      return value.path.length <= 1;
    default:
      return false;
  }
}

/** What a default comes to where that is known: a row is never undefined, an argument not passed always is. */
function defaulted(value: Expression, fallback: Expression): Expression | undefined {
  if (value.kind === "row") return value;
  return value.kind === "literal" && value.value === undefined ? fallback : undefined;
}

function isSurelyList(value: Expression): boolean {
  if (value.kind === "array") return true;
  if (value.kind === "call") return /^Object\.(?:keys|values|entries)$/.test(value.name);
  return (
    value.kind === "method" &&
    /^(?:split|map|filter|flatMap|flat|toSorted|toReversed)$/.test(value.name) &&
    !value.optional
  );
}

function alwaysReturns(statement: Statement): boolean {
  switch (statement.type) {
    case "ReturnStatement":
      return true;
    case "BlockStatement":
      return statement.body.some(alwaysReturns);
    case "IfStatement":
      return alwaysReturns(statement.consequent) && !!statement.alternate && alwaysReturns(statement.alternate);
    default:
      return false;
  }
}
