/**
 * The decoder contract: bytes in, columns out, nothing lost.
 *
 *   bytes --push--> | carry | lines … | --take--> batch, dead rows, and the position both cover
 *
 * Every line of the input ends as exactly one of: a row of a batch, a dead row, or nothing because it was blank
 * (`DecoderCounts`). A bad line never stops the lines after it.
 */
import type { Batch } from "../batch/batch.js";
import type { Schema } from "../schema/column-type.js";
import type { LineChoice } from "./line-choice.js";
import type { RowPlaces } from "./row-places.js";

export interface Decoder {
  /** The next bytes of the input, cut anywhere. They are copied: the caller may use the buffer again, but not with `places`. */
  push(bytes: Uint8Array): void;
  /**
   * The input is complete: an unfinished last line counts as it stands. Closes the open batch. Should bytes follow all
   * the same, the rest of that line is a dead row.
   */
  end(): void;
  /**
   * Closes the open batch at the last whole line, so that `take` gives every line that has arrived. An unfinished one
   * waits for its end; reading may also begin again at its beginning, which is the batch's `position`.
   */
  flush(): void;
  /** Nothing has come for long: takes whole lines that only waited for others, then as `flush`. */
  settle(): void;
  /** Finished batches since the last call, in order. */
  take(): Decoded[];
  readonly counts: DecoderCounts;
}

/** What a stretch of input became. */
export interface Decoded {
  /** In the schema asked for (the projection's, where there is one); may have no rows. */
  readonly batch: Batch;
  /** Bytes of the decoded input up to which everything is in this or an earlier `Decoded`. */
  readonly position: number;
  /** Lines up to there. */
  readonly line: number;
  readonly dead: readonly DeadRow[];
  /** Where the batch's rows stand, where that was asked for. */
  readonly places?: RowPlaces;
}

/** A line that is not a row, and why. */
export interface DeadRow {
  /** 1-based, where the row begins. */
  readonly line: number;
  /** Byte of the decoded input where it begins. */
  readonly position: number;
  /** The raw bytes without the line's end, at most `DEAD_BYTES_MAX` of them; owned. */
  readonly bytes: Uint8Array;
  /** True length in bytes. */
  readonly length: number;
  readonly reason: string;
}

/**
 * lines = rows + dead + blank + continued (a CSV header counts as blank; a quoted record over k lines is one row and
 * k - 1 `continued`; what follows a line that was taken unfinished counts as a line of its own).
 */
export interface DecoderCounts {
  readonly lines: number;
  readonly rows: number;
  readonly dead: number;
  readonly blank: number;
  readonly continued: number;
  /** Values under names the schema does not know, where there is no open column to keep them. */
  readonly unknown: number;
}

/** Which part of the event type is needed. Rows are not checked for what is left out. */
export interface Projection {
  /** Columns of the schema by name; the batch has these in the schema's order. */
  readonly columns: readonly string[];
  /** Attributes of the open column, if that is among `columns`; all where not given. */
  readonly attributes?: readonly string[];
  /** What is read of each line beside that, and instead (JSON only). */
  readonly choice?: LineChoice;
}

export interface DecoderOptions {
  readonly schema: Schema;
  /** Taken for a column with `$file` in its `from`. */
  readonly file?: string;
  readonly projection?: Projection;
  /** Rows (with dead ones) after which a batch closes. */
  readonly rowsMax?: number;
  /** Input bytes after which a batch closes, at the end of a line. */
  readonly batchBytesMax?: number;
  /** A longer line is a dead row and is not kept in memory. */
  readonly lineBytesMax?: number;
  /** Keep the place of each row with its batch, and the pieces of input that it came in. */
  readonly places?: boolean;
  /** The clock, for times that do not say their year; the machine's where not given. */
  readonly now?: () => number;
  /** Where the bytes begin, when not at the beginning (resuming). */
  readonly position?: number;
  readonly line?: number;
  /** The bytes begin within a line that was taken unfinished: what is left of it is a dead row. */
  readonly inLine?: boolean;
}

export const DECODER_ROWS_MAX = 8192;
export const DECODER_BATCH_BYTES_MAX = 8 << 20;
export const DECODER_LINE_BYTES_MAX = 16 << 20;
export const DEAD_BYTES_MAX = 64 << 10;
