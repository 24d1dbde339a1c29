/** What the tasks have done since this process started: for people and for the console, no result depends on it. */
import { TIME_MIN } from "../../base/time.js";
import type { PlanNode } from "../../plan/nodes/node.js";
import type { CommitRecord } from "../../view/store.js";
import type { EpochResult } from "./messages.js";
import { planEdges } from "./meter.js";

export interface TaskWork {
  readonly runMs: number;
  readonly waitMs: number;
}

export class WorkTotals {
  /** Rows along each edge of the plan, over all tasks; order of `planEdges`. */
  readonly rows: number[];
  /** Time inside each node's operator, over all tasks, ms; order of the plan's nodes. */
  readonly busyMs: number[];
  readonly tasks: TaskWork[] = [];
  epochs = 0;
  /** Time in which tasks ran an epoch, and in which its results were written and committed, ms. */
  runMs = 0;
  commitMs = 0;
  /** "stream/partition" -> clock at the commit that last moved its watermark; missing where none did yet. */
  readonly movedAt = new Map<string, number>();

  constructor(nodes: readonly PlanNode[]) {
    this.rows = planEdges(nodes).map(() => 0);
    this.busyMs = nodes.map(() => 0);
  }

  add(results: readonly EpochResult[], runMs: number, commitMs: number): void {
    this.epochs++;
    this.runMs += runMs;
    this.commitMs += commitMs;
    results.forEach(({ work }, task) => {
      const { runMs: ran, waitMs } = this.tasks[task] ?? { runMs: 0, waitMs: 0 };
      this.tasks[task] = { runMs: ran + work.runMs, waitMs: waitMs + work.waitMs };
      addTo(this.rows, work.rows);
      addTo(this.busyMs, work.busyMs);
    });
  }

  /** Notes which watermarks a commit has moved. */
  moved(before: CommitRecord, now: CommitRecord): void {
    for (const [key, watermark] of Object.entries(now.watermarks))
      if (watermark > (before.watermarks[key] ?? TIME_MIN)) this.movedAt.set(key, now.at);
  }
}

function addTo(totals: number[], by: readonly number[]): void {
  for (let k = 0; k < by.length; k++) totals[k] = (totals[k] ?? 0) + (by[k] as number);
}
