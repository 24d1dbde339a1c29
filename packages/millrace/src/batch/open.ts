/** Reading open attributes: by name over a batch, and as the `Open` value of one row. */

import { getBit } from "../base/bits.js";
import type { Open } from "../schema/types.js";
import { stringAt } from "./strings.js";
import type { DictVector, OpenAttribute, OpenVector, Utf8Vector } from "./vector.js";
import { int64AsBigint, int64AsNumber } from "./vector.js";

interface Index {
  readonly byName: ReadonlyMap<string, readonly OpenAttribute[]>;
  /** For each attribute met so far: row -> position in its values, -1 where absent. */
  readonly positions: Map<OpenAttribute, Int32Array>;
}

const indexes = new WeakMap<OpenVector, Index>();

/** The attributes of that name: none, one, or one for each kind met. */
export function openAttributes(vector: OpenVector, name: string): readonly OpenAttribute[] {
  return indexOf(vector).byName.get(name) ?? [];
}

/** Row -> position in the attribute's values, -1 where the row has none. Made once for each attribute asked for. */
export function openPositions(vector: OpenVector, attribute: OpenAttribute): Int32Array {
  const { positions } = indexOf(vector);
  let dense = positions.get(attribute);
  if (dense === undefined) {
    dense = new Int32Array(vector.length).fill(-1);
    for (let j = 0; j < attribute.rows.length; j++) dense[attribute.rows[j] as number] = j;
    positions.set(attribute, dense);
  }
  return dense;
}

/** Value `j` of an attribute: a json (list) attribute is given as its JSON text. */
export function openValue(attribute: OpenAttribute, j: number): string | number | bigint | boolean {
  const { values } = attribute;
  switch (values.kind) {
    case "int64": {
      const value = int64AsNumber(values.words, j);
      return Number.isSafeInteger(value) ? value : int64AsBigint(values.words, j);
    }
    case "float64":
      return values.values[j] as number;
    case "bool":
      return getBit(values.bits, j);
    default:
      return stringAt(values as Utf8Vector | DictVector, j);
  }
}

/** The open attributes of one row. */
export class OpenRow implements Open {
  readonly #vector: OpenVector;
  readonly #row: number;

  constructor(vector: OpenVector, row: number) {
    this.#vector = vector;
    this.#row = row;
  }

  text(name: string): string | null {
    const value = this.#value(name);
    return value === null ? null : String(value);
  }

  number(name: string): number | null {
    const value = this.#value(name);
    if (value === null || typeof value === "boolean") return null;
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return null;
    return numberOfText(value);
  }

  int64(name: string): bigint | null {
    const value = this.#value(name);
    if (typeof value === "bigint") return value;
    if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : null;
    return typeof value === "string" && /^[+-]?\d{1,19}$/.test(value) ? BigInt(value) : null;
  }

  bool(name: string): boolean | null {
    const value = this.#value(name);
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : null;
  }

  has(name: string): boolean {
    return this.#value(name) !== null;
  }

  names(): string[] {
    const names: string[] = [];
    for (const attribute of this.#vector.attributes)
      if ((openPositions(this.#vector, attribute)[this.#row] as number) >= 0) names.push(attribute.name);
    return names;
  }

  /** The attributes with their own values, as `BatchBuilder` takes them. */
  toObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const attribute of this.#vector.attributes) {
      const j = openPositions(this.#vector, attribute)[this.#row] as number;
      if (j < 0) continue;
      const value = openValue(attribute, j);
      object[attribute.name] = attribute.kind === "json" ? JSON.parse(value as string) : value;
    }
    return object;
  }

  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = {};
    for (const attribute of this.#vector.attributes) {
      const j = openPositions(this.#vector, attribute)[this.#row] as number;
      if (j < 0) continue;
      const value = openValue(attribute, j);
      json[attribute.name] =
        attribute.kind === "json" ? JSON.parse(value as string) : typeof value === "bigint" ? value.toString() : value;
    }
    return json;
  }

  #value(name: string): string | number | bigint | boolean | null {
    for (const attribute of openAttributes(this.#vector, name)) {
      const j = openPositions(this.#vector, attribute)[this.#row] as number;
      if (j >= 0) return openValue(attribute, j);
    }
    return null;
  }
}

/** A number written in decimal or 0x hex, within what a double holds exactly for whole numbers; else null. */
export function numberOfText(text: string): number | null {
  if (!/^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+)$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) && !(Number.isInteger(value) && !Number.isSafeInteger(value)) ? value : null;
}

function indexOf(vector: OpenVector): Index {
  let index = indexes.get(vector);
  if (index === undefined) {
    const byName = new Map<string, OpenAttribute[]>();
    for (const attribute of vector.attributes) {
      const same = byName.get(attribute.name);
      if (same === undefined) byName.set(attribute.name, [attribute]);
      else same.push(attribute);
    }
    index = { byName, positions: new Map() };
    indexes.set(vector, index);
  }
  return index;
}
