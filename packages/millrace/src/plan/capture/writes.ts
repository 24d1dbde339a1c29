/**
 * Writes that reach outside a lambda. Locals are the lambda's own and may change; a row, a parameter object and
 * everything captured may not: another thread would not see it, and a replay would see it twice.
 */
import type { AnyNode, CallExpression, Expression, Pattern } from "acorn";
import { MUTATING_COLLECTION_METHODS, MUTATING_METHODS, MUTATING_OBJECT_FUNCTIONS } from "./globals.js";
import { memberName } from "./member-name.js";
import type { Source } from "./parse.js";
import { refusal, textOf } from "./parse.js";
import type { Scopes } from "./scope.js";
import { assignedPatterns } from "./scope.js";

const COPYING = [
  ["sort", "toSorted"],
  ["reverse", "toReversed"],
  ["splice", "toSpliced"],
] as const;

/** Whose value it is, at the root of `a.b.c`. */
type Owner =
  | { readonly kind: "captured"; readonly name: string }
  | { readonly kind: "argument"; readonly index: number; readonly name: string };

/** `arity` row arguments, then the parameters; `writable` holds the positions that are state and may be changed. Throws `PROGRAM`. */
export function refuseWrites(source: Source, scopes: Scopes, arity: number, writable: readonly number[]): void {
  const refuse = (node: AnyNode, owner: Owner, how: string): void => {
    if (owner.kind === "argument" && (owner.index > arity || writable.includes(owner.index))) return;
    throw refusal(source, node, describe(owner, arity, how), remedy(owner, arity, how));
  };
  for (const node of scopes.nodes) {
    for (const target of writeTargets(node)) {
      if (target.type === "Identifier") {
        if (scopes.bindingOf.get(target) === undefined)
          refuse(node, { kind: "captured", name: target.name }, `assigns to \`${target.name}\``);
      } else {
        const owner = ownerOf(target, scopes);
        if (owner !== undefined)
          refuse(
            node,
            owner,
            `${node.type === "UnaryExpression" ? "deletes" : "writes to"} \`${textOf(source, target)}\``,
          );
      }
    }
    if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") continue;
    const changed = objectFunctionTarget(node, scopes);
    const owned = changed === undefined ? undefined : ownerOf(changed, scopes);
    if (changed !== undefined && owned !== undefined)
      refuse(node, owned, `changes \`${textOf(source, changed)}\` with ${textOf(source, node.callee)}()`);
    const method = memberName(node.callee) ?? "";
    const owner = ownerOf(node.callee.object, scopes);
    if (owner === undefined) continue;
    const collection =
      owner.kind === "captured" &&
      (MUTATING_COLLECTION_METHODS.has(method) || (method === "add" && isDiscarded(node, scopes)));
    if (MUTATING_METHODS.has(method) || collection)
      refuse(node, owner, `changes \`${textOf(source, node.callee.object)}\` with .${method}()`);
  }
}

function writeTargets(node: AnyNode): (Pattern | Expression)[] {
  if (node.type === "UnaryExpression") return node.operator === "delete" ? [unchained(node.argument)] : [];
  return assignedPatterns(node).flatMap(leaves);
}

function leaves(pattern: Pattern | null): Pattern[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "ObjectPattern":
      return pattern.properties.flatMap((p) => leaves(p.type === "RestElement" ? p.argument : p.value));
    case "ArrayPattern":
      return pattern.elements.flatMap(leaves);
    case "RestElement":
      return leaves(pattern.argument);
    case "AssignmentPattern":
      return leaves(pattern.left);
    default:
      return [pattern];
  }
}

function ownerOf(node: AnyNode, scopes: Scopes): Owner | undefined {
  switch (node.type) {
    case "Identifier": {
      const binding = scopes.bindingOf.get(node);
      if (binding === undefined) return { kind: "captured", name: node.name };
      if (binding.parameter >= 0) return { kind: "argument", index: binding.parameter, name: binding.name };
      if (binding.init !== undefined) return ownerOf(binding.init, scopes);
      return patternOwner(node, scopes, binding);
    }
    case "MemberExpression":
      return ownerOf(node.object, scopes);
    case "ChainExpression":
      return ownerOf(node.expression, scopes);
    case "LogicalExpression":
      return ownerOf(node.left, scopes) ?? ownerOf(node.right, scopes);
    case "ConditionalExpression":
      return ownerOf(node.consequent, scopes) ?? ownerOf(node.alternate, scopes);
    default:
      return undefined;
  }
}

/** A name taken out of the lambda's own arguments by destructuring. */
function patternOwner(use: AnyNode, scopes: Scopes, binding: object): Owner | undefined {
  const lambda = scopes.nodes[0];
  if (lambda?.type !== "ArrowFunctionExpression" && lambda?.type !== "FunctionExpression") return undefined;
  const index = lambda.params.findIndex((param) =>
    scopes.nodes.some(
      (n) =>
        n.type === "Identifier" && n.start >= param.start && n.end <= param.end && scopes.bindingOf.get(n) === binding,
    ),
  );
  return index < 0 || use.type !== "Identifier" ? undefined : { kind: "argument", index, name: use.name };
}

/** What `Object.assign(x, …)` and its like change. */
function objectFunctionTarget({ callee, arguments: given }: CallExpression, scopes: Scopes): AnyNode | undefined {
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier" || callee.object.name !== "Object")
    return undefined;
  if (scopes.bindingOf.has(callee.object) || !MUTATING_OBJECT_FUNCTIONS.has(memberName(callee) ?? "")) return undefined;
  return given[0];
}

function isDiscarded(node: AnyNode, scopes: Scopes): boolean {
  let at = node;
  let parent = scopes.parentOf.get(at);
  while (parent?.type === "ChainExpression") {
    at = parent;
    parent = scopes.parentOf.get(at);
  }
  return (
    parent?.type === "ExpressionStatement" ||
    (parent?.type === "SequenceExpression" && parent.expressions.at(-1) !== at) ||
    (parent?.type === "UnaryExpression" && parent.operator === "void")
  );
}

function unchained(node: Expression): Expression {
  return node.type === "ChainExpression" ? node.expression : node;
}

function describe(owner: Owner, arity: number, how: string): string {
  if (owner.kind === "captured")
    return `a lambda ${how}: \`${owner.name}\` lives outside it, each worker has its own copy, and after a crash rows run again`;
  if (owner.index < arity) return `a lambda ${how}: the row is shared with every other step and cannot be changed`;
  return `a lambda ${how}: parameters are fixed when the program is built`;
}

function remedy(owner: Owner, arity: number, how: string): string {
  if (owner.kind === "captured")
    return "To count or remember, aggregate: .by(…).agg(…). Variables declared inside the lambda may change.";
  for (const [method, copy] of COPYING) if (how.endsWith(`.${method}()`)) return `Make a changed copy: .${copy}(…).`;
  if (owner.index >= arity) return "Keep what changes in a variable inside the lambda: let limit = p.limit * 2.";
  return "Return a new value instead: { ...e, price: e.price * 2 } for a row, [...list, item] for a list.";
}
