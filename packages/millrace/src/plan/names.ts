/** Names of things and of state: given by the author or made from names below, never from positions. */
import type { PlanNode } from "./nodes/node.js";
import type { Problems } from "./problems.js";
import { ruleChangesName } from "./rules/rule-change.js";

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** Streams of the engine's own. */
const RESERVED = new Set(["dead_letters"]);

/** Every stream, table, published stream and view is one name in SQL and HTTP: checks form and uniqueness. */
export function checkNames(nodes: readonly PlanNode[], problems: Problems): void {
  const seen = new Map<string, PlanNode>();
  for (const node of nodes) {
    if (!("name" in node)) continue;
    const { name, at } = node;
    if (!NAME.test(name))
      problems.add(
        at,
        `"${name}" is not a name`,
        "Small letters, digits and underscores, starting with a letter, at most 63.",
      );
    if (RESERVED.has(name)) problems.add(at, `"${name}" is the name of one of Millrace's own streams`);
    const other = seen.get(name);
    if (other !== undefined) problems.add(at, `there are two things named "${name}": the other is at ${other.at}`);
    seen.set(name, node);
  }
  for (const [name, node] of seen)
    if (node.kind === "rules" && seen.has(ruleChangesName(name)))
      problems.add(
        node.at,
        `"${ruleChangesName(name)}" is the stream of this rule set's changes, and the name of something else`,
      );
}

/**
 * Ids of operators: `<next named thing downstream>/<operator>`, the first by name where there are several. One that keeps state must have an id of its own; where
 * two would share one, or one feeds two names, the author is asked for a name.
 */
export function operatorIds(
  nodes: readonly PlanNode[],
  consumers: ReadonlyMap<PlanNode, readonly PlanNode[]>,
  problems: Problems,
): ReadonlyMap<PlanNode, string> {
  const ids = new Map<PlanNode, string>();
  const stateful = new Map<string, PlanNode>();
  for (const node of nodes) {
    if ("name" in node) {
      ids.set(node, node.name);
      continue;
    }
    // In an order that does not depend on the order of the app's outputs.
    const named = [...new Set(namedBelow(node, consumers))].sort();
    if (node.kind !== "aggregate") {
      ids.set(node, `${named[0] ?? "unnamed"}/${node.kind}`);
      continue;
    }
    const id = node.stateName ?? `${named[0] ?? "unnamed"}/${node.window === null ? "agg" : "window"}`;
    ids.set(node, id);
    const other = stateful.get(id);
    if (node.stateName === null && named.length > 1)
      problems.add(
        node.at,
        `this aggregate feeds ${named.map((name) => `"${name}"`).join(" and ")}, so its state has no name of its own`,
        'Give it one: .agg(…, { name: "…" }).',
      );
    else if (other !== undefined)
      problems.add(
        node.at,
        `the state "${id}" would belong to two aggregates: the other is at ${other.at}`,
        'Give one of them a name: .agg(…, { name: "…" }).',
      );
    stateful.set(id, node);
  }
  return ids;
}

function namedBelow(node: PlanNode, consumers: ReadonlyMap<PlanNode, readonly PlanNode[]>): string[] {
  return (consumers.get(node) ?? []).flatMap((consumer) =>
    "name" in consumer ? [consumer.name] : namedBelow(consumer, consumers),
  );
}
