/**
 * The catalogue module of a running Millrace. With a data directory the worker reads the LMDB store beside the process
 * that writes it; without one (in-memory mode) the store's rows come from the main thread with each query.
 *
 *   openSql({ catalog: DATA_CATALOG, catalogOptions: { data, docs }, pin: pinFrom(log, data === null ? store : null) })
 */
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import type { Catalog } from "./catalog.js";
import { logCatalog } from "./log-catalog.js";

export interface DataCatalogOptions {
  /** The data directory; it must hold a store already. Null when the store is in the main thread's memory. */
  readonly data: string | null;
  /** One sentence on a stream or view, by name. */
  readonly docs?: Readonly<Record<string, string>>;
}

/** This module, for `SqlOptions.catalog`. */
export const DATA_CATALOG = import.meta.url;

export function openCatalog(options: unknown): Catalog {
  const { data, docs = {} } = options as DataCatalogOptions;
  return logCatalog({ store: data === null ? null : openLmdbStore(data, { readOnly: true }), docs });
}
