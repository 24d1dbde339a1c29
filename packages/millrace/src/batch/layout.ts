/** Lays checked JavaScript values out as vectors. */
import { bitmapBytes, setBit } from "../base/bits.js";
import { Decimal } from "../base/decimal.js";
import type { ColumnType } from "../schema/column-type.js";
import { outgrown } from "./dict.js";
import { OpenRow } from "./open.js";
import { jsonText } from "./open-json.js";
import { utf8Of } from "./strings.js";
import type { OpenAttribute, OpenKind, OpenVector, Vector } from "./vector.js";
import { setInt64Bigint, setInt64Number } from "./vector.js";

/** Lays out checked values (null = null). */
export function vectorOf(type: ColumnType, values: readonly unknown[]): Vector {
  const length = values.length;
  const validity = validityOf(values);
  const base = { length, validity };
  switch (type.kind) {
    case "bool": {
      const bits = new Uint8Array(bitmapBytes(length));
      for (let i = 0; i < length; i++) if (values[i] === true) setBit(bits, i);
      return { kind: "bool", ...base, bits };
    }
    case "int32":
      return { kind: "int32", ...base, values: Int32Array.from(values, (value) => (value ?? 0) as number) };
    case "float64":
      return { kind: "float64", ...base, values: Float64Array.from(values, (value) => (value ?? 0) as number) };
    case "int":
    case "timestamp": {
      const words = new Int32Array(2 * length);
      for (let i = 0; i < length; i++) setInt64Number(words, i, (values[i] ?? 0) as number);
      return { kind: "int64", ...base, words };
    }
    case "int64":
    case "timestampNs": {
      const words = new Int32Array(2 * length);
      for (let i = 0; i < length; i++) setInt64Bigint(words, i, (values[i] ?? 0n) as bigint);
      return { kind: "int64", ...base, words };
    }
    case "decimal": {
      const words = new Int32Array(4 * length);
      for (let i = 0; i < length; i++) setInt128(words, i, (values[i] as Decimal | null)?.unscaled ?? 0n);
      return { kind: "decimal", ...base, words };
    }
    case "string":
    case "oneOf":
      return stringVector(values as readonly (string | null)[], validity);
    case "binary": {
      const parts = values.map((value) => (value ?? new Uint8Array(0)) as Uint8Array);
      return { kind: "binary", ...base, offsets: offsetsOf(parts), bytes: Buffer.concat(parts) };
    }
    case "list": {
      const lists = values.map((value) => (value ?? []) as readonly unknown[]);
      return { kind: "list", ...base, offsets: offsetsOf(lists), child: vectorOf(type.item.type, lists.flat(1)) };
    }
    case "struct":
      return {
        kind: "struct",
        ...base,
        children: type.fields.map((f) =>
          vectorOf(
            f.type,
            values.map((value) => (value as Record<string, unknown> | null)?.[f.name] ?? null),
          ),
        ),
      };
    case "open": {
      const builder = new OpenBuilder();
      for (let i = 0; i < length; i++) builder.append(i, (values[i] ?? {}) as OpenRow | Record<string, unknown>);
      return builder.finish(length);
    }
  }
}

/** A string column: by dictionary where values repeat, plain where too many differ. */
export function stringVector(values: readonly (string | null)[], validity: Uint8Array | null): Vector {
  const length = values.length;
  const codes = new Int32Array(length);
  const codeOf = new Map<string, number>();
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? "";
    let code = codeOf.get(value);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(value, code);
      if (outgrown(code + 1, i + 1)) return { ...utf8Of(values.map((v) => v ?? "")), validity };
    }
    codes[i] = code;
  }
  return { kind: "dict", length, validity, codes, dict: utf8Of([...codeOf.keys()]) };
}

