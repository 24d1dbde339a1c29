/** late(): only the rows behind their own partition's watermark; from here on they are ordinary rows. */
import type { Rows } from "../rows.js";
import { takeRows } from "../rows.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

export class LateOperator implements Operator {
  readonly id: string;
  readonly #out: readonly Edge[];

  constructor(id: string, out: readonly Edge[]) {
    this.id = id;
    this.#out = out;
  }

  push(rows: Rows): void {
    const { lateBy } = rows;
    if (lateBy === null) return;
    const selected = new Int32Array(rows.batch.length);
    let n = 0;
    for (let i = 0; i < lateBy.length; i++) if ((lateBy[i] as number) > 0) selected[n++] = i;
    if (n === 0) return;
    emit(this.#out, { ...takeRows(rows, selected, n), lateBy: null });
  }
}
