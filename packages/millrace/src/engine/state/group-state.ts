/**
 * All groups of one aggregate: keys, running values, and which of them changed or are over.
 *
 *   rows -> words of the key (+ number of the window) -> group numbers -> each aggregator adds
 *
 * Memory follows the groups: once more than half of them are forgotten, what is left is numbered anew, and texts, windows
 * and running values of the others are given back.
 */
import type { Batch } from "../../batch/batch.js";
import { columnOf, makeBatch } from "../../batch/batch.js";
import type { Vector } from "../../batch/vector.js";
import { setInt64Number } from "../../batch/vector.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Schema } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { GroupTable } from "./group-table.js";
import { KeyLayout } from "./key-layout.js";
import { makeAggregators } from "./make-aggregator.js";
import { Panes } from "./panes.js";
import { regrouped } from "./regrouped.js";

/** Below this many forgotten groups nothing is compacted. */
const COMPACT_MIN = 1024;
/** Groups of a saved batch. */
const SAVED_ROWS = 65_536;

export class GroupState {
  /** Columns of saved groups: the key's, then the aggregators'. */
  readonly schema: Schema;
  readonly #spec: AggregateColumns;
  readonly #layout: KeyLayout;
  readonly #panes: Panes | null;
  readonly #aggregators: readonly Aggregator[];
  readonly #table: GroupTable;
  /** Groups there is room for in everything that hangs on them. */
  #capacity = 0;
  /** 1: changed since the last `takeTouched`. */
  #touched = new Uint8Array(0);
  #touchedGroups: number[] = [];
  /** 1: forgotten, waiting for `compact`. */
  #dead = new Uint8Array(0);
  #deadCount = 0;
  #keys = new Int32Array(0);
  #groups = new Int32Array(0);

