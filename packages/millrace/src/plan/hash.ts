/**
 * The text a plan's hash is made of: of each node a hash over what it is and the hashes of its inputs, sorted. Columns
 * and normalised lambdas go in; places, variable names, white space and the order in which the app lists its outputs
 * do not.
 */
import { createHash } from "node:crypto";
import type { Captured } from "./capture/capture.js";
import { moduleSourcesHash } from "./capture/module-hash.js";
import { lambdaText } from "./capture/output-fields.js";
import type { PlanNode } from "./nodes/node.js";
import { inputsOf } from "./nodes/node.js";
import type { Schemas } from "./schemas.js";

/** The same whatever the order of `nodes`, as long as inputs come before their readers. */
export function planHash(
  nodes: readonly PlanNode[],
  captured: ReadonlyMap<PlanNode, Captured>,
  schemas: Schemas,
  url: string,
): string {
  const texts = new Map<PlanNode, string>();
  for (const node of nodes) {
    // Where results are delivered to is no part of them.
    if (node.kind === "sink") continue;
    const lambda = captured.get(node);
    const text = plainText({
      ...described(node, url),
      inputs: inputsOf(node).map((input) => texts.get(input)),
      columns: schemas.get(node).fields,
      // A computed event time is decided at append: what is in the log stays as it was.
      lambda: lambda === undefined || node.kind === "stream" ? null : lambdaText(lambda, url),
    });
    texts.set(node, createHash("sha256").update(text).digest("hex"));
  }
  return [...texts.values()].sort().join("\n");
}

function plainText(node: object): string {
  return JSON.stringify(node, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value === Number.POSITIVE_INFINITY ? "forever" : value,
  );
}

/** What of a node itself decides its results. Where it is in the program, and how its rows come in, does not. */
function described(node: PlanNode, url: string): Record<string, unknown> {
  switch (node.kind) {
    case "stream":
      return {
        kind: node.kind,
        name: node.name,
        declared: node.schema,
        time: typeof node.time === "string" ? node.time : "computed",
        delay: node.delayMs,
      };
    case "table":
      return { kind: node.kind, name: node.name, declared: node.schema, key: node.key };
    case "rules":
      // What the texts say is in the log. What the compiler makes of them is seen by its sources alone.
      return { kind: node.kind, name: node.name, compiler: moduleSourcesHash(url) };
    case "publish":
    case "view":
      return { kind: node.kind, name: node.name };
    case "match":
      return { kind: node.kind, how: node.how };
    case "aggregate": {
      const { kind, key, window, emit, correctMs, aggs } = node;
      return { kind, key, window, emit, correctMs, aggs };
    }
    case "lookup":
      return { kind: node.kind, on: node.on, how: node.how };
    case "pick":
    case "notNull":
      return { kind: node.kind, columns: node.columns };
    case "lift":
      return { kind: node.kind, lifted: node.columns };
    default:
      return { kind: node.kind };
  }
}
