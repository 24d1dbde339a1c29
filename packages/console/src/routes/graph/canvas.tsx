/** Boxes and ways drawn; can be moved and zoomed. Where things are follows from the plan; only numbers change. */
import type { Edge, EdgeProps, Node, NodeProps, ReactFlowInstance } from "@xyflow/react";
import { BaseEdge, Controls, EdgeLabelRenderer, getBezierPath, Handle, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import type { GraphNumbers } from "millrace/client";
import type { ReactElement } from "react";
import { memo, useEffect, useMemo, useRef } from "react";
import { useLivePart } from "../../client/live.js";
import { rateOf, shareOf } from "../../client/rates.js";
import { classes } from "../../ui/controls.js";
import { count, percent, rate, short, span } from "../../ui/format.js";
import type { IconName } from "../../ui/icon.js";
import { Icon } from "../../ui/icon.js";
import type { Box, Drawing, Layout, Way } from "./boxes.js";
import { BOX } from "./boxes.js";
import styles from "./canvas.module.css";
import type { Direction } from "./layout.js";

type BoxNode = Node<{ readonly box: Box; readonly chosen: boolean; readonly direction: Direction }, "box">;
type WayEdge = Edge<{ readonly way: Way }, "way">;

/** Smaller than this nobody reads it: a longer drawing is moved through. */
const READABLE = 0.62;
/** A box in sight is so far from the canvas's edge. */
const EDGE_PX = 24;

interface CanvasProps {
  readonly drawing: Drawing;
  readonly layout: Layout;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

export function Canvas({ drawing, layout, chosen, onChoose }: CanvasProps): ReactElement {
  const nodes = useMemo(
    (): BoxNode[] =>
      drawing.boxes.map((box) => {
        const { x, y } = layout.places.get(box.id) ?? { x: 0, y: 0 };
        return {
          id: box.id,
          type: "box",
          position: { x, y },
          width: BOX.width,
          height: BOX.height,
          data: { box, chosen: box.id === chosen, direction: layout.direction },
          ariaLabel: `${box.kind} ${box.title}`,
        };
      }),
    [drawing, layout, chosen],
  );
  const edges = useMemo(
    (): WayEdge[] =>
      drawing.ways.map((way) => ({
        id: way.id,
        source: way.from,
        target: way.to,
        type: "way",
        data: { way },
        focusable: false,
      })),
    [drawing],
  );
  const box = useRef<HTMLDivElement>(null);
  const flow = useRef<ReactFlowInstance<BoxNode, WayEdge> | null>(null);
  useEffect(() => {
    const place = chosen === null ? undefined : layout.places.get(chosen);
    if (place !== undefined) bringIntoSight(flow.current, box.current, place);
  }, [chosen, layout]);
  return (
    <div ref={box} className={styles.canvas}>
      <ReactFlow
        key={layout.direction}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        fitView
        onInit={(made) => {
          flow.current = made;
        }}
        fitViewOptions={{ minZoom: READABLE, maxZoom: 1.1, padding: 0.06 }}
        minZoom={0.2}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        deleteKeyCode={null}
        onNodeClick={(_event, { id }) => onChoose(id)}
        onPaneClick={() => onChoose(null)}
        onSelectionChange={({ nodes: [first] }) => {
          if (first !== undefined && first.id !== chosen) onChoose(first.id);
        }}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** Moves the drawing by no more than brings the box into sight. */
function bringIntoSight(
  flow: ReactFlowInstance<BoxNode, WayEdge> | null,
  canvas: HTMLElement | null,
  place: { readonly x: number; readonly y: number },
): void {
  if (flow === null || canvas === null) return;
  const { x, y, zoom } = flow.getViewport();
  const by = (from: number, size: number, room: number): number =>
    Math.max(EDGE_PX - from, 0) + Math.min(room - EDGE_PX - from - size, 0);
  const dx = by(place.x * zoom + x, BOX.width * zoom, canvas.clientWidth);
  const dy = by(place.y * zoom + y, BOX.height * zoom, canvas.clientHeight);
  if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom });
}

const ICONS: Readonly<Record<string, IconName>> = {
  stream: "streams",
  "stream out": "streams",
  view: "views",
  table: "views",
  rules: "rules",
  match: "filter",
  aggregate: "overview",
};

const BoxCard = memo(function BoxCard({ data: { box, chosen, direction } }: NodeProps<BoxNode>): ReactElement {
  const kind = box.steps[0]?.kind ?? "";
  const source = kind === "stream";
  const still = kind === "rules" || kind === "table";
  const held = useLivePart(
    ({ numbers }) => source && (numbers?.graph.culprits.some(({ stream }) => stream === box.id) ?? false),
  );
  const waits = useLivePart(({ numbers }) => (numbers === null ? "" : waitText(box, numbers.graph)));
  return (
    <div className={classes(styles.box, chosen && styles.chosen)} data-kind={kind} data-held={held}>
      <Handle type="target" position={direction === "right" ? Position.Left : Position.Top} isConnectable={false} />
      <div className={styles.head}>
        <Icon name={ICONS[kind] ?? "graph"} size={14} />
        <span className="clip" title={box.title}>
          {box.title}
        </span>
      </div>
      <p className={classes(styles.kind, waits !== "" && styles.waits, "clip")}>{waits === "" ? box.kind : waits}</p>
      {still ? <p className={styles.numbers}>read by the operator</p> : <BoxNumbers box={box} source={source} />}
      <BusyBar box={box} />
      <Handle type="source" position={direction === "right" ? Position.Right : Position.Bottom} isConnectable={false} />
    </div>
  );
});

/** Whom its windows wait for, and how long already; "" where they wait for nobody. */
function waitText({ steps }: Box, { at, culprits }: GraphNumbers): string {
  const culprit = culprits.find(({ node }) => steps.some(({ id }) => id === node));
  if (culprit === undefined) return "";
  const { stream, partition, since } = culprit;
  return `waits for ${stream}/${partition}${since === null ? "" : `, ${span(at - since)}`}`;
}

function BoxNumbers({ box, source }: { readonly box: Box; readonly source: boolean }): ReactElement {
  const name = box.id;
  const into = useLivePart(
    ({ samples }) =>
      Math.round(rateOf(samples, (s) => (source ? (s.streams[name] ?? 0) : sum(s.rows, box.into))) * 10) / 10,
  );
  const waiting = useLivePart(({ numbers }) =>
    source
      ? (numbers?.status.streams
          .find((one) => one.name === name)
          ?.partitions.reduce((n, p) => n + p.end - (p.processed ?? p.end), 0) ?? 0)
      : -1,
  );
  const total = useLivePart(({ samples }) => sum(samples.at(-1)?.rows ?? [], box.into));
  return (
    <p className={styles.numbers}>
      <span className={styles.rate}>{rate(into)}</span>
      {waiting >= 0 ? (
        <span className={waiting > 0 ? "warn" : "quiet"}>{short(waiting)} waiting</span>
      ) : (
        <span className="quiet" title={`${count(total)} rows since the start`}>
          {short(total)} in
        </span>
      )}
    </p>
  );
}

function BusyBar({ box }: { readonly box: Box }): ReactElement {
  const share = useLivePart(({ samples }) => Math.round(shareOf(samples, (s) => sum(s.busyMs, box.nodes)) * 200) / 200);
  return (
    <svg
      className={styles.busy}
      viewBox="0 0 100 3"
      preserveAspectRatio="none"
      role="img"
      aria-label={`busy ${percent(share)}`}
    >
      <title>busy {percent(share)} of the time</title>
      <rect width={share * 100} height="3" data-hot={share > 0.7} />
    </svg>
  );
}

const WayLine = memo(function WayLine(props: EdgeProps<WayEdge>): ReactElement {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data } = props;
  const edges = data?.way.edges ?? [];
  const perSecond = useLivePart(({ samples }) => Math.round(rateOf(samples, (s) => sum(s.rows, edges)) * 10) / 10);
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  return (
    <>
      <BaseEdge
        path={path}
        style={{
          strokeWidth: 1.2 + Math.min(5, Math.log10(1 + perSecond)),
          stroke: perSecond > 0 ? "var(--accent)" : "var(--edge)",
        }}
      />
      {perSecond > 0 ? (
        <EdgeLabelRenderer>
          <span
            className={styles.label}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            {rate(perSecond)}
          </span>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});

const NODE_TYPES = { box: BoxCard };
const EDGE_TYPES = { way: WayLine };

function sum(values: readonly number[], at: readonly number[]): number {
  return at.reduce((total, k) => total + (values[k] ?? 0), 0);
}
