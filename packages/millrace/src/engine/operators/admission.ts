/**
 * Which rows an aggregate takes in: not those whose key holds a NaN, which equals nothing, and of late ones those alone
 * that it is still to be corrected by. Asked twice, it gives the same rows and counts none of them again.
 */

import { columnOf } from "../../batch/batch.js";
import { rowAt } from "../../batch/read.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import { jsonRow } from "../../log/dead-letters.js";
import type { AggregateNode } from "../../plan/nodes/node.js";
import type { Rows } from "../rows.js";
import { offsetOf, takeRows } from "../rows.js";
import type { TaskContext } from "./operator.js";

export class Admission {
  readonly #id: string;
  readonly #node: AggregateNode;
  readonly #sizeMs: number;
  readonly #context: TaskContext;

  constructor(id: string, node: AggregateNode, context: TaskContext) {
    this.#id = id;
    this.#node = node;
    this.#sizeMs = node.window?.sizeMs ?? 0;
    this.#context = context;
  }

  admit(rows: Rows): Rows {
    const n = rows.batch.length;
    const refused = this.#refusedKeys(rows);
    const { lateBy } = rows;
    if (refused === null && (this.#sizeMs === 0 || lateBy === null)) return rows;
    const selected = new Int32Array(n);
    let kept = 0;
    let late = 0;
    for (let i = 0; i < n; i++) {
      if (refused?.[i] === 1) continue;
      const behind = this.#sizeMs === 0 ? 0 : (lateBy?.[i] ?? 0);
      if (behind > 0 && !this.#corrects(rows, i, behind)) late++;
      else selected[kept++] = i;
    }
    if (late > 0) this.#context.count(`late/${this.#id}`, late);
    return takeRows(rows, selected, kept);
  }

  #corrects(rows: Rows, row: number, behind: number): boolean {
    const { correctMs } = this.#node;
    if (correctMs === 0) return false;
    const time = int64AsNumber(rows.time, row);
    const end = (Math.floor(time / this.#sizeMs) + 1) * this.#sizeMs;
    return end + correctMs > time + behind;
  }

  /** 1 for rows whose key holds a NaN. */
  #refusedKeys(rows: Rows): Uint8Array | null {
    let refused: Uint8Array | null = null;
    for (const name of this.#node.key) {
      const vector = columnOf(rows.batch, name);
      if (vector.kind !== "float64") continue;
      for (let i = 0; i < vector.length; i++) {
        if (!Number.isNaN(vector.values[i]) || !isValid(vector, i)) continue;
        refused ??= new Uint8Array(rows.batch.length);
        refused[i] = 1;
        this.#context.dead({
          operator: this.#id,
          reason: `key column "${name}" is NaN`,
          ...rows.origin,
          offset: offsetOf(rows, i),
          time: int64AsNumber(rows.time, i),
          row: jsonRow(rowAt(rows.batch, i)),
        });
      }
    }
    return refused;
  }
}
