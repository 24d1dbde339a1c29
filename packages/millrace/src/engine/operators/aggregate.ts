/**
 * Keyed aggregation, with or without tumbling windows.
 *
 *   rows -> (drop late) -> key columns as doubles (+ window start) -> group numbers -> each aggregator adds
 *   at the epoch's end:  emit "updates": a row for every group that changed
 *                        emit "final":   a row for every group whose window the watermark has passed; then it is forgotten
 *
 * A window [s, e) closes when the watermark of the sources reaches e: a row still to come with an event time before e
 * would be late by its own partition's watermark, which is never less.
 * With `correctMs` late rows are taken in while e + correctMs is beyond their partition's watermark, and the group is
 * kept as long.
 */
import { describeError } from "../../base/errors.js";
import { rowAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import { jsonRow } from "../../log/dead-letters.js";
import type { AggregateNode } from "../../plan/nodes/node.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Field } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import { offsetOf, takeRows } from "../rows.js";
import { GroupState } from "../state/group-state.js";
import type { ChangeSink } from "./change.js";
import type { Operator, OperatorState, TaskContext } from "./operator.js";

export class AggregateOperator implements Operator {
  readonly id: string;
  readonly #node: AggregateNode;
  readonly #spec: AggregateColumns;
  readonly #groups: GroupState;
  readonly #out: readonly ChangeSink[];
  readonly #context: TaskContext;
  readonly #sizeMs: number;

  constructor(id: string, spec: AggregateColumns, out: readonly ChangeSink[], context: TaskContext) {
    this.id = id;
    this.#node = spec.node;
    this.#spec = spec;
    this.#sizeMs = spec.node.window?.sizeMs ?? 0;
    this.#groups = new GroupState(spec);
    this.#out = out;
    this.#context = context;
  }

  get state(): OperatorState {
    return this.#groups;
  }

  push(incoming: Rows): void {
    const rows = this.#usable(incoming);
    const n = rows.batch.length;
    if (n === 0) return;
    const { node, key } = this.#spec;
    const keys: Float64Array[] = [];
    for (let c = 0; c < node.key.length; c++) {
      const vector = this.#column(rows, (key[c] as Field).name);
      const doubles = new Float64Array(n);
      this.#groups.keyColumn(c).encode(vector, doubles);
      keys.push(doubles);
    }
    if (this.#sizeMs > 0) {
      const starts = new Float64Array(n);
      for (let i = 0; i < n; i++) starts[i] = Math.floor(int64AsNumber(rows.time, i) / this.#sizeMs) * this.#sizeMs;
      keys.push(starts);
    }
    this.#groups.add(
      rows,
      keys,
      this.#spec.columns.map((f) => (f === null ? null : this.#column(rows, f.name))),
    );
  }

  advance(watermark: number): void {
    if (this.#node.emit === "updates") {
      this.#emit(this.#groups.takeTouched());
      if (this.#sizeMs > 0 && this.#node.correctMs !== Number.POSITIVE_INFINITY)
        this.#groups.forget(this.#groups.closed(watermark - this.#node.correctMs, this.#sizeMs));
      return;
    }
    const closed = this.#groups.closed(watermark, this.#sizeMs);
    this.#emit(closed);
    this.#groups.forget(closed);
  }

  /** Without the late rows that are not to be taken in, and the rows whose key is no key. */
  #usable(rows: Rows): Rows {
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
      if (behind > 0 && !this.#correctable(rows, i, behind)) late++;
      else selected[kept++] = i;
    }
    if (late > 0) this.#context.count(`late/${this.id}`, late);
    return takeRows(rows, selected, kept);
  }

  #correctable(rows: Rows, row: number, behind: number): boolean {
    const { correctMs } = this.#node;
    if (correctMs === 0) return false;
    const time = int64AsNumber(rows.time, row);
    const end = (Math.floor(time / this.#sizeMs) + 1) * this.#sizeMs;
    return end + correctMs > time + behind;
  }

  /** 1 for rows whose key holds a NaN, which equals nothing, not even itself. */
  #refusedKeys(rows: Rows): Uint8Array | null {
    let refused: Uint8Array | null = null;
    for (const name of this.#node.key) {
      const vector = this.#column(rows, name);
      if (vector.kind !== "float64") continue;
      for (let i = 0; i < vector.length; i++) {
        if (!Number.isNaN(vector.values[i]) || !isValid(vector, i)) continue;
        refused ??= new Uint8Array(rows.batch.length);
        refused[i] = 1;
        this.#context.dead({
          operator: this.id,
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

  #emit(groups: readonly number[]): void {
    if (groups.length === 0) return;
    const changed: Value[][] = [];
    const failed: Value[][] = [];
    for (const group of groups) {
      const key = this.#groups.keyValues(group);
      const row = this.#sizeMs > 0 ? [...key, (key[key.length - 1] as number) + this.#sizeMs] : [...key];
      try {
        for (let a = 0; a < this.#spec.columns.length; a++) row.push(this.#groups.result(a, group));
        changed.push(row);
      } catch (error) {
        failed.push(key);
        this.#context.dead({
          operator: this.id,
          reason: describeError(error),
          stream: "",
          partition: 0,
          offset: 0,
          time: 0,
          row: jsonRow(Object.fromEntries(this.#spec.key.map((f, c) => [f.name, key[c] ?? null]))),
        });
      }
    }
    for (const sink of this.#out) sink.change(this.#spec.output, changed, failed);
  }

  #column(rows: Rows, name: string): Vector {
    return rows.batch.columns[fieldIndex(rows.batch.schema, name)] as Vector;
  }
}
