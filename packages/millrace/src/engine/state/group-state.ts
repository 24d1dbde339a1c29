/** All groups of one aggregate: keys, running values, and which of them changed or may close. */
import { hashValues } from "../../batch/hash.js";
import type { Vector } from "../../batch/vector.js";
import type { AggregateColumns } from "../../plan/schemas.js";
import type { Value } from "../../schema/types.js";
import type { OperatorState, SavedKey } from "../operators/operator.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { GroupTable } from "./group-table.js";
import { grown } from "./grown.js";
import { KeyColumn } from "./key-column.js";
import { makeAggregator } from "./make-aggregator.js";
import { loadValue, saveValue } from "./saved-value.js";

/** Below this many dead groups nothing is compacted. */
const COMPACT_MIN = 1024;

export class GroupState implements OperatorState {
  readonly #spec: AggregateColumns;
  readonly #columns: readonly KeyColumn[];
  readonly #aggregators: readonly Aggregator[];
  #table: GroupTable;
  /** 1: changed since the last `takeTouched`. */
  #touched = new Uint8Array(0);
  #touchedGroups: number[] = [];
  /** 1: forgotten, waiting for `compact`. */
  #dead = new Uint8Array(0);
  #deadCount = 0;
  /** Window start -> its groups; empty without windows. */
  #windows = new Map<number, number[]>();

  constructor(spec: AggregateColumns) {
    this.#spec = spec;
    this.#columns = spec.key.map((f) => new KeyColumn(f.type));
    this.#aggregators = spec.node.aggs.map((agg, a) => makeAggregator(agg, spec.columns[a]?.type ?? null));
    this.#table = new GroupTable(this.#columns.length);
    this.#grow();
  }

  get keys(): number {
    return this.#table.count - this.#deadCount;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  keyColumn(column: number): KeyColumn {
    return this.#columns[column] as KeyColumn;
  }

  /** keys: a double a row for each key column; columns: what each aggregate adds. */
  add(rows: Rows, keys: readonly Float64Array[], columns: readonly (Vector | null)[]): void {
    const n = rows.batch.length;
    const groups = new Int32Array(n);
    const before = this.#table.count;
    this.#table.assign(keys, n, groups);
    this.#grow();
    for (let group = before; group < this.#table.count; group++) this.#opened(group);
    for (let a = 0; a < this.#aggregators.length; a++)
      (this.#aggregators[a] as Aggregator).add(rows, columns[a] ?? null, groups);
    if (this.#spec.node.emit !== "updates") return;
    for (let i = 0; i < n; i++) {
      const group = groups[i] as number;
      if (this.#touched[group] === 1) continue;
      this.#touched[group] = 1;
      this.#touchedGroups.push(group);
    }
  }

  result(aggregate: number, group: number): Value {
    return (this.#aggregators[aggregate] as Aggregator).result(group);
  }

  keyValues(group: number): Value[] {
    return this.#columns.map((column, c) => column.decode(this.#table.key(c, group)));
  }

  takeTouched(): readonly number[] {
    const groups = this.#touchedGroups;
    for (const group of groups) this.#touched[group] = 0;
    this.#touchedGroups = [];
    return groups;
  }

  /** Groups whose window ends at or before `watermark`, by window. */
  closed(watermark: number, sizeMs: number): readonly number[] {
    const starts = [...this.#windows.keys()].filter((start) => start + sizeMs <= watermark).sort((a, b) => a - b);
    return starts.flatMap((start) => this.#windows.get(start) as number[]);
  }

  forget(groups: readonly number[]): void {
    if (groups.length === 0) return;
    for (const group of groups) {
      this.#dead[group] = 1;
      this.#windows.delete(this.#windowStart(group));
    }
    this.#deadCount += groups.length;
    if (this.#deadCount >= COMPACT_MIN && 2 * this.#deadCount > this.#table.count) this.#compact();
  }

  *save(): Iterable<SavedKey> {
    for (let group = 0; group < this.#table.count; group++) {
      if (this.#dead[group] === 1) continue;
      const key = this.keyValues(group);
      yield {
        hash: this.#hash(key),
        value: [key.map(saveValue), this.#aggregators.map((aggregator) => aggregator.save(group))],
      };
    }
  }

  load(saved: SavedKey): void {
    const [key, aggregates] = saved.value as [unknown[], unknown[]];
    const doubles = this.#columns.map((column, c) =>
      Float64Array.of(column.encodeValue(loadValue(column.type, key[c]))),
    );
    const group = new Int32Array(1);
    const before = this.#table.count;
    this.#table.assign(doubles, 1, group);
    this.#grow();
    if (this.#table.count > before) this.#opened(before);
    this.#aggregators.forEach((aggregator, a) => {
      aggregator.load(group[0] as number, aggregates[a]);
    });
  }

  /** The exchange's hash: of the key columns, without the window. */
  #hash(key: readonly Value[]): number {
    const fields = this.#spec.key.slice(0, this.#spec.node.key.length);
    return hashValues(
      fields.map((f) => f.type),
      key,
    );
  }

  #opened(group: number): void {
    if (this.#spec.node.window === null) return;
    const start = this.#windowStart(group);
    const groups = this.#windows.get(start);
    if (groups === undefined) this.#windows.set(start, [group]);
    else groups.push(group);
  }

  #windowStart(group: number): number {
    return this.#table.key(this.#columns.length - 1, group);
  }

  #grow(): void {
    const { capacity } = this.#table;
    if (this.#dead.length >= capacity) return;
    this.#dead = grown(this.#dead, new Uint8Array(capacity));
    this.#touched = grown(this.#touched, new Uint8Array(capacity));
    for (const aggregator of this.#aggregators) aggregator.ensure(capacity);
  }

  /** A new table of the living groups, and of the key values they use. Runs between epochs: nothing is touched. */
  #compact(): void {
    const kept: number[] = [];
    for (let group = 0; group < this.#table.count; group++) if (this.#dead[group] === 0) kept.push(group);
    const keys = this.#columns.map((column, c) => {
      const doubles = Float64Array.from(kept, (group) => this.#table.key(c, group));
      const renumber = column.compact(doubles);
      return doubles.map(renumber);
    });
    const groups = Int32Array.from(kept);
    for (const aggregator of this.#aggregators) aggregator.compact(groups);
    this.#table = new GroupTable(this.#columns.length);
    this.#table.assign(keys, kept.length, new Int32Array(kept.length));
    this.#dead = new Uint8Array(0);
    this.#touched = new Uint8Array(0);
    this.#deadCount = 0;
    this.#windows = new Map();
    this.#grow();
    for (let group = 0; group < this.#table.count; group++) this.#opened(group);
  }
}
