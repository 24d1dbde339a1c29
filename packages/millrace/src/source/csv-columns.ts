/** The fields of CSV records, put into columns. */
import type { OpenVector, Vector } from "../batch/vector.js";
import type { Field } from "../schema/column-type.js";
import type { ColumnBuilder } from "./column-builder.js";
import { columnBuilder } from "./column-builder.js";
import type { CsvRecord } from "./csv-record.js";
import { fieldText, unescapeCsv } from "./csv-record.js";
import { checked, reasonOf, valueOfText } from "./exact.js";
import type { Block } from "./feed.js";
import type { OpenName } from "./open-column.js";
import { OpenColumnBuilder } from "./open-column.js";
import type { Special, Targets } from "./targets.js";

export class CsvColumns {
  /** Fields that are not empty under names nobody knows. */
  unknown = 0;
  readonly #targets: Targets;
  readonly #file: string;
  readonly #builders: readonly ColumnBuilder[];
  readonly #absent: readonly unknown[];
  readonly #open = new OpenColumnBuilder(unescapeCsv);
  /** Fields a record must have; -1 before the header is known. */
  #count = -1;
  /** For each column its fields in order of preference, a special last. */
  #fields: readonly (readonly (number | Special)[])[] = [];
  /** Attribute of each field that is not, or not always, a column's. */
  #attributes: readonly (OpenName | null)[] = [];
  /** Fields no column asks for. */
  #rest: readonly number[] = [];

  constructor(targets: Targets, file: string) {
    this.#targets = targets;
    this.#file = file;
    this.#builders = targets.columns.map((f) => columnBuilder(f, unescapeCsv));
    this.#absent = targets.columns.map((f) =>
      f.nullable || f.default !== undefined ? checked(f, null) : f.type.kind === "string" ? "" : undefined,
    );
  }

  /** The fields are called so. */
  name(names: readonly string[]): void {
    const targets = this.#targets;
    const fieldOf = new Map<number, number>();
    const rest: number[] = [];
    for (const [index, name] of names.entries()) {
      const candidate = targets.candidate(name);
      if (candidate >= 0 && !fieldOf.has(candidate)) fieldOf.set(candidate, index);
      else rest.push(index);
    }
    this.#count = names.length;
    this.#fields = targets.ranks.map((ranks) =>
      ranks
        .map((rank) => (typeof rank === "string" ? rank : (fieldOf.get(rank) ?? -1)))
        .filter((index) => index !== -1),
    );
    this.#attributes = names.map((name) => (targets.wantsOpen(name) ? this.#open.name(name) : null));
    this.#rest = rest;
  }

  /** The fields are the event type's columns in order, but for the open one and those filled from the source. */
  inOrder(): void {
    const { all, columns } = this.#targets;
    const given = all.fields.filter((f) => f.type.kind !== "open" && !f.from.some((name) => name.startsWith("$")));
    this.#count = given.length;
    this.#fields = columns.map((f, k) => {
      const index = given.indexOf(f);
      return index >= 0
        ? [index]
        : (this.#targets.ranks[k] as readonly (number | Special)[]).filter((rank) => typeof rank === "string");
    });
    this.#attributes = given.map(() => null);
  }

  /** Appends a record as row `row`; returns why it is none, and then has changed nothing. */
  append(record: CsvRecord, block: Block, row: number, line: number, position: number): string | null {
    if (record.count !== this.#count) return `the record has ${record.count} fields, ${this.#count} are expected`;
    const { outputs } = this.#targets;
    for (let k = 0; k < this.#fields.length; k++) {
      const chosen = this.#choose(record, block, row, this.#fields[k] as readonly (number | Special)[]);
      if ((outputs[k] as number) < 0) continue;
      const reason = this.#appendOne(record, block, k, chosen, line, position);
      if (reason === null) continue;
      while (--k >= 0) if ((outputs[k] as number) >= 0) (this.#builders[k] as ColumnBuilder).pop();
      this.#open.pop(row);
      return reason;
    }
    for (const index of this.#rest) {
      if (record.from[index] === record.to[index]) continue;
      if (this.#attributes[index] !== null) this.#keep(record, block, row, index);
      else if (!this.#targets.keepsUnknown) this.unknown++;
    }
    return null;
  }

  finish(column: number): Vector {
    return (this.#builders[column] as ColumnBuilder).finish();
  }

  finishOpen(rows: number): OpenVector {
    return this.#open.finish(rows);
  }

  /** The first field that is not empty; the others go to the open column. -1 without one. */
  #choose(record: CsvRecord, block: Block, row: number, fields: readonly (number | Special)[]): number | Special {
    let chosen: number | Special = -1;
    for (let rank = 0; rank < fields.length; rank++) {
      const index = fields[rank] as number | Special;
      if (typeof index === "number" && record.from[index] === record.to[index]) continue;
      if (chosen === -1) chosen = index;
      else if (typeof index === "number") this.#keep(record, block, row, index);
    }
    return chosen;
  }

  #keep(record: CsvRecord, block: Block, row: number, index: number): void {
    const open = this.#attributes[index];
    open?.string.addText(
      row,
      block.view,
      record.from[index] as number,
      record.to[index] as number,
      record.escaped[index] === 1,
    );
  }

  #appendOne(
    record: CsvRecord,
    block: Block,
    k: number,
    chosen: number | Special,
    line: number,
    position: number,
  ): string | null {
    const builder = this.#builders[k] as ColumnBuilder;
    const f = this.#targets.columns[k] as Field;
    try {
      if (typeof chosen === "string")
        builder.value(checked(f, chosen === "$file" ? this.#file : chosen === "$line" ? line : position));
      else if (chosen < 0) builder.value(this.#absent[k] === undefined ? checked(f, null) : this.#absent[k]);
      else {
        const from = record.from[chosen] as number;
        const to = record.to[chosen] as number;
        const escaped = record.escaped[chosen] === 1;
        if (plainForm(builder, f, block, from, to, escaped)) return null;
        builder.value(checked(f, valueOfText(f.type, fieldText(block.bytes, from, to, escaped))));
      }
    } catch (error) {
      return reasonOf(error);
    }
    return null;
  }
}

function plainForm(
  builder: ColumnBuilder,
  f: Field,
  block: Block,
  from: number,
  to: number,
  escaped: boolean,
): boolean {
  const { kind } = f.type;
  if (kind === "string" || kind === "oneOf") return builder.text(block.bytes, block.view, from, to, escaped);
  if (builder.bare(block.bytes, block.view, from, to)) return true;
  return kind === "timestamp" && builder.text(block.bytes, block.view, from, to, escaped);
}
