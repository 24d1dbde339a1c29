/**
 * The catalogue over log and store: streams from their chunks, views from the store's rows.
 *
 * 1. The worker opens a reader of the store, where it can: that is the commit, and the views stand still.
 * 2. It asks the main thread, which has the log's index, for the chunks up to that commit's offsets. What a commit
 *    covers is durable, so the log cannot be behind it.
 * 3. Chunks and rows are read here, when a scan comes to them.
 */
import type { Batch } from "../batch/batch.js";
import { makeBatch } from "../batch/batch.js";
import { vectorOf } from "../batch/layout.js";
import { DEAD_LETTERS } from "../log/dead-letters.js";
import type { Schema } from "../schema/column-type.js";
import { RowCodec } from "../view/row-codec.js";
import type { Store, StoreReader, ViewSpec } from "../view/store.js";
import { countAttributes } from "./batch-catalog.js";
import type { Catalog, CatalogSnapshot, ScanRequest, SqlAttribute, SqlBatch, SqlTable, TimeRange } from "./catalog.js";
import { ChunkReader } from "./chunk-reader.js";
import { namesIn, wantsAll } from "./names.js";
import type { PinAnswer, PinnedStream, PinnedView, PinRequest } from "./pinned-log.js";
import { unpack } from "./pinned-log.js";

export interface LogCatalogParts {
  /** Opened in the worker; null when the store lives on the main thread and comes with the pin. */
  readonly store: (Pick<Store, "read"> & { close?(): Promise<void> }) | null;
  /** One sentence on a stream or view, by name. */
  readonly docs?: Readonly<Record<string, string>>;
}

/** Rows of a view put into one batch. */
const VIEW_BATCH_ROWS = 8192;

export function logCatalog({ store, docs = {} }: LogCatalogParts): Catalog {
  const chunks = new ChunkReader();
  return {
    async snapshot({ sql, ask }): Promise<CatalogSnapshot> {
      const names = namesIn(sql);
      const reader = store?.read() ?? null;
      try {
        const request: PinRequest = {
          named: wantsAll(sql, names) ? null : [...names],
          commit: reader === null ? "main" : reader.commit,
        };
        const answer = (await ask(request)) as PinAnswer;
        const views = reader === null ? (answer.views ?? []).map((view) => pinnedView(view, docs)) : [];
        const read = reader === null ? [] : reader.views().map((spec) => readView(spec, reader, docs));
        const streams = answer.streams.map((stream) => streamTable(stream, chunks, docs));
        return {
          epoch: answer.commit?.epoch ?? null,
          tables: [...streams, ...views, ...read],
          close: () => reader?.close(),
        };
      } catch (error) {
        reader?.close();
        throw error;
      }
    },
    async close(): Promise<void> {
      chunks.close();
      await store?.close?.();
    },
  };
}

function streamTable(stream: PinnedStream, chunks: ChunkReader, docs: Readonly<Record<string, string>>): SqlTable {
  const { spec, rows } = stream;
  const open = spec.schema.fields.find((f) => f.type.kind === "open");
  return {
    name: spec.name,
    kind: spec.name === DEAD_LETTERS.name ? "dead_letters" : "stream",
    schema: spec.schema,
    doc:
      docs[spec.name] ??
      (spec.name === DEAD_LETTERS.name ? "What could not be taken, with its bytes, its place and the reason." : ""),
    time: spec.time,
    rows,
    attributes(): readonly SqlAttribute[] {
      if (open === undefined) return [];
      const counted: { name: string; kind: SqlAttribute["kind"]; rows: { length: number } }[][] = [];
      for (const partition of stream.chunks)
        for (const chunk of unpack(partition))
          counted.push(
            chunks.attributes(chunk, open.name).map(({ name, kind, rows: n }) => ({ name, kind, rows: { length: n } })),
          );
      return countAttributes(counted);
    },
    *scan({ columns, attributes, time }: ScanRequest): Iterable<SqlBatch> {
      for (const partition of stream.chunks)
        for (const chunk of unpack(partition)) {
          if (time !== null && outside(chunk.time, time)) continue;
          const count = chunk.to - chunk.from;
          // A query that needs only the number of rows reads no chunk.
          const batch =
            columns.length === 0
              ? makeBatch({ fields: [] }, [], count)
              : chunks.read(chunk, spec.schema, columns, attributes);
          yield {
            batch,
            from: 0,
            to: count,
            origin: { partition: partition.partition, offset: chunk.from, appendTime: chunk.appendTime },
          };
        }
    },
  };
}

function outside(chunk: TimeRange, wanted: TimeRange): boolean {
  return chunk.max < wanted.min || chunk.min > wanted.max;
}

function readView(spec: ViewSpec, reader: StoreReader, docs: Readonly<Record<string, string>>): SqlTable {
  return viewTable(spec, reader.count(spec.name), docs, function* () {
    for (const { value } of reader.range(spec.name, {})) yield value;
  });
}

function pinnedView({ spec, rows, values, ends }: PinnedView, docs: Readonly<Record<string, string>>): SqlTable {
  return viewTable(spec, rows, docs, function* () {
    for (let i = 0; i < rows; i++) yield values.subarray(i === 0 ? 0 : (ends[i - 1] as number), ends[i] as number);
  });
}

function viewTable(
  spec: ViewSpec,
  rows: number,
  docs: Readonly<Record<string, string>>,
  values: () => Iterable<Uint8Array>,
): SqlTable {
  const codec = new RowCodec(spec.schema);
  return {
    name: spec.name,
    kind: "view",
    schema: spec.schema,
    doc: docs[spec.name] ?? `One row for each ${spec.key.join(", ")}.`,
    time: null,
    rows,
    // A view's rows are read to know their attributes: there are no statistics. Its open column is there as JSON.
    attributes: () => [],
    *scan({ columns }: ScanRequest): Iterable<SqlBatch> {
      if (columns.length === 0) {
        yield whole(makeBatch({ fields: [] }, [], rows));
        return;
      }
      const schema = { fields: spec.schema.fields.filter(({ name }) => columns.includes(name)) };
      let pending: Readonly<Record<string, unknown>>[] = [];
      for (const value of values()) {
        pending.push(codec.decode(value));
        if (pending.length < VIEW_BATCH_ROWS) continue;
        yield whole(batchOfRows(schema, pending));
        pending = [];
      }
      if (pending.length > 0) yield whole(batchOfRows(schema, pending));
    },
  };
}

function whole(batch: Batch): SqlBatch {
  return { batch, from: 0, to: batch.length, origin: null };
}

function batchOfRows(schema: Schema, rows: readonly Readonly<Record<string, unknown>>[]): Batch {
  const columns = schema.fields.map(({ name, type }) =>
    vectorOf(
      type,
      rows.map((row) => row[name] ?? null),
    ),
  );
  return makeBatch(schema, columns, rows.length);
}
