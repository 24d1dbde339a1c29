/**
 * Where the rows of a batch stand in the input, and their bytes: for rows that decode well and are refused later, by
 * their event time say. Kept beside the columns until the batch has been taken.
 */
import { DEAD_BYTES_MAX } from "./decoder.js";

const LINE = 0;
const FROM = 1;
const TO = 2;
const NUMBERS = 3;

/** Bytes of the input, from a position on. They are not copied. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export class RowPlaces {
  /** What the rows came in, in order, without gaps. */
  pieces: readonly Piece[] = [];
  readonly #numbers: Float64Array;
  #rows = 0;

  constructor(rowsMax: number) {
    this.#numbers = new Float64Array(NUMBERS * rowsMax);
  }

  /** The next row begins at line `line` (1-based), and is the input's bytes [from, to), its end included. */
  row(line: number, from: number, to: number): void {
    const at = NUMBERS * this.#rows++;
    this.#numbers[at + LINE] = line;
    this.#numbers[at + FROM] = from;
    this.#numbers[at + TO] = to;
  }

  /** Like a dead row: its line, its position, and its first bytes without the line's end. */
  at(row: number): { readonly line: number; readonly position: number; readonly bytes: Uint8Array } {
    const [line = 0, from = 0, to = 0] = this.#numbers.subarray(NUMBERS * row, NUMBERS * (row + 1));
    const whole = Buffer.concat(
      this.pieces.map(({ position, bytes }) =>
        bytes.subarray(Math.max(0, from - position), Math.max(0, to - position)),
      ),
    );
    let end = whole.length;
    if (whole[end - 1] === 10) end--;
    if (whole[end - 1] === 13) end--;
    return { line, position: from, bytes: new Uint8Array(whole.subarray(0, Math.min(end, DEAD_BYTES_MAX))) };
  }
}
