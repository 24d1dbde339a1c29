/**
 * UTF-8 columns to JavaScript strings and back. Decoding a whole column at once and cutting it up costs about a
 * tenth of decoding each value by itself; the cut strings keep the column's text alive, so what goes into long-lived
 * state is taken with `ownString`.
 */
import { isAscii } from "node:buffer";
import type { BinaryVector, DictVector, Utf8Vector } from "./vector.js";

const decoded = new WeakMap<Utf8Vector, readonly string[]>();

/** All values of a plain vector as strings, decoded once and remembered for the vector's lifetime. "" for nulls. */
export function stringsOf(vector: Utf8Vector): readonly string[] {
  let strings = decoded.get(vector);
  if (strings === undefined) {
    strings = decodeAll(vector);
    decoded.set(vector, strings);
  }
  return strings;
}

/** Row `row` as a string that holds no other text alive. */
export function ownString(vector: Utf8Vector, row: number): string {
  const from = vector.offsets[row] as number;
  const to = vector.offsets[row + 1] as number;
  return bufferOf(vector.bytes).toString("utf8", from, to);
}

/** Row `row` of either form of a string column, null aside. */
export function stringAt(vector: Utf8Vector | DictVector, row: number): string {
  return vector.kind === "dict"
    ? (stringsOf(vector.dict)[vector.codes[row] as number] as string)
    : (stringsOf(vector)[row] as string);
}

/** A plain vector without nulls. */
export function utf8Of(values: readonly string[]): Utf8Vector {
  const offsets = new Int32Array(values.length + 1);
  let end = 0;
  for (let i = 0; i < values.length; i++) {
    end += Buffer.byteLength(values[i] as string);
    offsets[i + 1] = end;
  }
  const bytes = Buffer.allocUnsafeSlow(end);
  for (let i = 0; i < values.length; i++) bytes.write(values[i] as string, offsets[i] as number);
  return { kind: "utf8", length: values.length, validity: null, offsets, bytes };
}

/** A plain view of row `row`: a Buffer, which some columns are made of, has other methods. */
export function bytesAt({ bytes, offsets }: BinaryVector | Utf8Vector, row: number): Uint8Array {
  const from = offsets[row] as number;
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, (offsets[row + 1] as number) - from);
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeAll(vector: Utf8Vector): readonly string[] {
  const { offsets, length } = vector;
  const base = offsets[0] ?? 0;
  const buffer = bufferOf(vector.bytes).subarray(base, offsets[length] ?? base);
  const strings = new Array<string>(length);
  if (isAscii(buffer)) {
    const text = buffer.toString("latin1");
    for (let i = 0; i < length; i++)
      strings[i] = text.slice((offsets[i] as number) - base, (offsets[i + 1] as number) - base);
  } else {
    for (let i = 0; i < length; i++)
      strings[i] = buffer.toString("utf8", (offsets[i] as number) - base, (offsets[i + 1] as number) - base);
  }
  return strings;
}
