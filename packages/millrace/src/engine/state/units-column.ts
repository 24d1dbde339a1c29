/** Whole numbers of any length as a column of binary values: two's complement, low byte first. */

import { vectorOf } from "../../batch/layout.js";
import { bytesAt } from "../../batch/strings.js";
import type { BinaryVector, Vector } from "../../batch/vector.js";

export function bytesOfUnits(units: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = units;
  while (BigInt.asIntN(8, rest) !== rest) {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  }
  bytes.push(Number(BigInt.asUintN(8, rest)));
  return Uint8Array.from(bytes);
}

export function unitsOfBytes(column: BinaryVector, row: number): bigint {
  const bytes = bytesAt(column, row);
  let units = 0n;
  for (let k = bytes.length - 1; k >= 0; k--) units = (units << 8n) | BigInt(bytes[k] as number);
  return BigInt.asIntN(8 * bytes.length, units);
}

export function nullableBinary(values: readonly (Uint8Array | null)[]): Vector {
  return vectorOf({ kind: "binary" }, values);
}
