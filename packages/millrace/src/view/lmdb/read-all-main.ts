/** Reads every key and value under a folder of LMDB: what can't be read ends this process, and no other. */
import { open } from "lmdb";

const db = open<Buffer, Buffer>({
  path: process.argv[2] as string,
  readOnly: true,
  keyEncoding: "binary",
  encoding: "binary",
  noSubdir: false,
});
try {
  let bytes = 0;
  for (const { key, value } of db.getRange()) bytes += key.length + value.length;
  process.stdout.write(`${bytes}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await db.close();
}
