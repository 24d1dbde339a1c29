/**
 * Row cursors: the object a lambda sees as `e`. One cursor stands on one row of a batch at a time; its own, enumerable
 * accessors read the columns, so that property access, destructuring and spread work as on a plain row.
 *
 * A cursor is valid during the call only. Nothing is allocated for a row but what a column's value itself is.
 */
import { getBit } from "../../base/bits.js";
import type { Batch } from "../../batch/batch.js";
import { valueAt } from "../../batch/read.js";
import { stringsOf } from "../../batch/strings.js";
import type { Vector } from "../../batch/vector.js";
import { isValid, WORD } from "../../batch/vector.js";
import type { Field, Schema } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";

export interface Cursor {
  /** What is handed to the lambda. */
  readonly row: Readonly<Record<string, Value>>;
  /** Takes a batch that has the cursor's columns, in any order. */
  bind(batch: Batch): void;
  /** Stands on row `i` of the batch. */
  at(i: number): void;
}

export type Reader = (i: number) => Value;

export function makeCursor(schema: Schema): Cursor {
  let row = 0;
  const readers: Reader[] = schema.fields.map(() => () => null);
  const object: Record<string, Value> = {};
  schema.fields.forEach((f, k) => {
    Object.defineProperty(object, f.name, { enumerable: true, get: () => (readers[k] as Reader)(row) });
  });
  Object.preventExtensions(object);
  return {
    row: object,
    bind(batch) {
      schema.fields.forEach((f, k) => {
        readers[k] = readerOf(batch.columns[fieldIndex(batch.schema, f.name)] as Vector, f);
      });
    },
    at(i) {
      row = i;
    },
  };
}

/** A function from row number to value, specialised for the column's layout. */
export function readerOf(vector: Vector, f: Field): Reader {
  const read = denseReader(vector, f);
  return vector.validity === null ? read : (i) => (isValid(vector, i) ? read(i) : null);
}

function denseReader(vector: Vector, f: Field): Reader {
  switch (vector.kind) {
    case "int32":
    case "float64": {
      const { values } = vector;
      return (i) => values[i] as number;
    }
    case "int64": {
      if (f.type.kind === "int64" || f.type.kind === "timestampNs") break;
      const { words } = vector;
      return (i) => (words[2 * i + 1] as number) * WORD + ((words[2 * i] as number) >>> 0);
    }
    case "bool": {
      const { bits } = vector;
      return (i) => getBit(bits, i);
    }
    case "dict": {
      const { codes } = vector;
      const strings = stringsOf(vector.dict);
      return (i) => strings[codes[i] as number] as string;
    }
    case "utf8": {
      const strings = stringsOf(vector);
      return (i) => strings[i] as string;
    }
  }
  return (i) => valueAt(vector, f.type, i);
}
