/** Validity and selection bitmaps in Arrow's order: row i is bit (i & 7) of byte (i >> 3). */
export function bitmapBytes(rows: number): number {
  return (rows + 7) >> 3;
}

export function getBit(bits: Uint8Array, row: number): boolean {
  return ((bits[row >> 3] as number) & (1 << (row & 7))) !== 0;
}

export function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
}

export function clearBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7));
}

/** A bitmap with the first `rows` bits set and the rest of the last byte clear. */
export function allSet(rows: number): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(rows)).fill(255);
  const rest = rows & 7;
  if (rest !== 0) bits[bits.length - 1] = (1 << rest) - 1;
  return bits;
}

export function countSet(bits: Uint8Array, rows: number): number {
  let count = 0;
  for (let row = 0; row < rows; row++) if (getBit(bits, row)) count++;
  return count;
}
