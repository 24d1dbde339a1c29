/**
 * From decoded batches to the log: the decisions that are made once, at append, and never again.
 *
 *   event time (a computed one becomes the stored column `$time`)
 *   quarantine (a row too far ahead of the clock goes to the dead letters)
 *   partition  (by the columns of `partitionBy`, else the one the source says)
 *
 * When `take` resolves, every row is durable, in its stream or among the dead letters. The parts of a batch (partitions,
 * dead letters) become durable independently: where a crash left some of them, the batch is taken again from its
 * source, and decided as it was then, by the append time of the parts that are there.
 */
import type { Clock } from "../../base/clock.js";
import { describeError, MillraceError } from "../../base/errors.js";
import { formatInstant } from "../../base/time.js";
import type { Batch } from "../../batch/batch.js";
import { columnOf, makeBatch } from "../../batch/batch.js";
import { batchOf } from "../../batch/build.js";
import { hashRows } from "../../batch/hash.js";
import { OpenRow } from "../../batch/open.js";
import { rowAt } from "../../batch/read.js";
import { takeBatch } from "../../batch/take.js";
import type { Int64Vector } from "../../batch/vector.js";
import { int64AsNumber, setInt64Number } from "../../batch/vector.js";
import type { DeadLetter } from "../../log/dead-letters.js";
import { DEAD_LETTERS, DEAD_LETTERS_EDGE, deadLetterRow, jsonRow, LETTER_BYTES_MAX } from "../../log/dead-letters.js";
import type { AppendRequest, Log, SourcePosition, TakenPosition } from "../../log/log.js";
import type { InputPlan } from "../../plan/resolve.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { ResumeAt } from "../../source/file-reading.js";
import type { RowPlaces } from "../../source/row-places.js";
import { makeCursor } from "../compile/cursor.js";

