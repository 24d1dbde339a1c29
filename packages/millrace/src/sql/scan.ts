/**
 * One table function gives DuckDB all tables of a snapshot: `millrace_scan(k)` is table k.
 *
 *   bind   names the table's columns t<k>c<j>, after a column t<k> that stands for "no column": DuckDB asks for the
 *          first one when a query needs only the number of rows, and nothing is decoded for it
 *   init   hears which columns are asked for, and starts the catalogue's scan with them
 *   main   hands over the next 2048 rows at most
 *
 * DuckDB calls from its own threads; the binding runs every call on this one, one after the other. With several scan
 * threads DuckDB overlaps its own work with ours; it uses one where the order of rows shows.
 */
import type { DuckDBDataChunk, DuckDBTableFunctionInitInfo } from "@duckdb/node-api";
import { BIGINT, BOOLEAN, DuckDBTableFunction } from "@duckdb/node-api";
import type { DataChunk, Vector as DuckVector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import { assert, MillraceError } from "../base/errors.js";
import { columnOf } from "../batch/batch.js";
import type { SqlBatch, SqlTable, TimeRange } from "./catalog.js";
import type { SqlColumn } from "./columns.js";
import { copyData } from "./write-memory.js";
import { writeAttribute, writeOpenJson } from "./write-open.js";
import { writeMicrosConstant, writeVector } from "./write-vector.js";

export const SCAN_FUNCTION = "millrace_scan";
const SLICE_ROWS = 2048;

/** A table as one query sees it. */
export interface BoundTable {
  readonly table: SqlTable;
  /** Column j is `t<k>c<j>` inside. */
  readonly columns: readonly SqlColumn[];
}

/** What the callbacks of one query share. */
export interface ScanState {
  readonly tables: readonly BoundTable[];
  /** Bounds on event time by table, from the plan. */
  readonly times: Map<number, TimeRange>;
  readonly threads: number;
  cancelled: boolean;
  /** The first error a callback threw: DuckDB passes on only its text. */
  error: unknown;
  rowsRead: number;
  batchesRead: number;
}

interface TableScan {
  readonly batches: Iterator<SqlBatch>;
  readonly outputs: readonly (SqlColumn | null)[];
  current: SqlBatch | null;
  at: number;
}

export function scanFunction(state: ScanState): DuckDBTableFunction {
  return DuckDBTableFunction.create({
    name: SCAN_FUNCTION,
    parameterTypes: [BIGINT],
    supportsProjectionPushdown: true,
    bindFunction: (info) => {
      const k = Number(info.getParameter(0));
      const bound = state.tables[k];
      if (bound === undefined) return info.setError("no such table");
      info.addResultColumn(`t${k}`, BOOLEAN);
      for (let j = 0; j < bound.columns.length; j++)
        info.addResultColumn(`t${k}c${j}`, (bound.columns[j] as SqlColumn).type);
      if (bound.table.rows !== null) info.setCardinality(bound.table.rows, true);
      info.setBindData({ k });
    },
    initFunction: (info) => keepError(state, () => info.setInitData(startScan(state, info))),
    mainFunction: (info, output) => keepError(state, () => nextSlice(state, info.initData as TableScan, output)),
  });
}

function startScan(state: ScanState, info: DuckDBTableFunctionInitInfo): TableScan {
  const { k } = info.bindData as { k: number };
  const { table, columns } = state.tables[k] as BoundTable;
  const outputs = info.getColumnIndexes().map((index) => columns[index - 1] ?? null);
  const wanted = new Set<string>();
  const attributes = new Set<string>();
  let wholeOpen = false;
  for (const output of outputs) {
    const source = output?.source;
    if (source === undefined || source.kind === "origin") continue;
    wanted.add(source.column);
    if (source.kind === "attribute") attributes.add(source.attribute);
    if (source.kind === "json") wholeOpen = true;
  }
  info.setMaxThreads(state.threads);
  const request = {
    columns: [...wanted],
    attributes: wholeOpen ? null : [...attributes],
    time: state.times.get(k) ?? null,
  };
  return { batches: table.scan(request)[Symbol.iterator](), outputs, current: null, at: 0 };
}

/** Fills the chunk; zero rows say that the scan is over. */
function nextSlice(state: ScanState, scan: TableScan, output: DuckDBDataChunk): void {
  // A scan that gives no rows for long, or feeds an operator that does not look, must stop all the same.
  if (state.cancelled) throw new MillraceError("LIMIT", "Interrupted");
  while (scan.current === null || scan.at >= scan.current.to) {
    const next = scan.batches.next();
    if (next.done === true) {
      output.rowCount = 0;
      return;
    }
    scan.current = next.value;
    scan.at = next.value.from;
    state.batchesRead++;
  }
  const count = Math.min(SLICE_ROWS, scan.current.to - scan.at);
  output.rowCount = count;
  for (let i = 0; i < scan.outputs.length; i++) {
    const column = scan.outputs[i];
    if (column !== null && column !== undefined)
      writeColumn(
        duckdb.data_chunk_get_vector((output as unknown as { chunk: DataChunk }).chunk, i),
        column,
        scan.current,
        scan.at,
        count,
      );
  }
  scan.at += count;
  state.rowsRead += count;
}

function writeColumn(target: DuckVector, { source }: SqlColumn, slice: SqlBatch, from: number, count: number): void {
  if (source.kind === "origin") {
    writeOrigin(target, source.part, slice, from, count);
    return;
  }
  const vector = columnOf(slice.batch, source.column);
  if (source.kind === "declared") {
    writeVector(target, vector, source.type, from, count);
    return;
  }
  assert(vector.kind === "open", `column "${source.column}" is not open`);
  if (source.kind === "json") writeOpenJson(target, vector, from, count);
  else writeAttribute(target, vector, source.attribute, source.as, from, count);
}

function writeOrigin(target: DuckVector, part: string, { origin }: SqlBatch, from: number, count: number): void {
  assert(origin !== null, "a table with no place in the log");
  if (part === "appendTime") writeMicrosConstant(target, origin.appendTime, count);
  else if (part === "partition") copyData(target, new Int32Array(count).fill(origin.partition));
  else {
    const offsets = new BigInt64Array(count);
    for (let i = 0; i < count; i++) offsets[i] = BigInt(origin.offset + from + i);
    copyData(target, new Int32Array(offsets.buffer));
  }
}

function keepError(state: ScanState, run: () => void): void {
  try {
    run();
  } catch (error) {
    state.error ??= error;
    throw error;
  }
}
