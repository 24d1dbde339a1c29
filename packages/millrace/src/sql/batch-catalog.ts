/** A catalogue of batches handed over with each query: small static tables, in-memory mode, tests. */
import type { Batch } from "../batch/batch.js";
import type { OpenAttribute, Vector } from "../batch/vector.js";
import type { Schema } from "../schema/column-type.js";
import { fieldIndex } from "../schema/column-type.js";
import type {
  Catalog,
  CatalogSnapshot,
  ScanRequest,
  SqlAttribute,
  SqlBatch,
  SqlTable,
  SqlTableKind,
} from "./catalog.js";

/** What `pin` gives for this catalogue: plain data. */
export interface PinnedBatches {
  readonly epoch: number | null;
  readonly tables: readonly PinnedTable[];
}

export interface PinnedTable {
  readonly name: string;
  readonly kind: SqlTableKind;
  readonly schema: Schema;
  readonly doc?: string;
  readonly time?: string;
  readonly batches: readonly PinnedBatch[];
}

export interface PinnedBatch {
  readonly batch: Batch;
  readonly partition?: number;
  readonly offset?: number;
  readonly appendTime?: number;
  /** Smallest and largest event time, epoch ms; lets a scan leave the batch out. */
  readonly timeMin?: number;
  readonly timeMax?: number;
}

export function openCatalog(): Catalog {
  return {
    snapshot: async ({ ask }): Promise<CatalogSnapshot> => {
      const { epoch, tables } = (await ask(null)) as PinnedBatches;
      return { epoch, tables: tables.map(batchTable), close: () => {} };
    },
    close: () => {},
  };
}

/** A table over batches in memory. */
export function batchTable(table: PinnedTable): SqlTable {
  return {
    name: table.name,
    kind: table.kind,
    schema: table.schema,
    doc: table.doc ?? "",
    time: table.time ?? null,
    rows: table.batches.reduce((sum, { batch }) => sum + batch.length, 0),
    attributes: () => countAttributes(table.batches.map(({ batch }) => openAttributesOf(batch.schema, batch.columns))),
    *scan({ time }: ScanRequest): Iterable<SqlBatch> {
      for (const { batch, partition = 0, offset = 0, appendTime = 0, timeMin, timeMax } of table.batches) {
        if (
          time !== null &&
          timeMin !== undefined &&
          timeMax !== undefined &&
          (timeMax < time.min || timeMin > time.max)
        )
          continue;
        const origin =
          table.kind === "stream" || table.kind === "dead_letters" ? { partition, offset, appendTime } : null;
        yield { batch, from: 0, to: batch.length, origin };
      }
    },
  };
}

/** The attributes of a batch's open column; none without one. */
export function openAttributesOf(schema: Schema, columns: readonly Vector[]): readonly OpenAttribute[] {
  const open = schema.fields.find((f) => f.type.kind === "open");
  const vector = open === undefined ? undefined : columns[fieldIndex(schema, open.name)];
  return vector?.kind === "open" ? vector.attributes : [];
}

/** Adds up what several chunks have, by name and kind. */
export function countAttributes(
  chunks: readonly (readonly { name: string; kind: OpenAttribute["kind"]; rows: { length: number } }[])[],
): SqlAttribute[] {
  const counted = new Map<string, { name: string; kind: OpenAttribute["kind"]; rows: number }>();
  for (const attributes of chunks)
    for (const { name, kind, rows } of attributes) {
      const key = `${kind} ${name}`;
      const entry = counted.get(key);
      if (entry === undefined) counted.set(key, { name, kind, rows: rows.length });
      else entry.rows += rows.length;
    }
  return [...counted.values()];
}
