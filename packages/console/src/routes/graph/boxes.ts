/** The plan's nodes as boxes: what runs as one operator is one box; rule sets and tables stand beside what reads them. */
import type { GraphAnswer, GraphNode } from "millrace/client";
import { baseName } from "../../ui/format.js";
import type { Direction, Placed } from "./layout.js";
import { layered } from "./layout.js";

export interface Box {
  readonly id: string;
  /** Nodes that run in it, in their order. */
  readonly steps: readonly GraphNode[];
  readonly kind: string;
  readonly title: string;
  /** Positions of its nodes in the numbers. */
  readonly nodes: readonly number[];
  /** Positions of edges into it, and out of it, in the numbers. */
  readonly into: readonly number[];
  readonly outOf: readonly number[];
}

export interface Way {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Positions in the numbers. */
  readonly edges: readonly number[];
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly ways: readonly Way[];
}

export interface Layout {
  readonly direction: Direction;
  readonly places: ReadonlyMap<string, Placed>;
  readonly width: number;
  readonly height: number;
}

export const BOX = { width: 190, height: 74 } as const;

/** The direction that fits a space best. */
export function layoutFor(
  { boxes, ways }: Drawing,
  space: { readonly width: number; readonly height: number },
): Layout {
  const ids = boxes.map(({ id }) => id);
  const [best] = (["right", "down"] as const)
    .map((direction) => ({ direction, ...layered(ids, ways, BOX, direction) }))
    .sort((a, b) => scaleIn(b, space) - scaleIn(a, space));
  return best as Layout;
}

function scaleIn(layout: Layout, space: { readonly width: number; readonly height: number }): number {
  return Math.min(1, space.width / layout.width, space.height / layout.height);
}

export function drawingOf({ nodes, edges }: GraphAnswer): Drawing {
  const operatorOf = new Map(nodes.map(({ id, operator }) => [id, operator]));
  const ways = new Map<string, { from: string; to: string; edges: number[] }>();
  edges.forEach((edge, k) => {
    const from = operatorOf.get(edge.from) as string;
    const to = operatorOf.get(edge.to) as string;
    if (from === to) return;
    const id = `${from} > ${to}`;
    const way = ways.get(id) ?? { from, to, edges: [] };
    way.edges.push(k);
    ways.set(id, way);
  });
  const found = [...ways].map(([id, way]) => ({ id, ...way }));
  return { boxes: [...new Set(operatorOf.values())].map((id) => boxOf(id, nodes, found)), ways: found };
}

function boxOf(id: string, nodes: readonly GraphNode[], ways: readonly Way[]): Box {
  const positions = nodes.flatMap(({ operator }, k) => (operator === id ? [k] : []));
  const steps = positions.map((k) => nodes[k] as GraphNode);
  const [first] = steps as [GraphNode];
  return {
    id,
    steps,
    kind: kindOf(steps),
    title: titleOf(steps),
    nodes: positions,
    into: ways.filter(({ to }) => to === first.operator).flatMap(({ edges }) => edges),
    // Each way out carries the same rows: the first counts.
    outOf: ways.find(({ from }) => from === first.operator)?.edges ?? [],
  };
}

/** What has a name of its own in the program. */
const NAMED: Readonly<Record<string, string>> = {
  stream: "stream in",
  "stream out": "stream out",
  table: "table",
  rules: "rule set",
  view: "view",
};

const VERBS: Readonly<Record<string, string>> = {
  aggregate: "aggregate",
  flatMap: "flat map",
  tableFilter: "filter of a table",
  tableWith: "with of a table",
};

function kindOf(steps: readonly GraphNode[]): string {
  const [first] = steps as [GraphNode];
  if (steps.length > 1) return `${steps.length} steps in one loop`;
  return NAMED[first.kind] ?? (first.kind === "aggregate" ? "aggregate" : first.name);
}

function titleOf(steps: readonly GraphNode[]): string {
  const [first] = steps as [GraphNode];
  if (NAMED[first.kind] !== undefined) return first.name;
  if (first.kind === "aggregate" && first.state !== null)
    return first.state.replace(/,[^,]*$/, "").replace(/^one row for each /, "by ");
  return steps.map(({ kind }) => VERBS[kind] ?? kind).join(", ");
}

/** app.ts:13 */
export function placeText(at: string): string {
  return baseName(at);
}
