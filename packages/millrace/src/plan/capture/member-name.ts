import type { AnyNode } from "acorn";

/** The name a member expression reads, where it is written out: `a.b`, `a["b"]`. */
export function memberName(node: AnyNode): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  const { property } = node;
  if (property.type === "Literal") return typeof property.value === "string" ? property.value : undefined;
  if (property.type !== "TemplateLiteral" || property.expressions.length > 0) return undefined;
  return property.quasis[0]?.value.cooked ?? undefined;
}
