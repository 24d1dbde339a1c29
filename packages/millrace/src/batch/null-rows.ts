/** Which rows of a column being built are null. Costs nothing for the rows that are not. */
export class NullRows {
  /** 1 = null: the inverse of a validity bitmap. */
  #bits: Uint8Array<ArrayBuffer> | null = null;

  add(row: number): void {
    if (this.#bits === null) this.#bits = new Uint8Array(Math.max(64, (row >> 3) + 1));
    else if (row >> 3 >= this.#bits.length) {
      const grown = new Uint8Array(2 * Math.max(this.#bits.length, row >> 3));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[row >> 3] = (this.#bits[row >> 3] as number) | (1 << (row & 7));
  }

  has(row: number): boolean {
    return this.#bits !== null && (((this.#bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
  }

  remove(row: number): void {
    if (this.has(row)) {
      const bits = this.#bits as Uint8Array;
      bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7));
    }
  }

  /** The validity bitmap of `length` rows, owned, or null when no row is null; all rows are forgotten. */
  finish(length: number): Uint8Array | null {
    const nulls = this.#bits;
    this.#bits = null;
    if (nulls === null || nulls.every((byte) => byte === 0)) return null;
    const validity = new Uint8Array((length + 7) >> 3);
    for (let i = 0; i < validity.length; i++) validity[i] = ~(nulls[i] ?? 0);
    if ((length & 7) !== 0) validity[length >> 3] = (validity[length >> 3] as number) & ((1 << (length & 7)) - 1);
    return validity;
  }
}
