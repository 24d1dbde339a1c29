/** The declared columns of a line: where their candidates stand, and at the line's end which one each column takes. */
import type { Vector } from "../batch/vector.js";
import type { Field } from "../schema/column-type.js";
import type { ColumnBuilder } from "./column-builder.js";
import { columnBuilder } from "./column-builder.js";
import { checked, parseExact, reasonOf, valueOfText } from "./exact.js";
import type { JsonReader } from "./json-reader.js";
import { unescapeJson } from "./json-text.js";
import type { OpenName } from "./open-column.js";
import type { Candidate, Special, Targets } from "./targets.js";

export function candidatesOf(targets: Targets, file: string): Candidates {
  return new Candidates(targets, file);
}

export class Candidates {
  /** The reading that met each candidate last. */
  readonly stamps: Float64Array;
  /** The open attribute a candidate becomes when its column takes a better one; null when nobody wants it. */
  readonly open: (OpenName | null)[];
  readonly #targets: Targets;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #escaped: Uint8Array;
  /** Columns: the reading that met an object where a scalar is declared. */
  readonly #objects: Float64Array;
  readonly #builders: readonly ColumnBuilder[];
  /** What an absent value becomes; undefined = the row is dead. */
  readonly #absent: readonly unknown[];
  readonly #file: string;
  /** Strings stand for values of every type. */
  readonly #texts: boolean;
  /** Whether the candidates not taken went into the open column. */
  #spilled = true;

  constructor(targets: Targets, file: string, texts = false) {
    const count = targets.candidates.length;
    this.#texts = texts;
    this.#targets = targets;
    this.#file = file;
    this.stamps = new Float64Array(count).fill(-1);
    this.open = new Array<OpenName | null>(count).fill(null);
    this.#from = new Int32Array(count);
    this.#to = new Int32Array(count);
    this.#escaped = new Uint8Array(count);
    this.#objects = new Float64Array(targets.columns.length).fill(-1);
    this.#builders = targets.columns.map((f) => columnBuilder(f, unescapeJson));
    this.#absent = targets.columns.map((f) => (f.nullable || f.default !== undefined ? checked(f, null) : undefined));
  }

  /** Notes a value that is not null. */
  note(candidate: number, stamp: number, from: number, to: number, escaped: boolean): void {
    this.stamps[candidate] = stamp;
    this.#from[candidate] = from;
    this.#to[candidate] = to;
    this.#escaped[candidate] = escaped ? 1 : 0;
  }

  noteObject(candidate: number, stamp: number): void {
    this.#objects[(this.#targets.candidates[candidate] as Candidate).column] = stamp;
  }

  /** Whether an object under this name is the column's value as a whole. */
  takesObject(candidate: number): boolean {
    const { column } = this.#targets.candidates[candidate] as Candidate;
    return (this.#targets.columns[column] as Field).type.kind === "struct";
  }

  /** Appends one value to each column, or nothing to any; returns why not. */
  resolve(reader: JsonReader, row: number, line: number, position: number): string | null {
    const { ranks, outputs, columns } = this.#targets;
    for (let k = 0; k < columns.length; k++) {
      this.#spilled = true;
      const chosen = this.#choose(reader, row, ranks[k] as readonly (number | Special)[]);
      let reason = this.#spilled ? null : "a string has a malformed escape";
      if (reason === null && (outputs[k] as number) < 0) continue;
      if (reason === null) reason = this.#append(reader, k, chosen, line, position);
      if (reason === null) continue;
      while (--k >= 0) if ((outputs[k] as number) >= 0) (this.#builders[k] as ColumnBuilder).pop();
      return reason;
    }
    return null;
  }

  finish(column: number): Vector {
    return (this.#builders[column] as ColumnBuilder).finish();
  }

  /** The best candidate there is, null without one; the others go to the open column. */
  #choose(reader: JsonReader, row: number, ranks: readonly (number | Special)[]): number | Special | null {
    let chosen: number | Special | null = null;
    for (let rank = 0; rank < ranks.length; rank++) {
      const candidate = ranks[rank] as number | Special;
      if (typeof candidate === "number" && this.stamps[candidate] !== reader.stamp) continue;
      if (chosen === null) chosen = candidate;
      else if (typeof candidate === "number") {
        const open = this.open[candidate] as OpenName | null;
        if (open !== null)
          this.#spilled &&= reader.spill(
            open,
            row,
            this.#from[candidate] as number,
            this.#to[candidate] as number,
            this.#escaped[candidate] === 1,
          );
      }
    }
    return chosen;
  }

  #append(
    reader: JsonReader,
    k: number,
    chosen: number | Special | null,
    line: number,
    position: number,
  ): string | null {
    const builder = this.#builders[k] as ColumnBuilder;
    const f = this.#targets.columns[k] as Field;
    try {
      if (typeof chosen === "number") {
        this.#appendText(reader, builder, f, chosen);
      } else if (chosen !== null) {
        const value = chosen === "$file" ? this.#file : chosen === "$line" ? line : position;
        builder.value(checked(f, value));
      } else if (this.#objects[k] === reader.stamp) builder.value(checked(f, {}));
      else if (this.#absent[k] !== undefined) builder.value(this.#absent[k]);
      else builder.value(checked(f, null));
    } catch (error) {
      return reasonOf(error);
    }
    return null;
  }

  #appendText(reader: JsonReader, builder: ColumnBuilder, f: Field, candidate: number): void {
    const { bytes, view } = reader.scanner;
    const from = this.#from[candidate] as number;
    const to = this.#to[candidate] as number;
    const c = bytes[from] as number;
    if (c === 34) {
      if (builder.text(bytes, view, from + 1, to - 1, this.#escaped[candidate] === 1)) return;
    } else if (c !== 123 && c !== 91 && builder.bare(bytes, view, from, to)) return;
    const value = parseExact(bytes.toString("utf8", from, to));
    if (!this.#texts || typeof value !== "string") builder.value(checked(f, value));
    else builder.value(checked(f, value === "" ? null : valueOfText(f.type, value)));
  }
}
