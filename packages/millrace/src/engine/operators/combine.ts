/**
 * Before an aggregate's exchange: rows are added up to groups where they are, and the groups travel, one for each key and
 * window instead of one for each row. The result is the same: aggregators are exact and order-free, and merging is adding.
 *
 *   rows -> those the aggregate takes in -> groups of this epoch --at its end--> exchange -> merged
 *                     where keys hardly repeat, that would only be more work:
 *                     `-> exchange -> added
 */
import type { Batch } from "../../batch/batch.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Rows } from "../rows.js";
import { GroupState } from "../state/group-state.js";
import { Admission } from "./admission.js";
import type { Consumer, Operator, TaskContext } from "./operator.js";

/** So many rows are added up before it is judged whether their keys repeat. */
const TRIAL_ROWS = 16_384;
/** Rows a group must have on the average. */
const ROWS_A_GROUP_MIN = 2;
/** After keys that hardly repeat, rows of so many epochs travel as they are. */
const PASSING_EPOCHS = 16;

export class CombineOperator implements Operator {
  readonly id: string;
  readonly #groups: GroupState;
  readonly #admission: Admission;
  readonly #rowsOut: Consumer;
  readonly #groupsOut: Consumer;
  #rowsIn = 0;
  /** Epochs whose rows still travel as they are. */
  #passing = 0;

  /** rows, groups: the exchanges of either. */
  constructor(id: string, spec: AggregateColumns, rows: Consumer, groups: Consumer, context: TaskContext) {
    this.id = id;
    this.#groups = new GroupState(spec);
    this.#admission = new Admission(id, spec.node, context);
    this.#rowsOut = rows;
    this.#groupsOut = groups;
  }

  push(rows: Rows): void {
    if (this.#passing > 0) {
      this.#rowsOut.push(rows, 0);
      return;
    }
    const admitted = this.#admission.admit(rows);
    if (admitted.batch.length === 0) return;
    this.#groups.add(admitted);
    this.#rowsIn += admitted.batch.length;
    if (this.#rowsIn < TRIAL_ROWS || this.#rowsIn >= ROWS_A_GROUP_MIN * this.#groups.count) return;
    this.#send();
    this.#passing = PASSING_EPOCHS;
  }

  /** At the end of an epoch's rows, before they are exchanged. */
  flush(): void {
    this.#send();
    if (this.#passing > 0) this.#passing--;
  }

  #send(): void {
    for (const groups of this.#groups.save()) this.#groupsOut.push(asRows(groups), 0);
    this.#groups.clear();
    this.#rowsIn = 0;
  }
}

/** Groups on their way: they have no place, and need none. */
function asRows(batch: Batch): Rows {
  const time = new Int32Array(2 * batch.length);
  const origin = { stream: "", partition: 0 };
  return { batch, time, lateBy: null, origin, base: 0, index: null, via: [], sub: null };
}
