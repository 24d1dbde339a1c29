/**
 * What a task's operators do, counted where batches pass from one to the next: rows along each edge of the plan, and
 * the time each operator works. Two readings of the clock a batch, nothing a row.
 *
 *   source --edge 0--> filter --edge 1--> aggregate      push of edge 1 happens inside the push of edge 0:
 *   |.............|###########|::::::::::::::|##|....|   its time is the aggregate's (:), the rest the filter's (#)
 *
 * An operator that runs several nodes is timed at the first; edges between those nodes count nothing. Of two edges from
 * one node to another (a union that reads it twice) the first counts for both.
 */
import { elapsedMs } from "../../base/clock.js";
import type { PlanNode } from "../../plan/nodes/node.js";
import { inputsOf } from "../../plan/nodes/node.js";
import type { ChangeSink } from "../operators/change.js";
import type { Consumer } from "../operators/operator.js";

/** One task's work since the last report. Positions are those of `planEdges` and of the plan's nodes. */
export interface Work {
  /** Rows, or changes of keyed rows, that went along each edge. */
  readonly rows: readonly number[];
  /** Time inside each node's operator, ms, without those behind it. */
  readonly busyMs: readonly number[];
  /** From taking the epoch up to its result, ms. */
  readonly runMs: number;
  /** Of that, waiting for rows of other tasks. */
  readonly waitMs: number;
}

export interface PlanEdge {
  readonly from: PlanNode;
  readonly to: PlanNode;
}

/** Every edge of a plan, in an order that all tasks agree on. */
export function planEdges(nodes: readonly PlanNode[]): readonly PlanEdge[] {
  return nodes.flatMap((to) => inputsOf(to).map((from) => ({ from, to })));
}

interface Timed extends Consumer {
  watermark?(time: number): void;
}

export class Meter {
  readonly #edges: readonly PlanEdge[];
  readonly #nodes: ReadonlyMap<PlanNode, number>;
  #rows: number[];
  #busyMs: number[];
  #runMs = 0;
  #waitMs = 0;
  /** The node at work, by position; -1: none. */
  #current = -1;
  #since = 0;

  constructor(nodes: readonly PlanNode[]) {
    this.#edges = planEdges(nodes);
    this.#nodes = new Map(nodes.map((node, position) => [node, position]));
    this.#rows = this.#edges.map(() => 0);
    this.#busyMs = nodes.map(() => 0);
  }

  /** `to` as its consumer along one edge: counted and timed. */
  edge(from: PlanNode, node: PlanNode, to: Consumer): Consumer {
    const edge = this.#edgeOf(from, node);
    const timed = this.operator(node, to);
    return {
      push: (rows, input) => {
        this.#rows[edge] = (this.#rows[edge] as number) + rows.batch.length;
        timed.push(rows, input);
      },
    };
  }

  /** `to` as the sink of changes along one edge: counted and timed. */
  sink(from: PlanNode, node: PlanNode, to: ChangeSink): ChangeSink {
    const edge = this.#edgeOf(from, node);
    const position = this.#position(node);
    return {
      change: (schema, upserts, deletes) => {
        this.#rows[edge] = (this.#rows[edge] as number) + upserts.length + deletes.length;
        this.#timed(position, () => to.change(schema, upserts, deletes));
      },
    };
  }

  /** `to` timed as work of a node. */
  operator(node: PlanNode, to: Timed): Required<Timed> {
    const position = this.#position(node);
    return {
      push: (rows, input) => this.#timed(position, () => to.push(rows, input)),
      watermark: (time) => this.#timed(position, () => to.watermark?.(time)),
    };
  }

  /** Time of the task as a whole. */
  ran(runMs: number, waitMs: number): void {
    this.#runMs += runMs;
    this.#waitMs += waitMs;
  }

  /** What was done since the last call. */
  take(): Work {
    const work = { rows: this.#rows, busyMs: this.#busyMs, runMs: this.#runMs, waitMs: this.#waitMs };
    this.#rows = work.rows.map(() => 0);
    this.#busyMs = work.busyMs.map(() => 0);
    this.#runMs = 0;
    this.#waitMs = 0;
    return work;
  }

  #timed(position: number, work: () => void): void {
    const outer = this.#current;
    this.#switch(position);
    try {
      work();
    } finally {
      this.#switch(outer);
    }
  }

  #switch(to: number): void {
    const now = elapsedMs();
    if (this.#current >= 0) this.#busyMs[this.#current] = (this.#busyMs[this.#current] as number) + now - this.#since;
    this.#current = to;
    this.#since = now;
  }

  #edgeOf(from: PlanNode, to: PlanNode): number {
    return this.#edges.findIndex((edge) => edge.from === from && edge.to === to);
  }

  #position(node: PlanNode): number {
    return this.#nodes.get(node) as number;
  }
}