export interface Refused {
  readonly line?: number;
  readonly position?: number;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/** What was new of a batch: parts that were there already do not count. */
export interface Taken {
  readonly rows: number;
  readonly refused: number;
  /** Why, a letter for each row that was refused: by the decoder or by its event time; in order of place where that is known. */
  readonly letters: readonly Pick<DeadLetter, "line" | "reason">[];
}

export interface TakeOptions {
  /** Where the bytes came from, for dead letters: a path, "http". */
  readonly source: string;
  /** For streams without `partitionBy`. Default 0. */
  readonly partition?: number;
  /** Where the batch's rows stand in the source, with their bytes. */
  readonly places?: RowPlaces | undefined;
  /** Recorded with the rows, so that after a crash the source goes on behind them. */
  readonly position?: SourcePosition;
  /** A row that can't be taken throws `DECODE`, and nothing is taken, instead of becoming a dead letter. */
  readonly whole?: boolean;
}

/** Whether rows of the input may be refused once they are decoded: then their places are wanted. */
export function mayRefuse({ time, futureMs }: InputPlan): boolean {
  return time !== null || futureMs !== null;
}

export class Ingest {
  readonly #log: Log;
  readonly #clock: Clock;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  async take(input: InputPlan, batch: Batch, dead: readonly Refused[], options: TakeOptions): Promise<Taken> {
    const now = this.#decidedAt(input, options.position) ?? this.#clock.now();
    const letters: DeadLetter[] = dead.map((row) => ({
      at: now,
      source: options.source,
      stream: input.name,
      ...row,
      bytes: row.bytes.subarray(0, LETTER_BYTES_MAX),
    }));
    const timed = this.#timed(input, batch, now, options, letters);
    letters.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    if (options.whole === true && letters[0] !== undefined) throw new MillraceError("DECODE", letters[0].reason);
    const requests: AppendRequest[] = this.#partitioned(input, timed, options).map(({ partition, rows }) => ({
      stream: input.name,
      partition,
      rows,
      appendTime: now,
      ...(options.position === undefined ? {} : { source: options.position }),
    }));
    if (letters.length > 0)
      requests.push({
        stream: DEAD_LETTERS.name,
        partition: DEAD_LETTERS_EDGE,
        rows: batchOf(DEAD_LETTERS.schema, letters.map(deadLetterRow)),
        appendTime: now,
        ...(options.position === undefined ? {} : { source: deadPosition(input.name, options.position) }),
      });
    const missing = requests.filter((request) => !this.#alreadyThere(input, request));
    if (missing.length > 0) await this.#log.append(missing);
    const isLetters = ({ stream }: AppendRequest): boolean => stream === DEAD_LETTERS.name;
    return {
      rows: missing.reduce((sum, request) => sum + (isLetters(request) ? 0 : request.rows.length), 0),
      refused: missing.some(isLetters) ? letters.length : 0,
      letters: missing.some(isLetters) ? letters : [],
    };
  }

  /**
   * Where to go on reading a source after a restart. Batches of a source become durable one after the other, but the
   * parts of one batch (partitions, dead letters) independently: so the last batch is read again from its beginning,
   * up to the very byte where it ended (the file may have grown, or was cut off), and the parts that are there already
   * are left out.
   */
  resume(input: InputPlan, source: string): ResumeAt {
    let last: SourcePosition | null = null;
    for (const position of this.#positions(input, source))
      if (last === null || position.position > last.position) last = position;
    return last === null
      ? { position: 0, line: 0 }
      : { position: last.from, line: last.fromLine, until: last.position };
  }

  /** When this very batch was decided, if a part of it is in the log already. */
  #decidedAt(input: InputPlan, position: SourcePosition | undefined): number | null {
    if (position === undefined) return null;
    for (const there of this.#positions(input, position.source))
      if (there.position === position.position && there.from === position.from) return there.appendTime;
    return null;
  }

  #alreadyThere(input: InputPlan, { stream, partition, source }: AppendRequest): boolean {
    if (source === undefined) return false;
    // Where the source says the partition, a batch is whole in one: even if the source is given another one by now.
    const anywhere = stream === input.name && input.partitionBy.length === 0;
    const partitions = anywhere ? Array.from({ length: input.partitions }, (_, p) => p) : [partition];
    return partitions.some((p) => {
      const there = this.#log.sourcePosition(stream, p, source.source);
      return there !== null && there.position >= source.position;
    });
  }

  *#positions(input: InputPlan, source: string): Iterable<TakenPosition> {
    for (let partition = 0; partition < input.partitions; partition++) {
      const position = this.#log.sourcePosition(input.name, partition, source);
      if (position !== null) yield position;
    }
    const dead = this.#log.sourcePosition(DEAD_LETTERS.name, DEAD_LETTERS_EDGE, deadSource(input.name, source));
    if (dead !== null) yield dead;
  }

  /** The batch in the stored schema, without rows that have no event time or one too far ahead. */
  #timed(input: InputPlan, batch: Batch, now: number, { source, places }: TakeOptions, letters: DeadLetter[]): Batch {
    const refuse = (row: number, reason: string): void => {
      const place = places?.at(row) ?? { bytes: Buffer.from(inputJson(batch, row)).subarray(0, LETTER_BYTES_MAX) };
      letters.push({ at: now, source, stream: input.name, reason, ...place });
    };
    const refused = new Uint8Array(batch.length);
    let count = 0;
    let stored = batch;
    if (input.kind === "table") {
      const words = new Int32Array(2 * batch.length);
      for (let row = 0; row < batch.length; row++) setInt64Number(words, row, now);
      stored = withTimes(input, batch, words);
    } else if (input.time !== null) {
      const words = new Int32Array(2 * batch.length);
      const cursor = makeCursor(batch.schema);
      cursor.bind(batch);
      for (let row = 0; row < batch.length; row++) {
        cursor.at(row);
        const reason = setTime(words, row, () => input.time?.(cursor.row));
        if (reason === null) continue;
        refuse(row, reason);
        refused[row] = 1;
        count++;
      }
      stored = withTimes(input, batch, words);
    }
    if (input.futureMs !== null) {
      const { words } = columnOf(stored, input.timeColumn) as Int64Vector;
      for (let row = 0; row < batch.length; row++) {
        const time = int64AsNumber(words, row);
        if (refused[row] === 1 || time <= now + input.futureMs) continue;
        refuse(row, `its event time ${formatInstant(time)} is more than ${input.futureMs / 1000} s ahead of the clock`);
        refused[row] = 1;
        count++;
      }
    }
    if (count === 0) return stored;
    const kept = Int32Array.from(
      Array.from({ length: batch.length }, (_, row) => row).filter((row) => refused[row] === 0),
    );
    return takeBatch(stored, kept, kept.length);
  }

  #partitioned(input: InputPlan, rows: Batch, options: TakeOptions): { partition: number; rows: Batch }[] {
    if (input.partitionBy.length === 0 || input.partitions === 1) return [{ partition: options.partition ?? 0, rows }];
    const hashes = new Uint32Array(rows.length);
    hashRows(
      rows,
      input.partitionBy.map((name) => fieldIndex(rows.schema, name)),
      hashes,
    );
    const selected = Array.from({ length: input.partitions }, () => [] as number[]);
    for (let row = 0; row < rows.length; row++)
      (selected[(hashes[row] as number) % input.partitions] as number[]).push(row);
    const parts = selected.flatMap((list, partition) =>
      list.length === 0 ? [] : [{ partition, rows: takeBatch(rows, Int32Array.from(list), list.length) }],
    );
    // The source's position must be recorded even when every row was refused.
    return parts.length === 0 && options.position !== undefined ? [{ partition: 0, rows }] : parts;
  }
}

/** A row as a line that decodes to it again: open attributes stand beside the declared columns. */
function inputJson(batch: Batch, row: number): string {
  const values: Record<string, unknown> = { ...rowAt(batch, row) };
  for (const { name, type } of batch.schema.fields) {
    const value = values[name];
    if (type.kind !== "open" || !(value instanceof OpenRow)) continue;
    delete values[name];
    for (const [attribute, own] of Object.entries(value.toJSON())) values[attribute] ??= own;
  }
  return jsonRow(values);
}

function deadSource(stream: string, source: string): string {
  return `${stream} ${source}`;
}

function deadPosition(stream: string, position: SourcePosition): SourcePosition {
  return { ...position, source: deadSource(stream, position.source) };
}

function withTimes(input: InputPlan, batch: Batch, words: Int32Array): Batch {
  return makeBatch(
    input.schema,
    [...batch.columns, { kind: "int64", length: batch.length, validity: null, words }],
    batch.length,
  );
}

/** Writes the row's event time; returns what is wrong with it, or null. */
function setTime(words: Int32Array, row: number, compute: () => unknown): string | null {
  try {
    const time = compute();
    if (typeof time !== "number" || !Number.isFinite(time))
      return `it has no event time: the stream's \`time\` gave ${String(time)}, not epoch milliseconds`;
    setInt64Number(words, row, Math.trunc(time));
    return null;
  } catch (error) {
    return `its event time can't be computed: ${describeError(error)}`;
  }
}
