/**
 * What a lambda reads of one argument: which columns, and which open attributes by literal name. Safe by default:
 * every use that is not understood counts as reading everything.
 *
 *     (e) => e.price > 3 && e.rest.text("Image") !== null      columns {price, rest}, open rest: {Image}
 *     ({ a, rest: r = x }) => [a, r]                           columns {a, rest},     open rest: all
 *     (e) => ({ ...e })                                        columns all
 */
import type { AnyNode, Identifier, Pattern } from "acorn";
import { isOpenMethod } from "./globals.js";
import { memberName } from "./member-name.js";
import type { LambdaNode } from "./parse.js";
import type { Binding, Scopes } from "./scope.js";

export interface Reads {
  readonly columns: ReadonlySet<string> | "all";
  /** For each column read: the names asked of it with .text("X") and its like; "all" where it is used in another way. */
  readonly open: ReadonlyMap<string, ReadonlySet<string> | "all">;
}

/** What the lambda reads of its argument at `index`. */
export function readsOf(lambda: LambdaNode, scopes: Scopes, index: number): Reads {
  const collector = new Collector(scopes);
  const rest = lambda.params.findIndex((param) => param.type === "RestElement");
  const pattern = lambda.params[index];
  if (scopes.free.some((node) => node.name === "arguments") || (rest >= 0 && rest <= index)) collector.all();
  else if (pattern !== undefined) collector.rowPattern(pattern);
  return collector;
}

class Collector implements Reads {
  columns: Set<string> | "all" = new Set();
  readonly open = new Map<string, Set<string> | "all">();
  readonly #scopes: Scopes;

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  all(): void {
    this.columns = "all";
  }

  rowPattern(pattern: Pattern): void {
    switch (pattern.type) {
      case "Identifier":
        this.#eachUse(
          pattern,
          (use) => this.#rowUse(use),
          () => this.all(),
        );
        return;
      case "AssignmentPattern":
        this.rowPattern(pattern.left);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "RestElement") this.all();
          else {
            const name = keyName(property);
            if (name === undefined) this.all();
            else this.#columnPattern(name, property.value);
          }
        }
        return;
      default:
        this.all();
    }
  }

  #columnPattern(column: string, pattern: Pattern): void {
    this.#read(column);
    const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
    if (target.type !== "Identifier") this.open.set(column, "all");
    else
      this.#eachUse(
        target,
        (use) => this.#columnUse(column, use),
        () => this.open.set(column, "all"),
      );
  }

  #read(column: string): void {
    if (this.columns !== "all") this.columns.add(column);
    if (!this.open.has(column)) this.open.set(column, new Set());
  }

  /** A use of the whole row. */
  #rowUse(node: AnyNode): void {
    const parent = this.#scopes.parentOf.get(node);
    if (parent?.type === "MemberExpression" && parent.object === node) {
      const name = memberName(parent);
      const called = this.#scopes.parentOf.get(parent);
      // A method of the row itself (toString, valueOf) could hand out the row.
      if (name === undefined || (called?.type === "CallExpression" && called.callee === parent)) this.all();
      else {
        this.#read(name);
        this.#columnUse(name, parent);
      }
    } else if (parent?.type === "VariableDeclarator" && parent.init === node) this.rowPattern(parent.id);
    else if (!isPresenceTest(node, parent)) this.all();
  }

  /** A use of the value of a column. */
  #columnUse(column: string, node: AnyNode): void {
    const parent = this.#scopes.parentOf.get(node);
    if (parent?.type === "VariableDeclarator" && parent.init === node && parent.id.type === "Identifier") {
      this.#eachUse(
        parent.id,
        (use) => this.#columnUse(column, use),
        () => this.open.set(column, "all"),
      );
      return;
    }
    const names = this.open.get(column);
    const call = parent === undefined ? undefined : this.#scopes.parentOf.get(parent);
    const argument =
      call?.type === "CallExpression" && call.callee === parent && call.arguments.length === 1
        ? call.arguments[0]
        : undefined;
    const asked =
      parent?.type === "MemberExpression" &&
      parent.object === node &&
      isOpenMethod(memberName(parent) ?? "") &&
      argument?.type === "Literal" &&
      typeof argument.value === "string";
    if (!asked) this.open.set(column, "all");
    else if (names !== "all") names?.add(argument.value as string);
  }

  #eachUse(declared: Identifier, use: (node: AnyNode) => void, unknown: () => void): void {
    const binding = this.#scopes.bindingOf.get(declared) as Binding;
    if (binding.reassigned) unknown();
    else for (const [node, other] of this.#scopes.bindingOf) if (other === binding && node !== declared) use(node);
  }
}

/** Uses that ask only whether there is a row: `s === null`, `!s`, `s ? … : …`, `s && …`. */
export function isPresenceTest(node: AnyNode, parent: AnyNode | undefined): boolean {
  switch (parent?.type) {
    case "BinaryExpression":
      return /^[!=]==?$/.test(parent.operator) && isNothing(parent.left === node ? parent.right : parent.left);
    case "UnaryExpression":
      return parent.operator === "!";
    case "ConditionalExpression":
    case "IfStatement":
      return parent.test === node;
    case "LogicalExpression":
      return parent.operator === "&&" && parent.left === node;
    default:
      return false;
  }
}

function isNothing(node: AnyNode): boolean {
  return (
    (node.type === "Literal" && node.value === null && !node.regex) ||
    (node.type === "Identifier" && node.name === "undefined")
  );
}

/** The written-out name of a property in a pattern or literal. */
export function keyName(property: Extract<AnyNode, { type: "Property" }>): string | undefined {
  if (property.key.type === "Literal") return String(property.key.value);
  return property.computed || property.key.type !== "Identifier" ? undefined : property.key.name;
}
