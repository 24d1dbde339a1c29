import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { App } from "../plan/api.js";
import type { Served } from "./serve.js";
import { serve } from "./serve.js";

interface Bench {
  readonly served: Served;
  readonly folder: string;
  readonly told: string[];
  ask(method: string, path: string, body?: string, type?: string): Promise<{ status: number; json: never }>;
  /** What was found, as "text word retro", sorted. */
  found(): Promise<string[]>;
}

async function open(t: TestContext, files: Readonly<Record<string, string>>, data?: string): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), "millrace-rules-"));
  const folder = join(root, "rules");
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const bench = await start(folder, data ?? join(root, "data"));
  t.after(async () => {
    await bench.served.close();
    await rm(root, { recursive: true, force: true });
  });
  return bench;
}

async function start(folder: string, data: string): Promise<Bench> {
  const url = new URL("./rules.test.module.js", import.meta.url);
  url.searchParams.set("rules", folder);
  const { default: program } = (await import(url.href)) as { default: App };
  const told: string[] = [];
  const served = await serve(program, { port: 0, data, onRules: (lines) => told.push(...lines) });
  return {
    served,
    folder,
    told,
    async ask(method, path, body, type = "text/plain") {
      const init = body === undefined ? { method } : { method, body, headers: { "content-type": type } };
      const response = await fetch(served.url + path, init);
      return { status: response.status, json: (await response.json()) as never };
    },
    async found() {
      await served.settle();
      const rows: string[] = [];
      for await (const { text, word, retro } of served.rows("found")) rows.push(`${text} ${word} ${retro}`);
      return rows.sort();
    },
  };
}

const at = "2026-01-01T00:00:00Z";

test("a rule put through the API holds for what comes, hunts back, and is on disk", async (t) => {
  const { served, ask, found, folder } = await open(t, { "a.yml": "text: old" });
  await served.push("lines", [{ at, text: "new and old" }]);
  assert.deepEqual(await found(), ["new and old old false"]);
  const put = await ask("PUT", "/api/rules/words/files/sub%2Fb.yml", "text: new");
  assert.deepEqual(put, { status: 200, json: { change: 2, problems: [] } });
  await served.push("lines", [{ at, text: "new again" }], { partition: 1 });
  assert.deepEqual(await found(), ["new again new false", "new and old new true", "new and old old false"]);
  assert.equal(await readFile(join(folder, "sub/b.yml"), "utf8"), "text: new");
  const hunts = await ask("GET", "/api/rules/words/hunts");
  assert.deepEqual(
    (hunts.json as { state: string; matched: number }[]).map((h) => [h.state, h.matched]),
    [["done", 1]],
  );
  assert.equal((await ask("DELETE", "/api/rules/words/files/sub%2Fb.yml")).status, 200);
  await served.push("lines", [{ at, text: "new but gone" }]);
  assert.equal((await found()).length, 3);
});

test("retro=false looks only forward", async (t) => {
  const { served, ask, found } = await open(t, { "a.yml": "text: old" });
  await served.push("lines", [{ at, text: "new" }]);
  await served.settle();
  await ask("PUT", "/api/rules/words/files/b.yml?retro=false", "text: new");
  await served.push("lines", [{ at, text: "newer" }]);
  assert.deepEqual(await found(), ["newer new false"]);
});

test("a broken file changes nothing, and says where", async (t) => {
  const { served, ask, found, folder } = await open(t, { "a.yml": "text: old" });
  const put = await ask("PUT", "/api/rules/words/files/a.yml", "text = broken");
  assert.equal(put.status, 422);
  assert.deepEqual((put.json as { problems: unknown }).problems, [
    { file: "a.yml", line: 1, message: 'a rule is "field: text"' },
  ]);
  assert.equal(await readFile(join(folder, "a.yml"), "utf8"), "text: old");
  await served.push("lines", [{ at, text: "old" }]);
  assert.deepEqual(await found(), ["old old false"]);
  // Where some of a file's rules are good, they hold, and the others are told.
  const partly = await ask("PUT", "/api/rules/words/files/a.yml", "text: good\nbad");
  assert.equal(partly.status, 200);
  assert.equal((partly.json as { problems: unknown[] }).problems.length, 1);
});

test("paths that lead elsewhere are refused", async (t) => {
  const { ask, folder } = await open(t, { "a.yml": "text: old" });
  await symlink(tmpdir(), join(folder, "away"));
  for (const path of ["../b.yml", "/tmp/b.yml", "b.txt", "away/b.yml", "a\u0000.yml", "x\ny.yml"]) {
    const { status } = await ask("PUT", `/api/rules/words/files/${encodeURIComponent(path)}`, "text: b");
    assert.equal(status, 400, path);
  }
  assert.equal((await ask("PUT", "/api/rules/nothing/files/b.yml", "text: b")).status, 404);
  assert.equal((await ask("DELETE", "/api/rules/words/files/b.yml")).status, 404);
});

test("a rule is tried on history, and nothing of it stays", async (t) => {
  const { served, ask, found } = await open(t, { "a.yml": "text: old" });
  await served.push("lines", [
    { at, text: "one" },
    { at, text: "two" },
    { at, text: "one two" },
  ]);
  const body = JSON.stringify({ file: "a.yml", text: "text: two" });
  const { status, json } = await ask("POST", "/api/rules/words/try", body, "application/json");
  assert.equal(status, 200);
  const trial = json as {
    rules: string[];
    scanned: number;
    matched: number;
    complete: boolean;
    rows: { row: object }[];
  };
  assert.deepEqual([trial.rules, trial.scanned, trial.matched, trial.complete], [["a.yml/two"], 3, 2, true]);
  assert.deepEqual(trial.rows[0]?.row, { text: "two", word: "two", retro: true });
  assert.deepEqual(await found(), []);
});

test("files that change on disk take effect while events flow, and are the same after a restart", async (t) => {
  const { served, folder, told, found } = await open(t, { "a.yml": "text: old" });
  await served.push("lines", [{ at, text: "new and old" }]);
  await served.settle();
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = served.onCommit(() => {
        if ((served.runtime.rules.get("words")?.changes.length ?? 0) < 2) return;
        stop();
        resolve();
      });
    });
  const taken = changed();
  await writeFile(join(folder, "b.yml"), "text: new");
  await taken;
  await served.push("lines", [{ at, text: "new" }]);
  const expected = ["new and old new true", "new and old old false", "new new false"];
  assert.deepEqual(await found(), expected);
  assert.match(told.join("\n"), /rules changed \(2\): 1 files? in force/);
});

test("rules changed while nothing ran hunt back at the next start", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "millrace-rules-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "rules");
  await mkdir(folder);
  await writeFile(join(folder, "a.yml"), "text: old");
  const first = await start(folder, join(root, "data"));
  await first.served.push("lines", [{ at, text: "new and old" }]);
  await first.served.settle();
  await first.served.close();
  await writeFile(join(folder, "a.yml"), "text: new");
  const second = await start(folder, join(root, "data"));
  try {
    await second.served.push("lines", [{ at, text: "new, old" }]);
    assert.deepEqual(await second.found(), ["new and old new true", "new and old old false", "new, old new false"]);
  } finally {
    await second.served.close();
  }
});