  constructor(spec: AggregateColumns) {
    const { window, key } = spec.node;
    this.#spec = spec;
    this.#layout = new KeyLayout(spec.key.slice(0, key.length));
    this.#panes = window === null ? null : new Panes(window.sizeMs);
    this.#aggregators = makeAggregators(spec);
    this.#table = new GroupTable(this.#layout.width + (window === null ? 0 : 1));
    this.schema = { fields: [...spec.key, ...this.#aggregators.flatMap((aggregator) => aggregator.fields)] };
    this.#resize(null);
  }

  get count(): number {
    return this.#table.count - this.#deadCount;
  }

  /** Memory held, about. */
  get bytes(): number {
    return this.#aggregators.reduce(
      (sum, aggregator) => sum + aggregator.bytes,
      this.#table.bytes + this.#layout.bytes + 2 * this.#capacity,
    );
  }

  /** Rows whose key columns hold no NaN. */
  add(rows: Rows): void {
    const { batch } = rows;
    const groups = this.#assign(batch, rows.time);
    for (let a = 0; a < this.#aggregators.length; a++) {
      const column = this.#spec.columns[a] ?? null;
      (this.#aggregators[a] as Aggregator).add(rows, column === null ? null : columnOf(batch, column.name), groups);
    }
    if (this.#spec.node.emit === "updates") this.#touch(groups, batch.length);
  }

  /** Takes in groups that `save` gave, here or elsewhere. changes: whether they count as changed. */
  merge(saved: Batch, changes: boolean): void {
    const groups = this.#assign(saved, this.#panes === null ? null : startsOf(columnOf(saved, "windowStart")));
    let at = this.#spec.key.length;
    for (const aggregator of this.#aggregators) {
      aggregator.merge(saved.columns.slice(at, at + aggregator.fields.length), groups);
      at += aggregator.fields.length;
    }
    if (changes && this.#spec.node.emit === "updates") this.#touch(groups, saved.length);
  }

  result(aggregate: number, group: number): Value {
    return (this.#aggregators[aggregate] as Aggregator).result(group);
  }

  /** The key's values, the window's start behind them. */
  keyValues(group: number): Value[] {
    const { words, width } = this.#table;
    const values = this.#spec.node.key.map((_, c) => this.#layout.value(words, width * group, c));
    if (this.#panes !== null) values.push(this.#panes.start(words[width * group + width - 1] as number));
    return values;
  }

  takeTouched(): readonly number[] {
    const groups = this.#touchedGroups;
    for (const group of groups) this.#touched[group] = 0;
    this.#touchedGroups = [];
    return groups;
  }

  /** Numbers of the windows that end at or before `watermark`, by start. */
  closed(watermark: number): readonly number[] {
    return this.#panes?.closed(watermark) ?? [];
  }

  groupsOf(window: number): readonly number[] {
    return this.#panes?.groups(window) ?? [];
  }

  /** Gives up windows that `closed` named. None of their groups is touched. */
  forget(windows: readonly number[]): void {
    for (const window of windows) {
      const groups = this.groupsOf(window);
      for (const group of groups) this.#dead[group] = 1;
      this.#deadCount += groups.length;
      this.#panes?.forget(window);
    }
    if (this.#deadCount >= COMPACT_MIN && 2 * this.#deadCount > this.#table.count) this.#compact();
  }

  /** All groups, in batches of `schema`. */
  *save(): Iterable<Batch> {
    const groups = this.#living();
    for (let from = 0; from < groups.length; from += SAVED_ROWS)
      yield this.#saveSome(groups.subarray(from, from + SAVED_ROWS));
  }

  /** Forgets everything. */
  clear(): void {
    if (this.#table.count === 0) return;
    this.takeTouched();
    for (const window of this.closed(Number.POSITIVE_INFINITY)) this.#panes?.forget(window);
    this.#keep(new Int32Array(0));
  }

  #saveSome(groups: Int32Array): Batch {
    const { words, width } = this.#table;
    const starts = groups.map((group) => width * group);
    const keys = this.#spec.node.key.map((_, c) => this.#layout.vector(words, starts, c));
    if (this.#panes !== null) {
      const times = new Int32Array(2 * groups.length);
      for (let i = 0; i < groups.length; i++)
        setInt64Number(times, i, this.#panes.start(words[(starts[i] as number) + width - 1] as number));
      keys.push({ kind: "int64", length: groups.length, validity: null, words: times });
    }
    const columns = [...keys, ...this.#aggregators.flatMap((aggregator) => aggregator.save(groups))];
    return makeBatch(this.schema, columns, groups.length);
  }

  /** The groups of all rows of a batch that has the key's columns; valid until the next call. */
  #assign(batch: Batch, times: Int32Array | null): Int32Array {
    const n = batch.length;
    const { width } = this.#table;
    if (this.#groups.length < n) {
      this.#groups = new Int32Array(n);
      this.#keys = new Int32Array(n * width);
    }
    const keys = this.#keys;
    const vectors = this.#spec.node.key.map((name): Vector => columnOf(batch, name));
    this.#layout.encode(vectors, n, keys, width);
    if (this.#panes !== null && times !== null) this.#panes.mark(times, n, keys, width, width - 1);
    const before = this.#table.count;
    this.#table.assign(keys, n, this.#groups);
    if (this.#table.capacity > this.#capacity) this.#resize(null);
    this.#open(before);
    return this.#groups;
  }

  /** Groups from `first` on belong to their windows. */
  #open(first: number): void {
    if (this.#panes === null) return;
    const { words, width, count } = this.#table;
    for (let group = first; group < count; group++)
      this.#panes.opened(words[width * group + width - 1] as number, group);
  }

  #touch(groups: Int32Array, n: number): void {
    for (let i = 0; i < n; i++) {
      const group = groups[i] as number;
      if (this.#touched[group] === 1) continue;
      this.#touched[group] = 1;
      this.#touchedGroups.push(group);
    }
  }

  #living(): Int32Array {
    const living = new Int32Array(this.count);
    let n = 0;
    for (let group = 0; group < this.#table.count; group++) if (this.#dead[group] === 0) living[n++] = group;
    return living;
  }

  #compact(): void {
    this.#keep(this.#living());
  }

  /** Runs between epochs: nothing is touched. */
  #keep(kept: Int32Array): void {
    const renumber = this.#panes?.renumber();
    this.#table.keep(kept, (words, n) => {
      const { width } = this.#table;
      if (renumber !== undefined)
        for (let at = width - 1; at < width * n; at += width) words[at] = renumber(words[at] as number);
      this.#layout.compact(words, n, width);
    });
    this.#deadCount = 0;
    this.#resize(kept);
    this.#open(0);
  }

  #resize(kept: Int32Array | null): void {
    this.#capacity = this.#table.capacity;
    this.#touched = regrouped(this.#touched, new Uint8Array(this.#capacity), kept);
    this.#dead = regrouped(this.#dead, new Uint8Array(this.#capacity), kept);
    for (const aggregator of this.#aggregators) aggregator.resize(this.#capacity, kept);
  }
}

function startsOf(column: Vector): Int32Array {
  return column.kind === "int64" ? column.words : new Int32Array(0);
}
