/** The place of the row that is first or last in each group so far, in columns. */

import { vectorOf } from "../../batch/layout.js";
import { stringAt } from "../../batch/strings.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import type { Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Rows } from "../rows.js";
import { compareVias, offsetOf } from "../rows.js";
import { regrouped } from "./regrouped.js";

export class Places {
  /** Rows of the last `add` or `merge` that took the place of their group, ascending: the last of a group's holds. */
  winners = new Int32Array(0);
  count = 0;
  readonly #isFirst: boolean;
  #isLed = false;
  readonly #streams: string[] = [];
  readonly #ways: (readonly number[])[] = [];
  readonly #wayNumbers = new Map<string, number>();
  #times = new Float64Array(0);
  /** Number in `#streams` + 1; 0: no row yet. */
  #stream = new Int32Array(0);
  #partitions = new Int32Array(0);
  #offsets = new Float64Array(0);
  /** Number in `#ways`. */
  #vias = new Int32Array(0);
  #subs = new Int32Array(0);

  constructor(kind: "first" | "last") {
    this.#isFirst = kind === "first";
  }

  get bytes(): number {
    return 32 * this.#times.length;
  }

  /** True for the first that asks. */
  takeLead(): boolean {
    const first = !this.#isLed;
    this.#isLed = true;
    return first;
  }

  resize(capacity: number, kept: Int32Array | null): void {
    this.#times = regrouped(this.#times, new Float64Array(capacity), kept);
    this.#stream = regrouped(this.#stream, new Int32Array(capacity), kept);
    this.#partitions = regrouped(this.#partitions, new Int32Array(capacity), kept);
    this.#offsets = regrouped(this.#offsets, new Float64Array(capacity), kept);
    this.#vias = regrouped(this.#vias, new Int32Array(capacity), kept);
    this.#subs = regrouped(this.#subs, new Int32Array(capacity), kept);
  }

  /** skipsNulls: rows where this column is null do not count. */
  add(rows: Rows, skipsNulls: Vector | null, groups: Int32Array): void {
    const n = rows.batch.length;
    this.#begin(n);
    const stream = this.#numberOf(rows.origin.stream);
    const via = this.#numberOfWay(rows.via.join());
    for (let i = 0; i < n; i++) {
      if (skipsNulls !== null && !isValid(skipsNulls, i)) continue;
      const time = int64AsNumber(rows.time, i);
      const group = groups[i] as number;
      // Most rows are decided by their time.
      if (this.#stream[group] !== 0) {
        const held = this.#times[group] as number;
        if (this.#isFirst ? time > held : time < held) continue;
      }
      this.#offer(i, group, time, stream, rows.origin.partition, offsetOf(rows, i), via, rows.sub?.[i] ?? 0);
    }
  }

  static fields(name: string): readonly Field[] {
    return [
      field(`${name}/time`, { kind: "float64" }),
      field(`${name}/stream`, { kind: "string" }, true),
      field(`${name}/partition`, { kind: "int32" }),
      field(`${name}/offset`, { kind: "float64" }),
      field(`${name}/via`, { kind: "string" }),
      field(`${name}/sub`, { kind: "int32" }),
    ];
  }

  /** The places of `groups` in the columns of `fields`; no stream where there is no row. */
  save(groups: Int32Array): readonly Vector[] {
    const base = { length: groups.length, validity: null };
    const doubles = (from: Float64Array): Vector => ({
      kind: "float64",
      ...base,
      values: Float64Array.from(groups, (group) => from[group] as number),
    });
    const ints = (from: Int32Array): Vector => ({
      kind: "int32",
      ...base,
      values: groups.map((group) => from[group] as number),
    });
    const ways = Array.from(groups, (group) => this.#ways[this.#vias[group] as number]?.join() ?? "");
    const names = Array.from(groups, (group) => this.#streams[(this.#stream[group] as number) - 1] ?? null);
    return [
      doubles(this.#times),
      vectorOf({ kind: "string" }, names),
      ints(this.#partitions),
      doubles(this.#offsets),
      vectorOf({ kind: "string" }, ways),
      ints(this.#subs),
    ];
  }

  /** Takes in what `save` gave: row i for group groups[i]. */
  merge(columns: readonly Vector[], groups: Int32Array): void {
    const [times, streams, partitions, offsets, vias, subs] = columns as readonly Vector[];
    if (
      times?.kind !== "float64" ||
      (streams?.kind !== "dict" && streams?.kind !== "utf8") ||
      partitions?.kind !== "int32" ||
      offsets?.kind !== "float64" ||
      (vias?.kind !== "dict" && vias?.kind !== "utf8") ||
      subs?.kind !== "int32"
    )
      return;
    this.#begin(times.length);
    for (let i = 0; i < times.length; i++) {
      if (!isValid(streams, i)) continue;
      this.#offer(
        i,
        groups[i] as number,
        times.values[i] as number,
        this.#numberOf(stringAt(streams, i)),
        partitions.values[i] as number,
        offsets.values[i] as number,
        this.#numberOfWay(stringAt(vias, i)),
        subs.values[i] as number,
      );
    }
  }

  #begin(rows: number): void {
    if (this.winners.length < rows) this.winners = new Int32Array(rows);
    this.count = 0;
  }

  /** Row `row` takes the group's place if its own is before (first) or after (last) it. */
  #offer(
    row: number,
    group: number,
    time: number,
    stream: number,
    partition: number,
    offset: number,
    via: number,
    sub: number,
  ): void {
    if (this.#stream[group] !== 0) {
      const order =
        time - (this.#times[group] as number) ||
        this.#compareStreams(stream, this.#stream[group] as number) ||
        partition - (this.#partitions[group] as number) ||
        offset - (this.#offsets[group] as number) ||
        compareVias(this.#ways[via] as number[], this.#ways[this.#vias[group] as number] as number[]) ||
        sub - (this.#subs[group] as number);
      if (this.#isFirst ? order >= 0 : order <= 0) return;
    }
    this.#times[group] = time;
    this.#stream[group] = stream;
    this.#partitions[group] = partition;
    this.#offsets[group] = offset;
    this.#vias[group] = via;
    this.#subs[group] = sub;
    this.winners[this.count++] = row;
  }

  #compareStreams(a: number, b: number): number {
    if (a === b) return 0;
    return (this.#streams[a - 1] as string) < (this.#streams[b - 1] as string) ? -1 : 1;
  }

  /** way: the numbers of `Rows.via`, with commas. */
  #numberOfWay(way: string): number {
    let number = this.#wayNumbers.get(way);
    if (number === undefined) {
      number = this.#ways.push(way === "" ? [] : way.split(",").map(Number)) - 1;
      this.#wayNumbers.set(way, number);
    }
    return number;
  }

  #numberOf(stream: string): number {
    const known = this.#streams.indexOf(stream);
    return known >= 0 ? known + 1 : this.#streams.push(stream);
  }
}
