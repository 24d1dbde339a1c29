/** Which lambda of a node is captured, with how many rows and which parameters. */
import type { Captured } from "./capture/capture.js";
import { captureLambda } from "./capture/capture.js";
import type { LambdaSpec, PlanNode } from "./nodes/node.js";

/** The captured lambda of a node, or null for a node without one. Throws `PROGRAM` for a lambda that breaks the law. */
export function captureNode(node: PlanNode): Captured | null {
  switch (node.kind) {
    case "filter":
    case "with":
    case "map":
    case "flatMap":
    case "tableFilter":
    case "tableWith":
      return capture(node.lambda, 1, node.at);
    case "lookup":
      return capture(node.lambda, 2, node.at);
    case "match":
      return capture(node.lambda, 3, node.at);
    case "stream":
      return typeof node.time === "string" ? null : capture(node.time, 1, node.at);
    default:
      return null;
  }
}

function capture(lambda: LambdaSpec, arity: number, at: string): Captured {
  return captureLambda(lambda.fn, { arity, at, ...(lambda.params === null ? {} : { params: lambda.params }) });
}
