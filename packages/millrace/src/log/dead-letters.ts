/**
 * The stream of what could not be taken: at the edge (a line that does not fit its event type) or in the plan (a lambda
 * that throws). Nothing is lost: the bytes, the place and the reason are kept, and can be queried and replayed.
 */
import type { Schema } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { StreamSpec } from "./log.js";

/** Partition of rows refused at the edge: durable when the input is acknowledged. */
export const DEAD_LETTERS_EDGE = 0;
/** Partition of rows refused by operators: part of an epoch's commit. */
export const DEAD_LETTERS_ENGINE = 1;

/** The first bytes of what was refused; the rest is not kept. */
export const LETTER_BYTES_MAX = 65_536;

const schema: Schema = {
  fields: [
    field("at", { kind: "timestamp" }),
    field("source", { kind: "string" }),
    field("stream", { kind: "string" }),
    field("line", { kind: "int" }, true),
    field("position", { kind: "int" }, true),
    field("partition", { kind: "int32" }, true),
    field("offset", { kind: "int" }, true),
    field("operator", { kind: "string" }, true),
    field("reason", { kind: "string" }),
    field("bytes", { kind: "binary" }),
  ],
};

export const DEAD_LETTERS: StreamSpec = { name: "dead_letters", schema, time: "at", partitions: 2 };

export interface DeadLetter {
  /** Clock when it was refused, epoch ms. */
  readonly at: number;
  /** Where it came from: a path, "http", "engine". */
  readonly source: string;
  readonly stream: string;
  readonly line?: number;
  readonly position?: number;
  readonly partition?: number;
  readonly offset?: number;
  readonly operator?: string;
  readonly reason: string;
  /** The input's bytes, or the row as JSON; the first `LETTER_BYTES_MAX`. */
  readonly bytes: Uint8Array;
}

/** A row of `DEAD_LETTERS.schema`. */
export function deadLetterRow(letter: DeadLetter): Readonly<Record<string, unknown>> {
  return { ...letter };
}

/** A row as JSON, for a letter's bytes: int64 as text, binary as base64. */
export function jsonRow(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))
      ? String(value)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString("base64")
        : value,
  );
}
