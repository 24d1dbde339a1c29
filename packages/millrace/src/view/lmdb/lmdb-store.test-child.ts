/** Commits one row an epoch, and tells of each commit, until it is killed. */
import { packChanges } from "../packed-changes.js";
import { testRecord, testView } from "../store.conformance.js";
import { openLmdbStore } from "./lmdb-store.js";

const store = openLmdbStore(process.argv[2] as string);
await store.ensure([testView]);
for (let epoch = 1; ; epoch++) {
  await store.commit(testRecord(epoch), [
    packChanges(testView.name, [[Buffer.from(`key ${epoch}`), Buffer.from("value")]]),
  ]);
  process.send?.(epoch);
}
