/**
 * One column or attribute of a batch as codes into its distinct values, so that a value is looked at once:
 *
 *   codes[row] = number of the value, or -1 where there is none
 *
 * A dictionary column gives its codes as they are; plain strings have one value a row; numbers are numbered as met.
 */

import type { Batch } from "../../batch/batch.js";
import { openAttributes, openValue } from "../../batch/open.js";
import { valueAt } from "../../batch/read.js";
import { stringsOf } from "../../batch/strings.js";
import type { OpenAttribute, OpenVector, Utf8Vector, Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { parseExact, plain } from "../../source/exact.js";

export interface CodedColumn {
  readonly codes: Int32Array;
  /** Codes are below it. */
  readonly count: number;
  /** The values, where they are text. */
  readonly texts: Utf8Vector | null;
  /** Whether the texts are distinct: a plain column is one whose texts hardly repeat. */
  readonly distinct: boolean;
  /** Its texts hardly repeat and are long: each is worth asking only what must be known. */
  readonly long: boolean;
  /** The values, where they are not text. */
  readonly values: readonly Value[];
}

/** On average. */
const LONG_TEXT_BYTES = 256;

/** The value behind a code. */
export function valueBehind(column: CodedColumn, code: number): Value {
  return column.texts === null ? (column.values[code] as Value) : (stringsOf(column.texts)[code] as string);
}

/** The columns and attributes of a batch, each coded when it is first asked for. */
export class CodedBatch {
  readonly length: number;
  readonly #batch: Batch;
  readonly #open: OpenVector | null;
  readonly #declared = new Map<number, CodedColumn>();
  readonly #attributes = new Map<OpenAttribute, CodedColumn>();

  constructor(batch: Batch) {
    this.length = batch.length;
    this.#batch = batch;
    this.#open = (batch.columns.find((column) => column.kind === "open") as OpenVector | undefined) ?? null;
  }

  /** What has these names, in their order: a declared column, or attributes (one for each kind met). */
  named(names: readonly string[]): CodedColumn[] {
    const columns: CodedColumn[] = [];
    for (const name of names) {
      const declared = declaredColumn(this.#batch, name);
      if (declared >= 0) {
        const column = this.#declaredAt(declared);
        if (!columns.includes(column)) columns.push(column);
      } else if (this.#open !== null)
        for (const attribute of openAttributes(this.#open, name)) columns.push(this.#attribute(this.#open, attribute));
    }
    return columns;
  }

  /** Every column and attribute that has text; a list attribute has lists. */
  texts(): CodedColumn[] {
    const { fields } = this.#batch.schema;
    const columns: CodedColumn[] = [];
    this.#batch.columns.forEach((vector, k) => {
      if (vector.kind === "open") {
        for (const attribute of vector.attributes)
          if (attribute.kind === "string" || attribute.kind === "json")
            columns.push(this.#attribute(vector, attribute));
      } else if (
        isEventColumn(fields[k] as Field) &&
        (vector.kind === "dict" || vector.kind === "utf8" || vector.kind === "list")
      )
        columns.push(this.#declaredAt(k));
    });
    return columns;
  }

  #declaredAt(k: number): CodedColumn {
    let column = this.#declared.get(k);
    if (column === undefined) {
      column = codedVector(this.#batch.columns[k] as Vector, (this.#batch.schema.fields[k] as Field).type);
      this.#declared.set(k, column);
    }
    return column;
  }

  #attribute(open: OpenVector, attribute: OpenAttribute): CodedColumn {
    let column = this.#attributes.get(attribute);
    if (column === undefined) {
      column = codedAttribute(open, attribute);
      this.#attributes.set(attribute, column);
    }
    return column;
  }
}

/** Columns filled from the source (`$file`, `$line`) are not part of the event. */
export function isEventColumn(f: Field): boolean {
  return !f.name.startsWith("$") && !f.from.some((name) => name.startsWith("$"));
}

function declaredColumn(batch: Batch, name: string): number {
  return batch.schema.fields.findIndex(
    (f) => f.type.kind !== "open" && (f.name === name || f.from.includes(name)) && isEventColumn(f),
  );
}

function codedVector(vector: Vector, type: ColumnType): CodedColumn {
  const n = vector.length;
  if (vector.kind === "dict" || vector.kind === "utf8") {
    const all = vector.kind === "dict" ? vector.codes : Int32Array.from({ length: n }, (_, row) => row);
    const codes = vector.validity === null ? all : all.map((code, row) => (isValid(vector, row) ? code : -1));
    return codedText(codes, vector);
  }
  return numbered(n, (row) => valueAt(vector, type, row));
}

function codedText(codes: Int32Array, vector: Vector): CodedColumn {
  const texts = (vector.kind === "dict" ? vector.dict : vector) as Utf8Vector;
  const distinct = vector.kind === "dict";
  const long = !distinct && texts.bytes.length > LONG_TEXT_BYTES * texts.length;
  return { codes, count: texts.length, texts, distinct, long, values: [] };
}

function codedAttribute(open: OpenVector, attribute: OpenAttribute): CodedColumn {
  const codes = new Int32Array(open.length).fill(-1);
  const { rows, values } = attribute;
  if (attribute.kind === "string") {
    if (values.kind === "dict")
      for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = values.codes[j] as number;
    else for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = j;
    return codedText(codes, values);
  }
  const met = numbered(rows.length, (j) => openValue(attribute, j));
  for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = met.codes[j] as number;
  if (attribute.kind !== "json") return { ...met, codes };
  return { ...met, codes, values: met.values.map((text) => listOf(text as string)) };
}

/** The value of JSON text, with all digits of whole numbers. */
function listOf(text: string): Value {
  return (/\d{16}/.test(text) ? plain(parseExact(text)) : JSON.parse(text)) as Value;
}

function numbered(n: number, at: (row: number) => Value): CodedColumn {
  const codes = new Int32Array(n);
  const codeOf = new Map<Value, number>();
  const values: Value[] = [];
  for (let row = 0; row < n; row++) {
    const value = at(row);
    if (value === null) {
      codes[row] = -1;
      continue;
    }
    let code = codeOf.get(value);
    if (code === undefined) {
      code = values.length;
      codeOf.set(value, code);
      values.push(value);
    }
    codes[row] = code;
  }
  return { codes, count: values.length, texts: null, distinct: true, long: false, values };
}
