/**
 * Stream with table, as the table is now: every task holds the whole table, so the stream's rows need not move.
 * An epoch's table rows apply before its stream rows; the journal's offset vectors fix which those are, so a replay
 * joins the same rows ("arrival" order).
 */
import type { Batch } from "../../batch/batch.js";
import { rowAt, valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import type { LookupNode, TableNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Field, Schema } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Cursor } from "../compile/cursor.js";
import { makeCursor } from "../compile/cursor.js";
import type { Rows } from "../rows.js";
import { keyText } from "../state/key-text.js";
import { MadeRows } from "./made-rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

type Row = Readonly<Record<string, Value>>;

/** The last row of each key. */
export class TableState {
  readonly #key: readonly string[];
  readonly #rows = new Map<string, Row>();

  constructor(table: TableNode) {
    this.#key = table.key;
  }

  get size(): number {
    return this.#rows.size;
  }

  apply(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      const row = frozen(rowAt(batch, i)) as Row;
      const key = this.#key.map((name) => row[name] ?? null);
      // As in SQL, null equals nothing: no row of a stream finds it.
      if (!key.includes(null)) this.#rows.set(keyText(key), row);
    }
  }

  get(key: string): Row | null {
    return this.#rows.get(key) ?? null;
  }
}

export class LookupOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #node: LookupNode;
  readonly #table: TableState;
  readonly #output: Schema;
  readonly #cursor: Cursor;
  readonly #out: readonly Edge[];
  readonly #context: TaskContext;

  constructor(
    id: string,
    plan: ResolvedPlan,
    node: LookupNode,
    table: TableState,
    out: readonly Edge[],
    context: TaskContext,
  ) {
    this.id = id;
    this.#node = node;
    this.#table = table;
    this.#output = plan.schema(node);
    this.#cursor = makeCursor(plan.neededSchema(node.input));
    this.#out = out;
    this.#context = context;
  }

  push(rows: Rows): void {
    const { batch } = rows;
    const { lambda, how, table, on } = this.#node;
    // In the order of the table's key, whatever the order in `on`.
    const columns = table.key.map((name) => {
      const k = fieldIndex(batch.schema, (on.find(([, right]) => right === name) as readonly [string, string])[0]);
      return { vector: batch.columns[k] as Vector, type: (batch.schema.fields[k] as Field).type };
    });
    const made = new MadeRows(this.id, rows, this.#output, this.#context);
    this.#cursor.bind(batch);
    for (let i = 0; i < batch.length; i++) {
      const key = columns.map(({ vector, type }) => valueAt(vector, type, i));
      const right = key.includes(null) ? null : this.#table.get(keyText(key));
      if (right === null && how === "inner") continue;
      this.#cursor.at(i);
      made.attempt(i, () => lambda.fn(this.#cursor.row, right));
    }
    emit(this.#out, made.finish());
  }

  advance(): void {}
}

/** Lambdas are handed the table's own rows: none may change them for the next, lists inside them neither. */
function frozen(value: unknown): unknown {
  const plain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!plain && !Array.isArray(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
