/**
 * Names inside a lambda: which identifier means which parameter or local, and which are free.
 *
 *     (e, p) => { const x = e.a * 2; return x > MIN; }
 *      |  |           |     |              |    `-- free
 *      |  |           `-----|--------------´
 *      `--|-----------------´ binding "e", parameter 0
 *
 * Works on every function acorn can parse, recognised or not: refusals, captures and the normal form rest on it.
 */
import type { AnyNode, Expression, Identifier, Pattern } from "acorn";
import { MillraceError } from "../../base/errors.js";
import type { LambdaNode } from "./parse.js";

export interface Binding {
  readonly name: string;
  /** Index of the lambda's own parameter when the name is all of it; -1 for locals and destructured names. */
  readonly parameter: number;
  /** The value a `const` or `let` starts with, when it is declared alone or by a pattern over that value. */
  init: Expression | undefined;
  /** Assigned after its declaration. */
  reassigned: boolean;
}

export interface Scopes {
  /** Every identifier that names a parameter or local: uses and declarations. */
  readonly bindingOf: ReadonlyMap<AnyNode, Binding>;
  /** Uses of names from outside, in order of appearance. */
  readonly free: readonly Identifier[];
  readonly parentOf: ReadonlyMap<AnyNode, AnyNode>;
  /** All nodes in source order, the lambda itself first. */
  readonly nodes: readonly AnyNode[];
}

export function resolveScopes(lambda: LambdaNode): Scopes {
  const resolver = new Resolver();
  resolver.root(lambda);
  return resolver;
}

/** A node's children in source order. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc") continue;
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(item)) children.push(item);
  }
  return children;
}

/** The identifiers a pattern declares. */
export function identifiersOf(pattern: Pattern | null): Identifier[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((p) => identifiersOf(p.type === "RestElement" ? p.argument : p.value));
    case "ArrayPattern":
      return pattern.elements.flatMap(identifiersOf);
    case "RestElement":
      return identifiersOf(pattern.argument);
    case "AssignmentPattern":
      return identifiersOf(pattern.left);
    default:
      return [];
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** Every analysis recurses over the tree: this keeps them all well inside the stack. */
const DEPTH_MAX = 500;

/** The refusal of a lambda whose tree is too deep to walk. */
export function tooDeep(): MillraceError {
  return new MillraceError("PROGRAM", "a lambda is nested too deeply to be read", {
    hint: "Is it generated? Pass the values as a parameter ({ names: […] }) and ask p.names.includes(…), or use rules.",
  });
}

class Scope {
  readonly names = new Map<string, Binding>();
  readonly parent: Scope | undefined;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  find(name: string): Binding | undefined {
    return this.names.get(name) ?? this.parent?.find(name);
  }

  declare(pattern: Pattern | null, parameter = -1, init?: Expression): void {
    for (const { name } of identifiersOf(pattern))
      if (!this.names.has(name)) this.names.set(name, { name, parameter, init, reassigned: false });
  }
}

class Resolver implements Scopes {
  readonly bindingOf = new Map<AnyNode, Binding>();
  readonly free: Identifier[] = [];
  readonly parentOf = new Map<AnyNode, AnyNode>();
  readonly nodes: AnyNode[] = [];

  root(lambda: LambdaNode): void {
    this.#visit(lambda, new Scope(undefined), lambda, 0);
    for (const node of this.nodes)
      for (const target of assignedPatterns(node))
        for (const identifier of identifiersOf(target)) {
          const binding = this.bindingOf.get(identifier);
          if (binding !== undefined) binding.reassigned = true;
        }
  }

  #visit(node: AnyNode, outer: Scope, root: LambdaNode, depth: number): void {
    if (depth > DEPTH_MAX) throw tooDeep();
    this.nodes.push(node);
    if (node.type === "Identifier") {
      const binding = outer.find(node.name);
      if (binding === undefined) this.free.push(node);
      else this.bindingOf.set(node, binding);
      return;
    }
    const scope = opensScope(node) ? new Scope(outer) : outer;
    if (scope !== outer) declareIn(scope, node, node === root);
    for (const child of childrenOf(node)) {
      this.parentOf.set(child, node);
      if (!isNameOnly(child, node)) this.#visit(child, scope, root, depth + 1);
    }
  }
}

/** Identifiers that are no reference: property names, labels, shorthand keys. */
function isNameOnly(child: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case "MemberExpression":
      return child === parent.property && !parent.computed;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return child === parent.key && !parent.computed;
    case "LabeledStatement":
      return child === parent.label;
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
      return true;
    default:
      return false;
  }
}

function opensScope(node: AnyNode): boolean {
  return /^(?:ArrowFunctionExpression|FunctionExpression|FunctionDeclaration|BlockStatement|For(?:In|Of)?Statement|SwitchStatement|CatchClause|StaticBlock)$/.test(
    node.type,
  );
}

function declareIn(scope: Scope, node: AnyNode, isRoot: boolean): void {
  switch (node.type) {
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration":
      node.params.forEach((param, i) => {
        const bare = param.type === "AssignmentPattern" ? param.left : param;
        scope.declare(param, isRoot && bare.type === "Identifier" ? i : -1);
      });
      for (const declared of varsIn(node.body)) scope.declare(declared);
      if (node.type === "FunctionExpression" && node.id) scope.declare(node.id);
      return;
    case "BlockStatement":
    case "StaticBlock":
      declareLexical(scope, node.body);
      return;
    case "SwitchStatement":
      declareLexical(
        scope,
        node.cases.flatMap((c) => c.consequent),
      );
      return;
    case "ForStatement":
      declareLexical(scope, node.init ? [node.init] : []);
      return;
    case "ForInStatement":
    case "ForOfStatement":
      declareLexical(scope, [node.left]);
      return;
    case "CatchClause":
      scope.declare(node.param ?? null);
      return;
  }
}

function declareLexical(scope: Scope, statements: readonly AnyNode[]): void {
  for (const statement of statements) {
    if (statement.type === "VariableDeclaration" && statement.kind !== "var")
      for (const { id, init } of statement.declarations) scope.declare(id, -1, init ?? undefined);
    else if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration")
      scope.declare(statement.id);
  }
}

/** Patterns of every `var` below, not looking into nested functions. */
function varsIn(node: AnyNode): Pattern[] {
  if (/Function|Expression$/.test(node.type)) return [];
  const own = node.type === "VariableDeclaration" && node.kind === "var" ? node.declarations.map((d) => d.id) : [];
  return [...own, ...childrenOf(node).flatMap(varsIn)];
}

/** What a node assigns to, declarations apart: patterns and member expressions. */
export function assignedPatterns(node: AnyNode): Pattern[] {
  switch (node.type) {
    case "AssignmentExpression":
      return [node.left];
    case "UpdateExpression":
      return [node.argument as Pattern];
    case "ForInStatement":
    case "ForOfStatement":
      return node.left.type === "VariableDeclaration" ? [] : [node.left];
    default:
      return [];
  }
}
