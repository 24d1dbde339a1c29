/** first and last: by event time, then stream, partition and offset. Null values are skipped by aggregates of a column. */
import { valueAt } from "../../batch/read.js";
import type { Vector } from "../../batch/vector.js";
import { int64AsNumber, isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import { offsetOf } from "../rows.js";
import type { Aggregator } from "./aggregator.js";
import { own } from "./own-value.js";
import { loadValue, saveValue } from "./saved-value.js";

interface Held {
  readonly time: number;
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
  readonly via: number;
  readonly sub: number;
  readonly value: Value;
}

export class PlaceAggregator implements Aggregator {
  readonly #sign: 1 | -1;
  readonly #type: ColumnType;
  readonly #takesNull: boolean;
  #held: (Held | undefined)[] = [];

  constructor(kind: "first" | "last", type: ColumnType, takesNull = false) {
    this.#sign = kind === "first" ? 1 : -1;
    this.#type = type;
    this.#takesNull = takesNull;
  }

  ensure(): void {}

  add(rows: Rows, column: Vector | null, groups: Int32Array): void {
    const vector = column as Vector;
    const { stream, partition } = rows.origin;
    for (let i = 0; i < vector.length; i++) {
      if (!this.#takesNull && !isValid(vector, i)) continue;
      const time = int64AsNumber(rows.time, i);
      const held = this.#held[groups[i] as number];
      if (held !== undefined && this.#sign * (time - held.time) > 0) continue;
      const offset = offsetOf(rows, i);
      const place: Held = { time, stream, partition, offset, via: rows.via, sub: rows.sub?.[i] ?? 0, value: null };
      if (held === undefined || this.#sign * comparePlace(place, held) < 0)
        this.#held[groups[i] as number] = { ...place, value: own(vector, i, valueAt(vector, this.#type, i)) };
    }
  }

  result(group: number): Value {
    return this.#held[group]?.value ?? null;
  }

  save(group: number): unknown {
    const held = this.#held[group];
    return held === undefined
      ? null
      : [held.time, held.stream, held.partition, held.offset, held.via, held.sub, saveValue(held.value)];
  }

  load(group: number, saved: unknown): void {
    if (saved === null) return;
    const [time, stream, partition, offset, via, sub, value] = saved as [
      number,
      string,
      number,
      number,
      number,
      number,
      unknown,
    ];
    this.#held[group] = { time, stream, partition, offset, via, sub, value: loadValue(this.#type, value) };
  }

  compact(kept: Int32Array): void {
    this.#held = Array.from(kept, (from) => this.#held[from]);
  }
}

function comparePlace(a: Held, b: Held): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.partition - b.partition || a.offset - b.offset || a.via - b.via || a.sub - b.sub;
}
