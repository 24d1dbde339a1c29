/**
 * Operator state in pieces: what tasks give to be saved and take up again, small enough to be held, sent and checked one
 * by one, however large the state is. A piece is a chunk of rows of one of the operator's tables.
 */

import { bug } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import { decodeChunk, encodeChunk } from "../../batch/chunk-codec.js";
import { takeBatch } from "../../batch/take.js";
import { dealRows } from "../operators/exchange.js";
import type { StatefulOperator } from "../operators/operator.js";

/** Rows of one table of one operator of one task. */
export interface StatePiece {
  readonly operator: string;
  readonly table: string;
  /** How many rows. */
  readonly keys: number;
  /** The rows as a chunk. Belongs to whoever holds the piece. */
  readonly bytes: Uint8Array;
}

export function* piecesOf(operator: StatefulOperator): Generator<StatePiece, void> {
  for (const { table, rows } of operator.checkpoint())
    yield { operator: operator.id, table, keys: rows.length, bytes: encodeChunk(rows) };
}

/** The rows of a piece whose keys are those of worker `index` of `workers`, whatever number of them saved it. */
export function rowsOf(piece: StatePiece, operator: StatefulOperator, index: number, workers: number): Batch {
  const table =
    operator.tables.find(({ name }) => name === piece.table) ??
    bug(`the state of "${piece.operator}" has no table "${piece.table}"`);
  const rows = decodeChunk(piece.bytes, table.schema, null);
  const own = dealRows(rows, table.key, workers)[index] as Int32Array;
  return own.length === rows.length ? rows : takeBatch(rows, own, own.length);
}
