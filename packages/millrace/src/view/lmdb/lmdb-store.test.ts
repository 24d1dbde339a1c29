import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";
import { packChanges } from "../packed-changes.js";
import { storeConformance, testRecord, testView } from "../store.conformance.js";
import { openLmdbStore } from "./lmdb-store.js";

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-store-"));
  folders.push(folder);
  return folder;
}

storeConformance("LMDB store", async () => {
  const data = await newFolder();
  let store = openLmdbStore(data);
  const reopen = async () => {
    await store.close();
    store = openLmdbStore(data);
    return store;
  };
  return { store, reopen };
});

it("keeps what was committed when the process is killed, and lets another process read meanwhile", async (test) => {
  const data = await newFolder();
  assert.throws(() => openLmdbStore(data, { readOnly: true }), { code: "DATA_DIR" });
  const child = fork(fileURLToPath(new URL("./lmdb-store.test-child.js", import.meta.url)), [data]);
  test.after(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.once("message", resolve));
  const beside = openLmdbStore(data, { readOnly: true });
  assert.ok((beside.last()?.epoch ?? 0) >= 1);
  await assert.rejects(beside.clear(), { code: "REQUEST" });
  let epoch = 0;
  child.on("message", (message) => (epoch = message as number));
  while (epoch < 30) await new Promise((resolve) => child.once("message", resolve));
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  await beside.close();
  const store = openLmdbStore(data);
  const reader = store.read();
  assert.ok((reader.commit?.epoch ?? 0) >= epoch, "a commit that was answered is gone");
  assert.equal(reader.count(testView.name), reader.commit?.epoch);
  assert.equal([...reader.range(testView.name, {})].length, reader.commit?.epoch);
  reader.close();
  await store.commit(testRecord((reader.commit?.epoch ?? 0) + 1), [packChanges(testView.name, [])]);
  await store.close();
});
