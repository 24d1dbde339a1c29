/** The plan for people and for the API: every node with its columns, what it reads, and how its lambda runs. */

import { typeText } from "../schema/column-type.js";
import { describeWhy } from "./capture/capture.js";
import { columnsReadOf } from "./capture/columns-read.js";
import type { PlanNode } from "./nodes/node.js";
import { inputsOf } from "./nodes/node.js";
import type { ResolvedPlan } from "./resolve.js";

export interface ExplainedNode {
  readonly id: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly at: string;
  /** Columns it gives, "name: type"; those that nobody reads are left out when the plan runs. */
  readonly columns: readonly string[];
  readonly unread: readonly string[];
  /** How its lambda runs, where it has one. */
  readonly lambda: {
    readonly path: "compiled" | "called";
    readonly reads: readonly string[] | "all";
    readonly why: string | null;
    readonly captured: readonly string[];
  } | null;
  readonly state: string | null;
  /** eventTime: any arrival order gives the same; arrival: the journal fixes the order. */
  readonly order: "any" | "arrival";
}

export interface Explained {
  readonly app: string;
  readonly hash: string;
  readonly nodes: readonly ExplainedNode[];
}

export function explainPlan(plan: ResolvedPlan): Explained {
  return { app: plan.app, hash: plan.hash, nodes: plan.nodes.map((node) => explainNode(plan, node)) };
}

function explainNode(plan: ResolvedPlan, node: PlanNode): ExplainedNode {
  const needed = new Set(plan.neededSchema(node).fields.map((f) => f.name));
  const { fields } = plan.schema(node);
  return {
    id: plan.id(node),
    kind: node.kind === "publish" ? "stream out" : node.kind,
    inputs: inputsOf(node).map((input) => plan.id(input)),
    at: node.at,
    columns: fields.map((f) => `${f.name}: ${typeText(f.type, f.nullable)}`),
    unread: node.kind === "rules" ? [] : fields.filter((f) => !needed.has(f.name)).map((f) => f.name),
    lambda: lambdaOf(plan, node),
    state:
      node.kind === "aggregate"
        ? stateOf(plan, node)
        : node.kind === "lookup"
          ? `the table ${node.table.name}, on every worker`
          : null,
    order: node.kind === "lookup" ? "arrival" : "any",
  };
}

function lambdaOf(plan: ResolvedPlan, node: PlanNode): ExplainedNode["lambda"] {
  if (!("lambda" in node)) return null;
  const captured = plan.captured(node);
  const reads = columnsReadOf(captured, 0);
  const inlined =
    captured.closed && captured.recognised && (node.kind === "filter" || node.kind === "with" || node.kind === "map");
  return {
    path: inlined ? "compiled" : "called",
    reads: reads === "all" ? "all" : [...reads],
    why: captured.why === null ? null : describeWhy(captured.why),
    captured: captured.captured,
  };
}

function stateOf(plan: ResolvedPlan, node: Extract<PlanNode, { kind: "aggregate" }>): string {
  const key = plan
    .aggregate(node)
    .key.map((f) => f.name)
    .join(", ");
  const bound =
    node.window === null
      ? "for ever (said by keep)"
      : node.emit === "final"
        ? "until its window closes"
        : node.correctMs === Number.POSITIVE_INFINITY
          ? "for ever (late rows correct it)"
          : "until late rows can no longer correct it";
  return `one row for each ${key === "" ? "(nothing: one row)" : key}, ${bound}`;
}

/** What the author of a program should hear of, each with its place; the program runs all the same. */
export function planNotes(plan: ResolvedPlan): readonly string[] {
  return plan.nodes.flatMap((node) => {
    if (!("lambda" in node)) return [];
    const { captured } = plan.captured(node);
    // Names from outside: the engine cannot see their values, so the plan's hash covers all modules.
    return captured.length === 0
      ? []
      : [
          `${node.at}: the lambda of ${node.kind} captures ${captured.join(", ")}: any edit of the program's modules makes a new plan; values are better passed as parameters`,
        ];
  });
}

/** The plan as indented text. */
export function explainText({ app, hash, nodes }: Explained): string {
  const lines = [`${app}  plan ${hash}`];
  for (const node of nodes) {
    lines.push(
      "",
      `${node.kind} ${node.id}${node.inputs.length === 0 ? "" : `  <- ${node.inputs.join(", ")}`}    ${node.at}`,
    );
    lines.push(`  columns  ${node.columns.join(", ")}`);
    if (node.unread.length > 0) lines.push(`  unread   ${node.unread.join(", ")}`);
    if (node.lambda !== null) {
      const { path, reads, why, captured } = node.lambda;
      lines.push(
        `  lambda   ${path === "compiled" ? "compiled into the loop" : "called for each row"}, reads ${reads === "all" ? "all columns" : reads.length === 0 ? "no columns" : reads.join(", ")}`,
      );
      if (captured.length > 0)
        lines.push(
          `           captures ${captured.join(", ")}: any edit of the program's modules makes a new plan; pass values as parameters instead`,
        );
      else if (why !== null) lines.push(`           not analysed: ${why}`);
    }
    if (node.state !== null) lines.push(`  state    ${node.state}`);
    if (node.order === "arrival") lines.push("  order    arrival: a replay uses the journal's epochs");
  }
  return `${lines.join("\n")}\n`;
}
