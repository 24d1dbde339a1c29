/**
 * The program as a graph with live numbers: what the console draws. The shape follows from the plan alone; the numbers
 * count from the process's start, so that rates are differences of two answers.
 */
import type { Clock } from "../base/clock.js";
import { TIME_MAX, TIME_MIN } from "../base/time.js";
import { operatorHeads } from "../engine/build/chains.js";
import { planEdges } from "../engine/run/meter.js";
import type { TaskWork } from "../engine/run/work-totals.js";
import type { Runtime } from "../engine/runtime.js";
import { furthestWindowEnd } from "../engine/time/end-of-input.js";
import { partitionKey } from "../engine/time/watermarks.js";
import type { Log } from "../log/log.js";
import type { ExplainedNode } from "../plan/explain.js";
import { explainPlan } from "../plan/explain.js";
import type { PlanNode } from "../plan/nodes/node.js";
import type { ResolvedPlan } from "../plan/resolve.js";

export interface GraphNode extends Omit<ExplainedNode, "inputs"> {
  /** Unique in the graph; `name` is what messages and saved state call it. */
  readonly id: string;
  readonly name: string;
  /** Id of the first node of the operator that runs it. */
  readonly operator: string;
  /** Streams upstream. */
  readonly sources: readonly string[];
  /** Closes windows as event time moves on: waits for the slowest partition of its sources. */
  readonly waitsForTime: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

export interface GraphShape {
  readonly app: string;
  readonly plan: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Who holds event time back at a node, and so its windows open. */
export interface Culprit {
  readonly node: string;
  readonly stream: string;
  readonly partition: number;
  /** Epoch ms; null: nothing has come from that partition yet. */
  readonly watermark: number | null;
  /** The clock when its watermark last moved, epoch ms; null: not since the process started. */
  readonly since: number | null;
}

export interface GraphNumbers {
  /** The server's clock, epoch ms. */
  readonly at: number;
  readonly epoch: number;
  /** Epochs run since the process started; time running them, and writing and committing their results, ms. */
  readonly epochs: number;
  readonly runMs: number;
  readonly commitMs: number;
  readonly tasks: readonly TaskWork[];
  /** Time inside each node's operator, over all tasks, ms; in the order of `nodes`. Where several nodes run in one operator, the first has it. */
  readonly busyMs: readonly number[];
  /** Rows, or changes of rows, along each edge, over all tasks; in the order of `edges`. */
  readonly rows: readonly number[];
  readonly culprits: readonly Culprit[];
  /** "stream/partition" -> the clock when its watermark last moved; missing where it did not since the process started. */
  readonly movedAt: Readonly<Record<string, number>>;
}

export function graphShape(plan: ResolvedPlan): GraphShape {
  const ids = uniqueIds(plan);
  const heads = operatorHeads(plan.nodes);
  const id = (node: PlanNode): string => ids.get(node) as string;
  const explained = explainPlan(plan).nodes;
  const nodes = plan.nodes.map((node, k) => {
    const { inputs: _, ...own } = explained[k] as ExplainedNode;
    return {
      ...own,
      id: id(node),
      name: plan.id(node),
      operator: id(heads.get(node) as PlanNode),
      sources: plan.sources(node),
      waitsForTime: waitsForTime(node),
    };
  });
  const edges = planEdges(plan.nodes).map(({ from, to }) => ({ from: id(from), to: id(to) }));
  return { app: plan.app, plan: plan.hash, nodes, edges };
}

export function graphNumbers({ plan, log, engine }: Runtime, shape: GraphShape, clock: Clock): GraphNumbers {
  const { epochs, runMs, commitMs, tasks, busyMs, rows } = engine.work;
  const culprits = shape.nodes.flatMap(({ id, sources, waitsForTime: waits }, k) => {
    const found = waits ? slowest(sources, plan, engine.commit.watermarks) : null;
    return found === null || (found.watermark ?? TIME_MIN) >= lastClosing(plan.nodes[k] as PlanNode, sources, plan, log)
      ? []
      : [{ node: id, ...found, since: engine.work.movedAt.get(partitionKey(found.stream, found.partition)) ?? null }];
  });
  const movedAt = Object.fromEntries(engine.work.movedAt);
  const at = clock.now();
  return { at, epoch: engine.commit.epoch, epochs, runMs, commitMs, tasks, busyMs, rows, culprits, movedAt };
}

/** The watermark that closes every window that rows in the log can be in. */
function lastClosing(node: PlanNode, sources: readonly string[], plan: ResolvedPlan, log: Log): number {
  if (node.kind !== "aggregate" || node.window === null) return TIME_MIN;
  return furthestWindowEnd(node.window.sizeMs, sources, plan, log) + (node.emit === "final" ? 0 : node.correctMs);
}

/** The partition with the smallest watermark; null when there is none but at the end of time. */
function slowest(
  sources: readonly string[],
  plan: ResolvedPlan,
  watermarks: Readonly<Record<string, number>>,
): Pick<Culprit, "stream" | "partition" | "watermark"> | null {
  let least = TIME_MAX;
  let found: Pick<Culprit, "stream" | "partition" | "watermark"> | null = null;
  for (const stream of sources)
    for (let partition = 0; partition < plan.stream(stream).partitions; partition++) {
      const watermark = watermarks[partitionKey(stream, partition)] ?? TIME_MIN;
      if (watermark >= least) continue;
      least = watermark;
      found = { stream, partition, watermark: watermark === TIME_MIN ? null : watermark };
    }
  return found;
}

function waitsForTime(node: PlanNode): boolean {
  return (
    node.kind === "aggregate" &&
    node.window !== null &&
    (node.emit === "final" || node.correctMs !== Number.POSITIVE_INFINITY)
  );
}

/** Nodes without state may share a name: the second is NAME#2, in the plan's order. */
function uniqueIds(plan: ResolvedPlan): ReadonlyMap<PlanNode, string> {
  const seen = new Map<string, number>();
  return new Map(
    plan.nodes.map((node) => {
      const name = plan.id(node);
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      return [node, times === 1 ? name : `${name}#${times}`];
    }),
  );
}
