/** Catalogues for the worker in tests: batches, a log in memory, and one that breaks when told to. */
import { deserialize, serialize } from "node:v8";
import { makeBatch, type Batch } from "../batch/batch.js";
import type { Schema } from "../schema/column-type.js";
import { fieldIndex } from "../schema/column-type.js";
import type { Vector } from "../batch/vector.js";
import { openCatalog as openBatches } from "./batch-catalog.js";
import type { Catalog } from "./catalog.js";
import { logCatalog } from "./log-catalog.js";

export function openCatalog(options: unknown): Catalog {
  if (options === "log") return logCatalog({ store: null, decodeChunk });
  const batches = openBatches();
  return {
    snapshot: async (request) => {
      if (request.sql.includes("crash now")) process.exit(7);
      if (request.sql.includes("throw now")) setImmediate(() => { throw new Error("a bug"); });
      return batches.snapshot(request);
    },
    close: () => {},
  };
}

/** A chunk as plain bytes, in shared memory as the in-memory log keeps it. */
export function encodeChunk(batch: Batch): Uint8Array {
  const bytes = serialize(batch);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

export function decodeChunk(bytes: Uint8Array, schema: Schema, columns: readonly string[] | null): Batch {
  const batch = deserialize(Buffer.from(bytes)) as Batch;
  if (columns === null) return batch;
  const fields = schema.fields.filter(({ name }) => columns.includes(name));
  return makeBatch({ fields }, fields.map(({ name }) => batch.columns[fieldIndex(schema, name)] as Vector), batch.length);
}
