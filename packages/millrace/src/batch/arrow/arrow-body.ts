/** The nodes and buffers of a record batch, column by column, depth first. */
import { bitmapBytes, setBit } from "../../base/bits.js";
import { assert } from "../../base/errors.js";
import { countBits, trimBits } from "../bit-range.js";
import { dictOf, plainOf } from "../dict.js";
import { nullVector } from "../null-vector.js";
import { sliceVector, takeVector } from "../take.js";
import type { BinaryVector, OpenAttribute, OpenVector, Utf8Vector, Vector } from "../vector.js";
import type { Shape } from "./arrow-shape.js";

export interface Dictionary {
  readonly id: number;
  readonly values: Utf8Vector;
}

export class BodyWriter {
  /** Length and null count of each field. */
  readonly nodes: number[] = [];
  readonly buffers: Uint8Array[] = [];
  /** What the columns' codes point into. */
  readonly dictionaries: Dictionary[] = [];

  column(shape: Shape, vector: Vector): void {
    if (vector.kind === "open") {
      this.#open(shape, vector);
      return;
    }
    if (shape.field.dictionary !== null) {
      this.#codes(shape.field.dictionary.id, vector);
      return;
    }
    this.#node(vector);
    switch (vector.kind) {
      case "bool":
        this.buffers.push(trimBits(vector.bits, vector.length));
        break;
      case "int32":
      case "float64":
        this.buffers.push(bytesOf(vector.values, vector.length));
        break;
      case "int64":
        this.buffers.push(bytesOf(vector.words, 2 * vector.length));
        break;
      case "decimal":
        this.buffers.push(bytesOf(vector.words, 4 * vector.length));
        break;
      case "utf8":
      case "binary":
        this.#bytes(vector);
        break;
      case "dict":
        this.#bytes(plainOf(vector));
        break;
      case "list": {
        this.buffers.push(bytesOf(fromZero(vector.offsets, vector.length), vector.length + 1));
        const child = sliceVector(vector.child, vector.offsets[0] ?? 0, vector.offsets[vector.length] ?? 0);
        this.column(shape.children[0] as Shape, child);
        break;
      }
      case "struct":
        for (const [k, child] of shape.children.entries()) this.column(child, vector.children[k] as Vector);
        break;
    }
  }

  /** Strings as such: the values of a dictionary. */
  plain(vector: Utf8Vector): void {
    this.#node(vector);
    this.#bytes(vector);
  }

  #node(vector: Vector): void {
    const nulls = vector.validity === null ? 0 : vector.length - countBits(vector.validity, vector.length);
    this.nodes.push(vector.length, nulls);
    this.buffers.push(nulls === 0 ? NOTHING : trimBits(vector.validity as Uint8Array, vector.length));
  }

  #bytes(vector: Utf8Vector | BinaryVector): void {
    this.buffers.push(bytesOf(fromZero(vector.offsets, vector.length), vector.length + 1));
    this.buffers.push(vector.bytes.subarray(vector.offsets[0] ?? 0, vector.offsets[vector.length] ?? 0));
  }

  #codes(id: number, vector: Vector): void {
    assert(vector.kind === "dict" || vector.kind === "utf8", `a dictionary of ${vector.kind}`);
    const dict = vector.kind === "dict" ? vector : dictOf(vector);
    this.#node(dict);
    this.buffers.push(bytesOf(dict.codes, dict.length));
    this.dictionaries.push({ id, values: dict.dict });
  }

  #open(shape: Shape, vector: OpenVector): void {
    this.#node(vector);
    shape.children.forEach((child, k) => {
      const wanted = shape.attributes[k] as Shape["attributes"][number];
      const attribute = vector.attributes.find((a) => a.name === wanted.name && a.kind === wanted.kind);
      this.column(
        child,
        attribute === undefined ? nullVector(child.type, vector.length) : denseOf(attribute, vector.length),
      );
    });
  }
}

const NOTHING = new Uint8Array(0);

/** The attribute as a column of all rows, null where it is absent. */
function denseOf(attribute: OpenAttribute, length: number): Vector {
  const { rows, values } = attribute;
  const validity = new Uint8Array(bitmapBytes(length));
  const positions = new Int32Array(length);
  for (let j = 0; j < rows.length; j++) setBit(validity, rows[j] as number);
  if (values.kind === "utf8") return { ...values, length, validity, offsets: denseOffsets(rows, values, length) };
  for (let j = 0; j < rows.length; j++) positions[rows[j] as number] = j;
  return { ...takeVector(values, positions, length), validity };
}

/** Rows without the attribute get no bytes, so that the bytes need not be copied. */
function denseOffsets(rows: Int32Array, values: Utf8Vector, length: number): Int32Array {
  const offsets = new Int32Array(length + 1);
  let j = 0;
  let end = values.offsets[0] ?? 0;
  offsets[0] = end;
  for (let row = 0; row < length; row++) {
    if (j < rows.length && rows[j] === row) end = values.offsets[++j] as number;
    offsets[row + 1] = end;
  }
  return offsets;
}

/** n + 1 offsets that begin at 0. */
function fromZero(offsets: Int32Array, n: number): Int32Array {
  const first = offsets[0] ?? 0;
  if (offsets.length === 0) return new Int32Array(1);
  return first === 0 ? offsets : offsets.subarray(0, n + 1).map((offset) => offset - first);
}

function bytesOf(values: Int32Array | Float64Array, n: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, n * values.BYTES_PER_ELEMENT);
}
