/**
 * countDistinct: exact, of values of any type. Every distinct value of every group is a key (group, value) in one table;
 * about 12 bytes each and those of the value, texts once for all groups.
 */

import { takeVector } from "../../batch/take.js";
import type { Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { GroupTable } from "./group-table.js";
import { KeyLayout } from "./key-layout.js";
import { regrouped } from "./regrouped.js";

/** Types whose values are saved as the text that tells them apart. */
const BY_TEXT: ReadonlySet<string> = new Set(["list", "struct", "open", "binary"]);

export class DistinctAggregator implements Aggregator {
  readonly fields: readonly Field[];
  readonly #layout: KeyLayout;
  /** Words of a value, then its group. */
  readonly #table: GroupTable;
  #counts = new Float64Array(0);

  constructor(name: string, type: ColumnType) {
    const saved: ColumnType = BY_TEXT.has(type.kind) ? { kind: "string" } : type;
    this.fields = [field(name, { kind: "list", item: field("item", saved) })];
    this.#layout = new KeyLayout([field(name, type)]);
    this.#table = new GroupTable(this.#layout.width + 1);
  }

  get bytes(): number {
    return this.#counts.byteLength + this.#table.bytes + this.#layout.bytes;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#counts = regrouped(this.#counts, new Float64Array(capacity), kept);
    if (kept !== null) this.#keep(kept);
  }

  add(_rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    if (vector.validity === null) {
      this.#addAll(vector, groups);
      return;
    }
    const rows = new Int32Array(vector.length);
    let n = 0;
    for (let i = 0; i < vector.length; i++) if (isValid(vector, i)) rows[n++] = i;
    this.#addAll(
      takeVector(vector, rows, n),
      rows.subarray(0, n).map((row) => groups[row] as number),
    );
  }

  result(group: number): Value {
    return this.#counts[group] as number;
  }

  save(groups: Int32Array): readonly Vector[] {
    const { width, words, count } = this.#table;
    const offsets = new Int32Array(groups.length + 1);
    const listOf = new Int32Array(this.#counts.length).fill(-1);
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as number;
      listOf[group] = i;
      offsets[i + 1] = (offsets[i] as number) + (this.#counts[group] as number);
    }
    const next = offsets.slice();
    const starts = new Int32Array(offsets[groups.length] as number);
    for (let entry = 0; entry < count; entry++) {
      const list = listOf[words[width * entry + width - 1] as number] as number;
      if (list < 0) continue;
      starts[next[list] as number] = width * entry;
      next[list] = (next[list] as number) + 1;
    }
    const child = this.#layout.vector(words, starts, 0);
    return [{ kind: "list", length: groups.length, validity: null, offsets, child }];
  }

  merge([lists]: readonly Vector[], groups: Int32Array): void {
    if (lists?.kind !== "list") return;
    const from = lists.offsets[0] as number;
    const to = lists.offsets[lists.length] as number;
    const groupOf = new Int32Array(to - from);
    for (let i = 0; i < lists.length; i++)
      groupOf.fill(groups[i] as number, (lists.offsets[i] as number) - from, (lists.offsets[i + 1] as number) - from);
    const items = Int32Array.from(groupOf, (_, k) => from + k);
    this.#addAll(takeVector(lists.child, items, items.length), groupOf);
  }

  /** Values without nulls. */
  #addAll(vector: Vector, groups: Int32Array): void {
    const n = vector.length;
    const { width } = this.#table;
    const keys = new Int32Array(width * n);
    this.#layout.encode([vector], n, keys, width);
    for (let i = 0; i < n; i++) keys[width * i + width - 1] = groups[i] as number;
    const entries = new Int32Array(n);
    const before = this.#table.count;
    this.#table.assign(keys, n, entries);
    const { words } = this.#table;
    for (let entry = before; entry < this.#table.count; entry++) {
      const group = words[width * entry + width - 1] as number;
      this.#counts[group] = (this.#counts[group] as number) + 1;
    }
  }

  #keep(kept: Int32Array): void {
    const { width, words, count } = this.#table;
    const groupOf = new Map(Array.from(kept, (group, j) => [group, j]));
    const entries: number[] = [];
    for (let entry = 0; entry < count; entry++)
      if (groupOf.has(words[width * entry + width - 1] as number)) entries.push(entry);
    this.#table.keep(Int32Array.from(entries), (left, n) => {
      for (let entry = 0; entry < n; entry++) {
        const at = width * entry + width - 1;
        left[at] = groupOf.get(left[at] as number) as number;
      }
      this.#layout.compact(left, n, width);
    });
  }
}
