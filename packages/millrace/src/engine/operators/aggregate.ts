/**
 * Keyed aggregation, with or without tumbling windows.
 *
 *   input 0, rows:   those it takes in (`admission.ts`) -> groups -> each aggregator adds
 *   input 1, groups: saved groups of other instances, added up before the exchange (`combine.ts`) -> merged
 *   watermark:       emit "updates": a row for every group that changed
 *                    emit "final":   a row for every group whose window is over; then it is forgotten
 *
 * A window [s, e) closes when the watermark of the sources reaches e: a row still to come with an event time before e
 * would be late by its own partition's watermark, which is never less.
 * With `correctMs` late rows are taken in while e + correctMs is beyond their partition's watermark, and the group is
 * kept as long.
 */
import { describeError } from "../../base/errors.js";
import { jsonRow } from "../../log/dead-letters.js";
import type { AggregateNode } from "../../plan/nodes/node.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import { GroupState } from "../state/group-state.js";
import { Admission } from "./admission.js";
import type { ChangeSink } from "./change.js";
import type { SavedRows, StatefulOperator, StateTable, StateUse, TaskContext } from "./operator.js";

export const ROWS_INPUT = 0;
export const GROUPS_INPUT = 1;

const GROUPS = "groups";

export class AggregateOperator implements StatefulOperator {
  readonly id: string;
  readonly tables: readonly StateTable[];
  readonly #node: AggregateNode;
  readonly #spec: AggregateColumns;
  readonly #groups: GroupState;
  readonly #admission: Admission;
  readonly #out: readonly ChangeSink[];
  readonly #context: TaskContext;
  readonly #sizeMs: number;

  constructor(id: string, spec: AggregateColumns, out: readonly ChangeSink[], context: TaskContext) {
    this.id = id;
    this.#node = spec.node;
    this.#spec = spec;
    this.#sizeMs = spec.node.window?.sizeMs ?? 0;
    this.#groups = new GroupState(spec);
    this.#admission = new Admission(id, spec.node, context);
    this.#out = out;
    this.#context = context;
    this.tables = [{ name: GROUPS, key: spec.node.key, schema: this.#groups.schema }];
  }

  push(rows: Rows, input: number): void {
    if (input === GROUPS_INPUT) {
      this.#groups.merge(rows.batch, true);
      return;
    }
    const admitted = this.#admission.admit(rows);
    if (admitted.batch.length > 0) this.#groups.add(admitted);
  }

  watermark(time: number): void {
    if (this.#node.emit === "updates") {
      this.#emit(this.#groups.takeTouched());
      // Infinity less Infinity is no time at all.
      if (this.#node.correctMs !== Number.POSITIVE_INFINITY)
        this.#groups.forget(this.#groups.closed(time - this.#node.correctMs));
      return;
    }
    const closed = this.#groups.closed(time);
    for (const window of closed) this.#emit(this.#groups.groupsOf(window));
    this.#groups.forget(closed);
  }

  *checkpoint(): Iterable<SavedRows> {
    for (const rows of this.#groups.save()) yield { table: GROUPS, rows };
  }

  restore({ rows }: SavedRows): void {
    this.#groups.merge(rows, false);
  }

  describe(): StateUse {
    return { rows: this.#groups.count, bytes: this.#groups.bytes };
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
}
