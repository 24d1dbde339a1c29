/**
 * Key columns as doubles: numbers are themselves (-0 as 0), booleans 0 and 1, everything else is interned: the double is
 * the value's number in a list of distinct values. Null is NaN, which no key may be.
 *
 * A dictionary's values are interned once for each batch, so a row costs one array read.
 */

import { getBit } from "../../base/bits.js";
import { Decimal } from "../../base/decimal.js";
import { valueAt } from "../../batch/read.js";
import { ownString, stringsOf } from "../../batch/strings.js";
import type { Utf8Vector, Vector } from "../../batch/vector.js";
import { int64AsBigint, int64AsNumber, isValid } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { valueText } from "./key-text.js";

export class KeyColumn {
  readonly type: ColumnType;
  readonly #interned: boolean;
  #numberOf = new Map<string | bigint, number>();
  #values: (string | bigint)[] = [];

  constructor(type: ColumnType) {
    this.type = type;
    this.#interned = !["bool", "int32", "int", "timestamp", "float64"].includes(type.kind);
  }

  /** The rows' doubles; out: at least `vector.length` long. */
  encode(vector: Vector, out: Float64Array): void {
    const n = vector.length;
    switch (vector.kind) {
      case "int32":
        for (let i = 0; i < n; i++) out[i] = vector.values[i] as number;
        break;
      case "float64":
        for (let i = 0; i < n; i++) out[i] = (vector.values[i] as number) + 0;
        break;
      case "bool":
        for (let i = 0; i < n; i++) out[i] = getBit(vector.bits, i) ? 1 : 0;
        break;
      case "int64":
        if (this.#interned) for (let i = 0; i < n; i++) out[i] = this.#intern(int64AsBigint(vector.words, i));
        else for (let i = 0; i < n; i++) out[i] = int64AsNumber(vector.words, i);
        break;
      case "dict": {
        const numbers = this.#internAll(vector.dict);
        for (let i = 0; i < n; i++) out[i] = numbers[vector.codes[i] as number] as number;
        break;
      }
      case "utf8": {
        const numbers = this.#internAll(vector);
        out.set(numbers);
        break;
      }
      default:
        for (let i = 0; i < n; i++) out[i] = this.#intern(valueText(valueAt(vector, this.type, i)));
    }
    if (vector.validity !== null) for (let i = 0; i < n; i++) if (!isValid(vector, i)) out[i] = Number.NaN;
  }

  /** The value a double stands for. */
  decode(key: number): Value {
    if (Number.isNaN(key)) return null;
    if (this.type.kind === "bool") return key === 1;
    if (!this.#interned) return key;
    const value = this.#values[key] as string | bigint;
    return this.type.kind === "decimal" ? Decimal.parse(value as string) : value;
  }

  /** The double of a value that `decode` gave. */
  encodeValue(value: Value): number {
    if (value === null) return Number.NaN;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (!this.#interned) return value as number;
    return this.#intern(typeof value === "bigint" ? value : valueText(value));
  }

  /** Forgets interned values but those in use; rewrites nothing: gives old number -> new number. */
  compact(inUse: Iterable<number>): (key: number) => number {
    if (!this.#interned) return (key) => key;
    const renumbered = new Map<number, number>();
    const values: (string | bigint)[] = [];
    const numberOf = new Map<string | bigint, number>();
    for (const key of inUse) {
      if (Number.isNaN(key) || renumbered.has(key)) continue;
      const value = this.#values[key] as string | bigint;
      renumbered.set(key, values.length);
      numberOf.set(value, values.length);
      values.push(value);
    }
    this.#values = values;
    this.#numberOf = numberOf;
    return (key) => renumbered.get(key) ?? Number.NaN;
  }

  get internedCount(): number {
    return this.#values.length;
  }

  #internAll(dict: Utf8Vector): Float64Array {
    const strings = stringsOf(dict);
    const numbers = new Float64Array(dict.length);
    for (let code = 0; code < dict.length; code++) {
      const known = this.#numberOf.get(strings[code] as string);
      numbers[code] = known ?? this.#intern(ownString(dict, code));
    }
    return numbers;
  }

  #intern(value: string | bigint): number {
    let number = this.#numberOf.get(value);
    if (number === undefined) {
      number = this.#values.length;
      this.#numberOf.set(value, number);
      this.#values.push(value);
    }
    return number;
  }
}