function validityOf(values: readonly unknown[]): Uint8Array | null {
  let bits: Uint8Array | null = null;
  for (let i = 0; i < values.length; i++)
    if (values[i] === null) {
      if (bits === null) {
        bits = new Uint8Array(bitmapBytes(values.length));
        for (let j = 0; j < i; j++) setBit(bits, j);
      }
    } else if (bits !== null) setBit(bits, i);
  return bits;
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1);
  for (let i = 0; i < parts.length; i++)
    offsets[i + 1] = (offsets[i] as number) + (parts[i] as { length: number }).length;
  return offsets;
}

export function setInt128(words: Int32Array, row: number, value: bigint): void {
  for (let k = 0; k < 4; k++) words[4 * row + k] = Number(BigInt.asIntN(32, value >> BigInt(32 * k)));
}

/** Nesting deeper than this is kept as JSON text instead of dotted names. */
export const OPEN_DEPTH_MAX = 16;

interface Collected {
  readonly name: string;
  readonly kind: OpenKind;
  readonly rows: number[];
  readonly values: unknown[];
}

/**
 * Builds an open column from rows of another, taken over as they are, and from plain objects: nested objects become
 * dotted names, lists become JSON text.
 */
export class OpenBuilder {
  readonly #collected = new Map<string, Collected>();

  /** Rows must come in ascending order. Null and undefined are absent. */
  append(row: number, attributes: OpenRow | Readonly<Record<string, unknown>>): void {
    if (!(attributes instanceof OpenRow)) this.#object(row, "", attributes, 0);
    else
      for (const { name, kind, value } of attributes.entries())
        this.#add(row, name, kind, kind === "int64" ? BigInt(value) : value);
  }

  finish(length: number): OpenVector {
    const attributes = [...this.#collected.values()]
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind < b.kind ? -1 : 1))
      .map(
        ({ name, kind, rows, values }): OpenAttribute => ({
          name,
          kind,
          rows: Int32Array.from(rows),
          values: vectorOf({ kind: kind === "json" ? "string" : kind }, values),
        }),
      );
    return { kind: "open", length, validity: null, attributes };
  }

  #object(row: number, prefix: string, object: Readonly<Record<string, unknown>>, depth: number): void {
    for (const [key, value] of Object.entries(object))
      this.#value(row, prefix === "" ? key : `${prefix}.${key}`, value, depth);
  }

  #value(row: number, name: string, value: unknown, depth: number): void {
    if (value === null || value === undefined) return;
    if (typeof value === "string") this.#add(row, name, "string", value);
    else if (typeof value === "boolean") this.#add(row, name, "bool", value);
    else if (typeof value === "bigint")
      this.#add(
        row,
        name,
        BigInt.asIntN(64, value) === value ? "int64" : "string",
        BigInt.asIntN(64, value) === value ? value : value.toString(),
      );
    else if (typeof value === "number")
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#add(row, name, "int64", BigInt(value));
      else this.#add(row, name, "float64", value);
    else if (value instanceof Date) this.#add(row, name, "string", value.toISOString());
    else if (value instanceof Decimal) this.#add(row, name, "string", value.toString());
    else if (Array.isArray(value) || depth >= OPEN_DEPTH_MAX) this.#add(row, name, "json", jsonText(value));
    else this.#object(row, name, value as Record<string, unknown>, depth + 1);
  }

  #add(row: number, attribute: string, kind: OpenKind, value: unknown): void {
    // As text is stored: two names that differ in half a surrogate pair only are one.
    const name = attribute.replace(/\p{Surrogate}/gu, "\ufffd");
    const key = `${kind} ${name}`;
    let collected = this.#collected.get(key);
    if (collected === undefined) {
      collected = { name, kind, rows: [], values: [] };
      this.#collected.set(key, collected);
    }
    // The same name twice in one row (a JSON object may say a key twice): the last one holds.
    if (collected.rows[collected.rows.length - 1] === row) collected.values[collected.values.length - 1] = value;
    else {
      collected.rows.push(row);
      collected.values.push(value);
    }
  }
}
