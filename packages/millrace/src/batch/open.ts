/** Reading open attributes: by name over a batch, and as the `Open` value of one row. */

import { getBit } from "../base/bits.js";
import type { Open } from "../schema/types.js";
import { jsonOfText } from "./open-json.js";
import { stringAt } from "./strings.js";
import type { DictVector, OpenAttribute, OpenKind, OpenVector, Utf8Vector } from "./vector.js";
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

/** One attribute of one row, as it is stored. json: the text; int64: a number where one holds it exactly, else a bigint. */
export interface OpenEntry {
  readonly name: string;
  readonly kind: OpenKind;
  readonly value: string | number | bigint | boolean;
}

/** The open attributes of one row: of a name with values of two kinds the first is meant, but for `entries`. */
export abstract class OpenRow implements Open {
  /** All of them, by name, then kind. */
  abstract entries(): readonly OpenEntry[];
  protected abstract value(name: string): OpenEntry["value"] | null;

  text(name: string): string | null {
    const value = this.value(name);
    return value === null ? null : String(value);
  }

  number(name: string): number | null {
    const value = this.value(name);
    if (value === null || typeof value === "boolean") return null;
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return null;
    return numberOfText(value);
  }

  int64(name: string): bigint | null {
    const value = this.value(name);
    if (typeof value === "bigint") return value;
    const whole =
      typeof value === "number" ? Number.isInteger(value) : typeof value === "string" && /^[+-]?\d{1,19}$/.test(value);
    if (!whole) return null;
    const wide = BigInt(value as number | string);
    return BigInt.asIntN(64, wide) === wide ? wide : null;
  }

  bool(name: string): boolean | null {
    const value = this.value(name);
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : null;
  }

  has(name: string): boolean {
    return this.value(name) !== null;
  }

  names(): string[] {
    return this.entries()
      .map(({ name }) => name)
      .filter((name, k, names) => k === 0 || name !== names[k - 1]);
  }

  /** What JSON cannot say as a number is text: int64 beyond 2^53, numbers that are not finite; in lists as well. */
  toJSON(): Record<string, unknown> {
    const json = new Map<string, unknown>();
    for (const { name, kind, value } of this.entries())
      if (!json.has(name)) json.set(name, kind === "json" ? jsonOfText(value as string) : plainJson(value));
    return Object.fromEntries(json);
  }
}

/** A row of an open column. */
export class OpenVectorRow extends OpenRow {
  readonly #vector: OpenVector;
  readonly #row: number;

  constructor(vector: OpenVector, row: number) {
    super();
    this.#vector = vector;
    this.#row = row;
  }

  entries(): OpenEntry[] {
    const entries: OpenEntry[] = [];
    for (const attribute of this.#vector.attributes) {
      const j = openPositions(this.#vector, attribute)[this.#row] as number;
      if (j >= 0) entries.push({ name: attribute.name, kind: attribute.kind, value: openValue(attribute, j) });
    }
    return entries;
  }

  protected value(name: string): OpenEntry["value"] | null {
    for (const attribute of openAttributes(this.#vector, name)) {
      const j = openPositions(this.#vector, attribute)[this.#row] as number;
      if (j >= 0) return openValue(attribute, j);
    }
    return null;
  }
}

/** Attributes of their own: what is kept in state, and read from a store. */
export class OwnOpenRow extends OpenRow {
  readonly #entries: readonly OpenEntry[];

  /** Entries by name, then kind. */
  constructor(entries: readonly OpenEntry[]) {
    super();
    this.#entries = entries;
  }

  entries(): readonly OpenEntry[] {
    return this.#entries;
  }

  protected value(name: string): OpenEntry["value"] | null {
    for (const entry of this.#entries) if (entry.name === name) return entry.value;
    return null;
  }
}

function plainJson(value: OpenEntry["value"]): unknown {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value;
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
