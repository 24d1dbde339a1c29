/**
 * One field reference over one batch, as codes into distinct values, so that a test runs once for each distinct value.
 *
 *   codes[row] = number of the value, or -1 where no name of the reference is present
 *
 * A dictionary column gives its codes as they are; plain strings have one value a row; numbers are numbered as met.
 */
import type { Batch } from "../../batch/batch.js";
import { openAttributes, openValue } from "../../batch/open.js";
import { valueAt } from "../../batch/read.js";
import { stringsOf } from "../../batch/strings.js";
import type { OpenAttribute, OpenVector, Vector } from "../../batch/vector.js";
import { isValid } from "../../batch/vector.js";
import { textsOf } from "../../plan/rules/evaluate.js";
import type { FieldRef } from "../../plan/rules/expr.js";
import type { ColumnType, Field } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";

export interface FieldColumn {
  readonly codes: Int32Array;
  readonly values: readonly Value[];
}

/** Columns filled from the source (`$file`, `$line`) are not part of the event. */
export function isEventColumn(f: Field): boolean {
  return !f.name.startsWith("$") && !f.from.some((name) => name.startsWith("$"));
}

export function fieldColumn(batch: Batch, ref: FieldRef): FieldColumn {
  const parts = ref.names.flatMap((name, k) =>
    ref.names.slice(0, k).some((other) => sameColumn(batch, other, name)) ? [] : partsOf(batch, name),
  );
  if (parts.length === 0) return { codes: new Int32Array(batch.length).fill(-1), values: [] };
  let merged = parts[0] as FieldColumn;
  for (const part of parts.slice(1)) merged = firstPresent(merged, part);
  return merged;
}

/** Every column and attribute of the event that holds texts; of a list its texts, where it has any. */
export function stringColumns(batch: Batch): readonly FieldColumn[] {
  const columns: FieldColumn[] = [];
  batch.schema.fields.forEach((f, k) => {
    const vector = batch.columns[k] as Vector;
    if (!isEventColumn(f)) return;
    if (vector.kind === "open")
      for (const attribute of vector.attributes) {
        if (attribute.kind === "string") columns.push(attributeColumn(vector, attribute));
        else if (attribute.kind === "json") columns.push(textsColumn(attributeColumn(vector, attribute)));
      }
    else if (vector.kind === "dict" || vector.kind === "utf8") columns.push(vectorColumn(vector, f.type));
    else if (vector.kind === "list") columns.push(textsColumn(vectorColumn(vector, f.type)));
  });
  return columns;
}

/** A column of lists as one of their texts. */
function textsColumn({ codes, values }: FieldColumn): FieldColumn {
  const texts = values.map((value) => [...textsOf(value)]);
  return { codes: codes.map((code) => (code >= 0 && (texts[code] as string[]).length > 0 ? code : -1)), values: texts };
}

/** Several names of a reference may be one declared column's. */
function sameColumn(batch: Batch, a: string, b: string): boolean {
  const column = declaredColumn(batch, a);
  return column >= 0 && column === declaredColumn(batch, b);
}

function declaredColumn(batch: Batch, name: string): number {
  return batch.schema.fields.findIndex(
    (f) => f.type.kind !== "open" && isEventColumn(f) && (f.name === name || f.from.includes(name)),
  );
}

function partsOf(batch: Batch, name: string): FieldColumn[] {
  const { fields } = batch.schema;
  const declared = declaredColumn(batch, name);
  if (declared >= 0) return [vectorColumn(batch.columns[declared] as Vector, (fields[declared] as Field).type)];
  const open = batch.columns[fields.findIndex((f) => f.type.kind === "open")];
  if (open === undefined) return [];
  return openAttributes(open as OpenVector, name).map((attribute) => attributeColumn(open as OpenVector, attribute));
}

function vectorColumn(vector: Vector, type: ColumnType): FieldColumn {
  const n = vector.length;
  if (vector.kind === "dict") {
    const { codes, validity } = vector;
    const values = stringsOf(vector.dict);
    if (validity === null) return { codes, values };
    return { codes: Int32Array.from(codes, (code, row) => (isValid(vector, row) ? code : -1)), values };
  }
  if (vector.kind === "utf8")
    return {
      codes: Int32Array.from({ length: n }, (_, row) => (isValid(vector, row) ? row : -1)),
      values: stringsOf(vector),
    };
  return numbered(n, (row) => valueAt(vector, type, row));
}

function attributeColumn(open: OpenVector, attribute: OpenAttribute): FieldColumn {
  const codes = new Int32Array(open.length).fill(-1);
  const { rows, values } = attribute;
  if (attribute.kind === "string" && values.kind === "dict") {
    for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = values.codes[j] as number;
    return { codes, values: stringsOf(values.dict) };
  }
  if (attribute.kind === "string" && values.kind === "utf8") {
    for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = j;
    return { codes, values: stringsOf(values) };
  }
  const list = attribute.kind === "json";
  const met = numbered(rows.length, (j) => openValue(attribute, j));
  for (let j = 0; j < rows.length; j++) codes[rows[j] as number] = met.codes[j] as number;
  return { codes, values: list ? met.values.map((text) => JSON.parse(text as string) as Value) : met.values };
}

function numbered(n: number, at: (row: number) => Value): FieldColumn {
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
  return { codes, values };
}

function firstPresent(a: FieldColumn, b: FieldColumn): FieldColumn {
  const shift = a.values.length;
  const codes = a.codes.map((code, row) => {
    const other = b.codes[row] as number;
    return code >= 0 || other < 0 ? code : other + shift;
  });
  return { codes, values: [...a.values, ...b.values] };
}
