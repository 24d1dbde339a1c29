/**
 * The ways a row can take from its source to a node: a union has as many as all its inputs together, so a stream that
 * is branched and united again has more than one. Rows made of one source row that came different ways are told apart
 * by the number of the way, in the order the author gave the inputs (`engine/rows.ts`).
 */
import type { PlanNode } from "./nodes/node.js";
import type { Problems } from "./problems.js";

/** Every row of the source is processed so often at that node. */
const WAYS_MAX = 65_536;

/** For each node with rows, how many ways lead to it; `nodes` has inputs before their readers. */
export function countWays(nodes: readonly PlanNode[], problems: Problems): ReadonlyMap<PlanNode, number> {
  const ways = new Map<PlanNode, number>();
  for (const node of nodes) {
    if (node.kind === "union") {
      const sum = node.inputs.reduce((total, input) => total + (ways.get(input) ?? 1), 0);
      if (sum > WAYS_MAX)
        problems.add(
          node.at,
          `a row can reach this union in more than ${WAYS_MAX} ways`,
          "Streams that are branched and united again and again multiply their rows: unite fewer branches.",
        );
      // Told once: what follows would only repeat it.
      ways.set(node, Math.min(sum, WAYS_MAX));
    } else ways.set(node, "input" in node ? (ways.get(node.input) ?? 1) : 1);
  }
  return ways;
}
