/**
 * Levels: how many exchanges rows have been through before they come to a node. The exchange before a node of level k
 * delivers at the k-th barrier of an epoch, when all of level k - 1 has sent out what belongs to the epoch.
 */
import type { PlanNode } from "../../plan/nodes/node.js";
import { inputsOf } from "../../plan/nodes/node.js";

/** Nodes that have all rows of a key in one task. */
const EXCHANGED: ReadonlySet<string> = new Set(["aggregate"]);

/** For each node the most exchanges on any way to it, its own left out; `nodes` has inputs before their readers. */
export function exchangesBefore(nodes: readonly PlanNode[]): ReadonlyMap<PlanNode, number> {
  const before = new Map<PlanNode, number>();
  for (const node of nodes) {
    const ways = inputsOf(node).map((input) => (before.get(input) ?? 0) + (EXCHANGED.has(input.kind) ? 1 : 0));
    before.set(node, Math.max(0, ...ways));
  }
  return before;
}
