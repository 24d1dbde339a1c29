/** Which nodes run in one operator: row operators that follow one another without a branch. */
import type { PlanNode } from "../../plan/nodes/node.js";
import { inputsOf, ROW_OPERATORS } from "../../plan/nodes/node.js";

/** Whether a row operator continues a program that begins further up; `siblings`: how many read what it reads, itself included. */
export function continuesChain(node: PlanNode, siblings: number): boolean {
  const [input] = inputsOf(node);
  return ROW_OPERATORS.has(node.kind) && input !== undefined && ROW_OPERATORS.has(input.kind) && siblings === 1;
}

/** For each node, in the plan's order, the first node of the operator that runs it: itself, where it runs alone. */
export function operatorHeads(nodes: readonly PlanNode[]): ReadonlyMap<PlanNode, PlanNode> {
  const readers = new Map<PlanNode, number>();
  for (const node of nodes) for (const input of inputsOf(node)) readers.set(input, (readers.get(input) ?? 0) + 1);
  const heads = new Map<PlanNode, PlanNode>();
  for (const node of nodes) {
    const [input] = inputsOf(node);
    const continues = input !== undefined && continuesChain(node, readers.get(input) ?? 0);
    heads.set(node, continues ? (heads.get(input) as PlanNode) : node);
  }
  return heads;
}
