/** A catalogue of batches whose worker breaks when a query tells it to. */
import { openCatalog as openBatches } from "./batch-catalog.js";
import type { Catalog } from "./catalog.js";

export function openCatalog(): Catalog {
  const batches = openBatches();
  return {
    snapshot: async (request) => {
      if (request.sql.includes("crash now")) process.exit(7);
      if (request.sql.includes("throw now"))
        setImmediate(() => {
          throw new Error("a bug");
        });
      return batches.snapshot(request);
    },
    close: () => {},
  };
}
