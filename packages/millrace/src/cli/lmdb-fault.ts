/** Whether LMDB can read a file, told by a process of its own: what damage does to that one, it does to no other. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../base/errors.js";
import { inspectLmdbFile } from "../base/lmdb-file.js";

/** Reads all that is in a folder's `data.mdb`; returns why it can't be read, or null. */
export function lmdbFault(folder: string): string | null {
  const state = inspectLmdbFile(`${folder}/data.mdb`);
  if (state.kind === "missing") return null;
  if (state.kind === "damaged") return state.why;
  const main = fileURLToPath(new URL("../view/lmdb/read-all-main.js", import.meta.url));
  const { status, signal, stderr } = spawnSync(process.execPath, [main, folder], { encoding: "utf8" });
  if (status === 0) return null;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return signal === null ? `it can't be read: ${said}` : `the process that read it died by ${signal}`;
}

/** Throws `CORRUPT` where opening the store's file would end the process. What is in it is computed from the log. */
export function checkStoreFile(data: string): void {
  const folder = `${data}/store`;
  const state = inspectLmdbFile(`${folder}/data.mdb`);
  const why = state.kind === "damaged" ? state.why : state.kind === "short" ? lmdbFault(folder) : null;
  if (why === null) return;
  throw new MillraceError("CORRUPT", `the store (views, the last commit, the journal) is damaged: ${why}`, {
    hint: `Views can be computed again, from what the log still has: remove ${folder} and ${data}/state, then run the program. Or restore both from one copy.`,
    at: `${folder}/data.mdb`,
  });
}
