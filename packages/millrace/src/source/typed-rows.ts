/**
 * Rows of another typed format (Arrow, Avro, Parquet) to those of an event type.
 *
 *   same columns, same types         the vectors as they are, no value is looked at
 *   anything else that can be meant  row by row as objects (object-columns.ts): aliases, wider and narrower numbers,
 *                                    text for times and decimals, other columns into the open one
 *
 * What can't be meant at all (a column that is missing, text for a struct) is refused once, for all rows. A row that
 * does not fit is a dead row, with the row as JSON, its number as line and its place as position.
 */
import { MillraceError, suggest } from "../base/errors.js";
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import { rowAt } from "../batch/read.js";
import { valueJson } from "../batch/row-json.js";
import { sliceBatch } from "../batch/slice.js";
import type { Vector } from "../batch/vector.js";
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import { typeText } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import type { DeadRow, Decoded, DecoderCounts } from "./decoder.js";
import { DEAD_BYTES_MAX, DECODER_ROWS_MAX } from "./decoder.js";
import { ObjectColumns } from "./object-columns.js";
import { Targets } from "./targets.js";

export interface TypedRowsOptions {
  /** Of the event type. */
  readonly schema: Schema;
  /** For messages and for columns filled by `$file`. */
  readonly file?: string;
  readonly rowsMax?: number;
  /** Rows that came before, when reading goes on. */
  readonly row?: number;
}

export class TypedRows {
  readonly counts = { lines: 0, rows: 0, dead: 0, blank: 0, continued: 0, unknown: 0 } satisfies DecoderCounts;
  readonly #schema: Schema;
  readonly #columns: ObjectColumns;
  readonly #rowsMax: number;
  /** Rows so far, dead ones too. */
  #row: number;
  #dead: DeadRow[] = [];

  constructor({ schema, file = "", rowsMax = DECODER_ROWS_MAX, row = 0 }: TypedRowsOptions) {
    this.#schema = schema;
    this.#columns = new ObjectColumns(new Targets(schema, undefined), file);
    this.#rowsMax = rowsMax;
    this.#row = row;
  }

  /** Rows as columns. Their vectors may become those of the answer. */
  *batch(given: Batch): Generator<Decoded> {
    const same = this.#sameColumns(given);
    for (let from = 0; from < given.length; from += this.#rowsMax) {
      const to = Math.min(given.length, from + this.#rowsMax);
      if (same !== null) yield this.#whole(sliceBatch(same, from, to));
      else {
        for (let row = from; row < to; row++) yield* this.row(given.schema, rowAt(given, row));
        yield* this.flush();
      }
    }
  }

  /** One row; its batch comes when it is full, or with `flush`. */
  *row(schema: Schema, row: Readonly<Record<string, unknown>>): Generator<Decoded> {
    const json = jsonOf(schema, row as Readonly<Record<string, Value>>);
    const position = this.#row++;
    this.counts.lines++;
    const reason = this.#columns.append(json, position + 1, position);
    if (reason === null) this.counts.rows++;
    else {
      this.counts.dead++;
      const bytes = Buffer.from(json);
      this.#dead.push({
        line: position + 1,
        position,
        bytes: bytes.subarray(0, DEAD_BYTES_MAX),
        length: bytes.length,
        reason,
      });
    }
    if (this.#columns.rows + this.#dead.length >= this.#rowsMax) yield* this.flush();
  }

  *flush(): Generator<Decoded> {
    const dead = this.#dead;
    this.#dead = [];
    const { batch, unknown } = this.#columns.finish();
    this.counts.unknown += unknown;
    if (batch.length > 0 || dead.length > 0) yield { batch, position: this.#row, line: this.#row, dead };
  }

  #whole(batch: Batch): Decoded {
    this.#row += batch.length;
    this.counts.lines += batch.length;
    this.counts.rows += batch.length;
    return { batch, position: this.#row, line: this.#row, dead: [] };
  }

  /** The batch in the event type's own columns, where it has them all, of the very types; else null. */
  #sameColumns(given: Batch): Batch | null {
    const names = new Set(this.#schema.fields.map((f) => f.name));
    if (given.schema.fields.some((f) => !names.has(f.name))) return null;
    const vectors: Vector[] = [];
    for (const f of this.#schema.fields) {
      const k = given.schema.fields.findIndex((one) => one.name === f.name);
      const vector = given.columns[k];
      if (vector === undefined || f.type.kind === "open" || f.from.some((name) => name.startsWith("$"))) return null;
      if (JSON.stringify((given.schema.fields[k] as Field).type) !== JSON.stringify(f.type)) return null;
      if (f.default !== undefined || (!f.nullable && vector.validity !== null)) return null;
      vectors.push(vector);
    }
    return makeBatch(this.#schema, vectors, given.length);
  }
}

/** As `rowJson`, but int64 as the number it is, so that it can be meant as any number, or as a time. */
function jsonOf({ fields }: Schema, row: Readonly<Record<string, Value>>): string {
  let json = "";
  for (const { name, type } of fields) {
    const value = row[name] ?? null;
    if (value === null) continue;
    const text = type.kind === "int64" ? String(value) : JSON.stringify(valueJson(type, value));
    json += `${json === "" ? "{" : ","}${JSON.stringify(name)}:${text}`;
  }
  return json === "" ? "{}" : `${json}}`;
}

/** Throws `DECODE` where columns of the event type are missing, or of types that can't be meant for them. */
export function checkColumns(format: string, given: Schema, { fields }: Schema): void {
  for (const f of fields) {
    if (f.type.kind === "open" || f.from.some((name) => name.startsWith("$"))) continue;
    const found = [f.name, ...f.from]
      .map((name) => given.fields.find((one) => one.name === name))
      .find((one) => one !== undefined);
    if (found === undefined) {
      const within = f.from.some(
        (name) => name.includes(".") && given.fields.some((one) => name.startsWith(`${one.name}.`)),
      );
      if (f.nullable || f.default !== undefined || within) continue;
      throw new MillraceError("DECODE", `${format}: column "${f.name}" is missing`, {
        hint: suggest(
          f.name,
          given.fields.map(({ name }) => name),
        ),
      });
    }
    if (!canBe(found.type, f.type))
      throw new MillraceError(
        "DECODE",
        `${format}: column "${f.name}" expects ${typeText(f.type, f.nullable)}, "${found.name}" is ${typeText(found.type)}`,
      );
  }
}

const NUMBERS: readonly string[] = ["int32", "int", "int64", "float64", "decimal"];
const TIMES: readonly string[] = ["timestamp", "timestampNs"];
const TEXTS: readonly string[] = ["string", "oneOf"];

function canBe({ kind: from }: ColumnType, { kind: to }: ColumnType): boolean {
  // What is within is seen value by value.
  if (from === "open") return to === "list" || to === "struct";
  if (from === to || TEXTS.includes(from)) return !["list", "struct", "bool"].includes(to) || from === to;
  if (NUMBERS.includes(from))
    return NUMBERS.includes(to) || (TIMES.includes(to) && from !== "float64" && from !== "decimal");
  if (TIMES.includes(from)) return TIMES.includes(to);
  return from === to;
}
