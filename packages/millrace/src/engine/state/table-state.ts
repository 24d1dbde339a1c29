/**
 * A table's rows by key, the last of each: what a lookup finds. Two keys are equal when their values are: whole numbers
 * of any width, decimals of any scale, 0 and -0. As in SQL null equals nothing; nor does NaN, which is no key anywhere.
 */
import type { Batch } from "../../batch/batch.js";
import { columnOf } from "../../batch/batch.js";
import { valueAt } from "../../batch/read.js";
import { takeBatch } from "../../batch/take.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { TableNode } from "../../plan/nodes/node.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { GroupTable } from "./group-table.js";
import { KeyLayout } from "./key-layout.js";
import { own } from "./own-value.js";

export type TableRow = Readonly<Record<string, Value>>;

export class TableState {
  readonly #key: readonly string[];
  readonly #layout: KeyLayout;
  readonly #table: GroupTable;
  /** By group. */
  readonly #rows: TableRow[] = [];

  constructor({ key, schema }: TableNode) {
    this.#key = key;
    const types = key.map((name) => (schema.fields.find((f) => f.name === name) as Field).type);
    this.#layout = new KeyLayout(types.map((type, k) => field(String(k), comparable(type))));
    this.#table = new GroupTable(this.#layout.width);
  }

  apply(batch: Batch): void {
    const rows = this.#withKey(batch);
    const n = rows.length;
    const { width } = this.#table;
    const keys = new Int32Array(n * width);
    const groups = new Int32Array(n);
    this.#layout.encode(this.#keyOf(rows), n, keys, width);
    this.#table.assign(keys, n, groups);
    for (let i = 0; i < n; i++) this.#rows[groups[i] as number] = ownRow(rows, i);
  }

  /**
   * For each row of other columns the number of the table's row, for `row`; -1 where there is none.
   * vectors, fields: one for each key column, in the key's order.
   */
  find(vectors: readonly Vector[], fields: readonly Field[], n: number): Int32Array {
    const keys = new Int32Array(n * this.#table.width);
    const numbers = new Int32Array(n);
    const absent = new Uint8Array(n);
    this.#layout.probe(vectors, fields, n, keys, absent);
    this.#table.find(keys, n, numbers);
    for (let i = 0; i < n; i++) if (absent[i] === 1) numbers[i] = -1;
    return numbers;
  }

  row(number: number): TableRow {
    return this.#rows[number] as TableRow;
  }

  /** Without the rows whose key holds what equals nothing. */
  #withKey(batch: Batch): Batch {
    const selected = new Int32Array(batch.length);
    let n = 0;
    const vectors = this.#keyOf(batch);
    for (let i = 0; i < batch.length; i++) if (vectors.every((vector) => isKey(vector, i))) selected[n++] = i;
    return n === batch.length ? batch : takeBatch(batch, selected, n);
  }

  #keyOf(batch: Batch): readonly Vector[] {
    return this.#key.map((name) => columnOf(batch, name));
  }
}

/** What two columns are compared as: `family` in plan/schemas says which may be. */
function comparable(type: ColumnType): ColumnType {
  return type.kind === "int32" || type.kind === "int" || type.kind === "timestamp" ? { kind: "int64" } : type;
}

function isKey(vector: Vector, row: number): boolean {
  return isValid(vector, row) && !(vector.kind === "float64" && Number.isNaN(vector.values[row]));
}

/** Frozen, and holding no batch alive. */
function ownRow(batch: Batch, row: number): TableRow {
  const object: Record<string, Value> = {};
  batch.schema.fields.forEach(({ name, type }, k) => {
    const vector = batch.columns[k] as Vector;
    object[name] = own(vector, row, valueAt(vector, type, row));
  });
  return Object.freeze(object);
}
