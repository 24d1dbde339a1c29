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
